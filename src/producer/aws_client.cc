#include "producer/aws_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "producer/json_members.h"
#include "wire/aws_json.h"
#include "wire/http_date.h"
#include "wire/sigv4.h"
#include "wire/value.h"

namespace headrace::producer {
namespace {

constexpr std::string_view kService = "kinesis";
constexpr std::string_view kTargetPrefix = "Kinesis_20131202.";

// "com.amazonaws.kinesis#ValidationException:http://..." -> "ValidationException"
std::string short_code(std::string code) {
  code.erase(0, code.find('#') + 1);
  return code.substr(0, code.find(':'));
}

void read_error(Answer& answer, std::string_view header) {
  const Result<wire::Value> object = wire::parse_json(answer.body);
  answer.code = short_code(std::string(header));
  if (object) {
    if (answer.code.empty()) answer.code = short_code(text_of(*object, "__type"));
    answer.message = text_of(*object, "message");
    if (answer.message.empty()) answer.message = text_of(*object, "Message");
  }
  if (answer.code.empty()) answer.code = "HTTP " + std::to_string(answer.status);
}

}  // namespace

Remedy remedy(const Answer& answer) {
  constexpr std::array<std::string_view, 9> kRetried = {"ProvisionedThroughputExceededException",
                                                        "LimitExceededException",
                                                        "ThrottlingException",
                                                        "Throttling",
                                                        "RequestLimitExceeded",
                                                        "KMSThrottlingException",
                                                        "ResourceInUseException",
                                                        "RequestTimeoutException",
                                                        "RequestTimeout"};
  constexpr std::array<std::string_view, 4> kChanged = {
      "ValidationException", "InvalidArgumentException", "SerializationException",
      "RequestEntityTooLargeException"};
  const auto is_in = [&](const auto& codes) {
    return std::ranges::find(codes, std::string_view(answer.code)) != codes.end();
  };
  if (is_in(kRetried) || answer.status >= 500 || answer.status == 429) return Remedy::kRetry;
  return is_in(kChanged) || answer.status == 413 ? Remedy::kChange : Remedy::kGiveUp;
}

AwsClient::AwsClient(boost::asio::any_io_executor executor, Settings settings, Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      client_(std::move(executor), settings_.endpoint, {.ca_file = settings_.ca_file}) {}

boost::asio::awaitable<Result<Answer>> AwsClient::call(std::string operation, std::string body) {
  http::ClientBodySink none;
  co_return co_await call(std::move(operation), std::move(body), std::move(none));
}

boost::asio::awaitable<Result<Answer>> AwsClient::call(std::string operation, std::string body,
                                                       http::ClientBodySink sink) {
  http::ClientRequest request;
  request.target = settings_.endpoint.target;
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", std::string(kTargetPrefix) + operation}};
  wire::SignableRequest signable{.method = request.method,
                                 .target = request.target,
                                 .headers = request.headers,
                                 .payload_hash = wire::payload_hash(body)};
  signable.headers.emplace_back("Host", settings_.endpoint.authority());
  for (auto& header :
       wire::sign(settings_.credentials, settings_.region, kService, signable, clock_.wall_now())) {
    request.headers.push_back(std::move(header));
  }
  request.headers.emplace_back("User-Agent", "headrace/" HEADRACE_VERSION);
  request.body = std::move(body);
  Result<http::ClientResponse> response =
      co_await client_.send(std::move(request), std::move(sink));
  if (!response) co_return std::unexpected(std::move(response).error());
  Answer answer{.status = response->status, .body = std::move(response->body)};
  answer.date = wire::parse_http_date(response->header("Date"));
  if (answer.status != 200) read_error(answer, response->header("x-amzn-errortype"));
  co_return answer;
}

std::string stream_member(std::string_view stream) {
  std::string member = stream.starts_with("arn:") ? "\"StreamARN\":" : "\"StreamName\":";
  wire::append_json_string(member, stream);
  return member;
}

}  // namespace headrace::producer
