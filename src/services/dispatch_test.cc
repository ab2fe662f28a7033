#include "services/dispatch.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "io/manual_clock.h"

namespace headrace::services {
namespace {

struct EchoRequest {
  std::string name;
  static constexpr auto shape =
      wire::structure(wire::member<&EchoRequest::name>("Name", wire::required, wire::length(1, 4)));
};

struct EchoResponse {
  std::string name;
  std::string account;
  std::string region;
  static constexpr auto shape = wire::structure(wire::member<&EchoResponse::name>("Name"),
                                                wire::member<&EchoResponse::account>("Account"),
                                                wire::member<&EchoResponse::region>("Region"));
};

boost::asio::awaitable<Result<EchoResponse>> echo(Caller caller, EchoRequest request) {
  if (request.name == "gone") co_return fail(ErrorCode::kNotFound, "it is gone");
  co_return EchoResponse{request.name, caller.account, caller.region};
}

WireError wire_error(const Error& error) {
  if (error.code == ErrorCode::kValidation) return {"ValidationException", 400};
  if (error.code == ErrorCode::kSerialization) return {"SerializationException", 400};
  if (error.code == ErrorCode::kUnknownOperation) return {"UnknownOperationException", 400};
  if (error.code == ErrorCode::kNotFound) return {"ResourceNotFoundException", 400};
  if (error.code == ErrorCode::kMissingAuthentication) {
    return {"MissingAuthenticationTokenException", 400};
  }
  return {"InternalFailure", 500};
}

class DispatchTest : public testing::Test {
 protected:
  http::Response call(std::vector<http::HeaderView> headers, std::string body,
                      std::string_view path = "/") {
    Dispatcher dispatcher({.clock = clock_,
                           .random = random_,
                           .region = "us-east-1",
                           .enforce = enforce_,
                           .secret_of = [](std::string_view) { return std::nullopt; },
                           .admin = {},
                           .services = {{.signing_name = "echo",
                                         .protocol = Protocol::kAwsJson,
                                         .target_prefix = "Echo_1",
                                         .operations = {operation<EchoRequest, EchoResponse>(
                                             "Echo", "echo:Echo", echo)},
                                         .wire_error = wire_error}}});
    http::Request request;
    request.method = "POST";
    request.target = path;
    request.path = path;
    request.headers = std::move(headers);
    http::StringBody content(std::move(body));
    std::optional<http::Response> response;
    boost::asio::io_context context;
    boost::asio::co_spawn(context, dispatcher.answer(request, content),
                          [&](std::exception_ptr, http::Response r) { response = std::move(r); });
    context.run();
    return std::move(*response);
  }

  io::ManualClock clock_;
  SeededRandom random_{1};
  bool enforce_ = false;
};

constexpr http::HeaderView kEcho{"X-Amz-Target", "Echo_1.Echo"};

TEST_F(DispatchTest, an_operation_answers_in_its_services_protocol) {
  const http::Response response = call({kEcho}, R"({"Name":"a"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"Name":"a","Account":"000000000000","Region":"us-east-1"})");
}

TEST_F(DispatchTest, an_open_server_takes_the_account_and_region_from_the_credential) {
  const http::Response response =
      call({kEcho,
            {"Authorization",
             "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-west-1/echo/aws4_request, "
             "SignedHeaders=host;x-amz-date, "
             "Signature=0000000000000000000000000000000000000000000000000000000000000000"},
            {"X-Amz-Date", "20260101T000000Z"}},
           R"({"Name":"a"})");
  EXPECT_EQ(response.body, R"({"Name":"a","Account":"123456789012","Region":"eu-west-1"})");
}

TEST_F(DispatchTest, errors_carry_the_services_name_and_status) {
  struct Case {
    const char* target;
    const char* body;
    const char* answer;
  };
  const Case cases[] = {
      {"Echo_1.Echo", R"({"Name":"gone"})",
       R"({"__type":"ResourceNotFoundException","message":"it is gone"})"},
      {"Echo_1.Echo", R"({"Name":)", R"({"__type":"SerializationException"})"},
      {"Echo_1.Echo", R"({})",
       R"({"__type":"ValidationException","message":"1 validation error detected: Value null at )"
       R"('name' failed to satisfy constraint: Member must not be null"})"},
      {"Echo_1.Other", "{}", R"({"__type":"UnknownOperationException"})"},
      {"TrentService.CreateKey", "{}", R"({"__type":"UnknownOperationException"})"},
  };
  for (const Case& c : cases) {
    const http::Response response = call({{"X-Amz-Target", c.target}}, c.body);
    EXPECT_EQ(response.status, 400) << c.target;
    EXPECT_EQ(response.body, c.answer);
  }
}

TEST_F(DispatchTest, an_enforcing_server_refuses_what_is_not_signed) {
  enforce_ = true;
  const http::Response response = call({kEcho}, R"({"Name":"a"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_TRUE(response.body.starts_with(R"({"__type":"MissingAuthenticationTokenException")"));
}

TEST_F(DispatchTest, a_form_for_no_service_is_an_invalid_action) {
  const http::Response response =
      call({{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
           "Action=DescribeVpcs&Version=2016-11-15");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body.find("<Code>InvalidAction</Code>"), std::string::npos);
}

TEST_F(DispatchTest, a_body_past_the_bound_is_refused_and_ends_the_connection) {
  const http::Response response = call({kEcho}, std::string(kDocumentBytesMax + 1, ' '));
  EXPECT_TRUE(response.close);
}

}  // namespace
}  // namespace headrace::services
