// S3 over a simulated disk: what the dispatcher does with a request, without HTTP and signatures.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/simulation_test.h"
#include "services/s3/route.h"
#include "services/s3/s3.h"
#include "wire/rest_xml.h"

namespace headrace::services::s3 {

using TestHeaders = std::vector<std::pair<std::string, std::string>>;

struct TestAnswer {
  int status = 0;
  TestHeaders headers;
  std::string body;
  std::string code;  // of an error
  std::string message;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
  // The text of the first element of that name.
  std::string element(const std::string& name) const {
    const std::size_t open = body.find("<" + name + ">");
    if (open == std::string::npos) return {};
    const std::size_t begin = open + name.size() + 2;
    return body.substr(begin, body.find("</" + name + ">", begin) - begin);
  }
  std::vector<std::string> elements(const std::string& name) const {
    std::vector<std::string> out;
    for (std::size_t at = body.find("<" + name + ">"); at != std::string::npos;
         at = body.find("<" + name + ">", at + 1)) {
      const std::size_t begin = at + name.size() + 2;
      out.push_back(body.substr(begin, body.find("</" + name + ">", begin) - begin));
    }
    return out;
  }
};

class TestBody final : public http::Body {
 public:
  TestBody(std::string bytes, std::map<std::string, std::string> trailers)
      : bytes_(std::move(bytes)), trailers_(std::move(trailers)) {}
  boost::asio::awaitable<Result<std::string_view>> next() override {
    const std::size_t size = std::min<std::size_t>(100'000, bytes_.size() - at_);
    at_ += size;
    co_return std::string_view(bytes_).substr(at_ - size, size);
  }
  std::int64_t declared_size() const override { return static_cast<std::int64_t>(bytes_.size()); }
  std::string_view trailer(std::string_view name) const override {
    const auto found = trailers_.find(std::string(name));
    return found == trailers_.end() ? std::string_view() : std::string_view(found->second);
  }

 private:
  std::string bytes_;
  std::map<std::string, std::string> trailers_;
  std::size_t at_ = 0;
};

inline http::Request make_request(std::string_view method, std::string_view target,
                                  const TestHeaders& headers) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  for (const auto& [name, value] : headers) request.headers.push_back({name, value});
  return request;
}

class SimulatedS3 {
 public:
  bool open() {
    if (!sim_.open()) return false;
    s3_ = std::make_unique<S3>(S3{sim_.objects(), sim_.clock(), sim_.random(), "us-east-1"});
    operations_ = operations(*s3_);
    return true;
  }

  TestAnswer call(const std::string& method, const std::string& target, std::string body = {},
                  const TestHeaders& headers = {},
                  std::map<std::string, std::string> trailers = {}) {
    const http::Request request = make_request(method, target, headers);
    TestBody stream(std::move(body), std::move(trailers));
    auto answered = answer(request, stream);
    if (!answered) {
      const WireError error = wire_error(answered.error());
      return {.status = error.status,
              .headers = {},
              .body = error_document(answered.error(), request.path, "R"),
              .code = std::string(error.name),
              .message = answered.error().message};
    }
    return std::move(*answered);
  }

  objects::SimulatedObjects& simulation() { return sim_; }
  const std::vector<Operation>& all() const { return operations_; }
  Caller caller{.access_key = "AKIA"};

 private:
  Result<TestAnswer> answer(const http::Request& request, http::Body& stream) {
    ASSIGN_OR_RETURN(const Route found, route(operations_, request));
    const Operation& operation = *found.operation;
    std::string document;
    const bool streams = wire::takes_stream(operation.input);
    if (!streams) {
      ASSIGN_OR_RETURN(document, sim_.run(http::read_all(stream, kDocumentBytesMax)));
      RETURN_IF_ERROR(check_document(operation, request, stream, document));
    }
    auto input = operation.make_input();
    RETURN_IF_ERROR(wire::decode_rest_xml(request, found.labels, document,
                                          streams ? &stream : nullptr, operation.input,
                                          input.get()));
    ASSIGN_OR_RETURN(const auto output, sim_.run(operation.handle(caller, input)));
    http::Response response =
        wire::encode_rest_xml(operation.output, output.get(), operation.xml_root, kXmlNamespace);
    TestAnswer out{.status = response.status,
                   .headers = std::move(response.headers),
                   .body = std::move(response.body),
                   .code = {},
                   .message = {}};
    while (response.source) {
      ASSIGN_OR_RETURN(const std::string piece, sim_.run(response.source()));
      if (piece.empty()) break;
      out.body += piece;
    }
    if (response.source) {
      EXPECT_EQ(response.source_size, static_cast<std::int64_t>(out.body.size()));
    }
    return out;
  }

  objects::SimulatedObjects sim_{1};
  std::unique_ptr<S3> s3_;
  std::vector<Operation> operations_;
};

inline constexpr std::size_t kMiB = 1UL << 20;
using Strings = std::vector<std::string>;

// Bytes that tell their place.
inline std::string pattern(std::size_t size) {
  std::string out;
  for (std::uint32_t i = 0; out.size() < size; ++i) out += std::to_string(i) + ",";
  out.resize(size);
  return out;
}

class S3Test : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(s3_.open());
    ASSERT_EQ(s3_.call("PUT", "/photos").status, 200);
  }

  TestAnswer put(const std::string& key, std::string body, const TestHeaders& headers = {}) {
    return s3_.call("PUT", "/photos/" + key, std::move(body), headers);
  }
  TestAnswer get(const std::string& key, const TestHeaders& headers = {}) {
    return s3_.call("GET", "/photos/" + key, {}, headers);
  }
  std::vector<std::string> keys() { return s3_.call("GET", "/photos?list-type=2").elements("Key"); }
  std::string begin(const std::string& key, const TestHeaders& headers = {}) {
    return s3_.call("POST", "/photos/" + key + "?uploads", {}, headers).element("UploadId");
  }

  SimulatedS3 s3_;
};

}  // namespace headrace::services::s3
