// ListStreams: in alphabetical order, a hundred at a time unless told otherwise.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::int32_t kLimitDefault = 100;

struct Request {
  std::optional<std::int32_t> limit;
  std::optional<std::string> exclusive_start_stream_name;
  std::optional<std::string> next_token;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::limit>("Limit", wire::range(1, 10000)),
      wire::member<&Request::exclusive_start_stream_name>(
          "ExclusiveStartStreamName", wire::length(1, 128), wire::pattern(kNamePattern)),
      wire::member<&Request::next_token>("NextToken", wire::length(1, 1048576)));
};

struct Summary {
  std::string stream_name;
  std::string stream_arn;
  std::string stream_status;
  std::optional<StreamModeDetails> stream_mode_details;
  std::optional<WallTime> stream_creation_timestamp;
  static constexpr auto shape = wire::structure(
      wire::member<&Summary::stream_name>("StreamName", wire::required, wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Summary::stream_arn>("StreamARN", wire::required, wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Summary::stream_status>("StreamStatus", wire::required,
                                            wire::one_of(kStatuses)),
      wire::member<&Summary::stream_mode_details>("StreamModeDetails"),
      wire::member<&Summary::stream_creation_timestamp>("StreamCreationTimestamp"));
};

struct Response {
  std::vector<std::string> stream_names;
  bool has_more_streams = false;
  std::optional<std::string> next_token;
  std::vector<Summary> stream_summaries;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::stream_names>(
                          "StreamNames", wire::required, wire::each(wire::length(1, 128)),
                          wire::each(wire::pattern(kNamePattern))),
                      wire::member<&Response::has_more_streams>("HasMoreStreams", wire::required),
                      wire::member<&Response::next_token>("NextToken", wire::length(1, 1048576)),
                      wire::member<&Response::stream_summaries>("StreamSummaries"));
};

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const std::string bound = "streams/" + caller.account + "/" + caller.region;
  std::string after = request.exclusive_start_stream_name.value_or("");
  if (request.next_token) {
    if (request.exclusive_start_stream_name) {
      co_return fail(ErrorCode::kInvalidArgument,
                     "NextToken and ExclusiveStartStreamName cannot be provided together.");
    }
    auto opened = kinesis.streams.open_page(*request.next_token, bound);
    if (!opened) co_return std::unexpected(std::move(opened).error());
    after = std::move(*opened);
  }
  const auto limit = static_cast<std::size_t>(request.limit.value_or(kLimitDefault));
  auto found = kinesis.streams.list(caller.account, caller.region, after, limit + 1);
  Response response;
  response.has_more_streams = found.size() > limit;
  if (response.has_more_streams) {
    found.pop_back();
    response.next_token = kinesis.streams.make_page(found.back()->key().name.text(), bound);
  }
  for (const auto& stream : found) {
    response.stream_names.push_back(stream->key().name.text());
    response.stream_summaries.push_back(
        {.stream_name = stream->key().name.text(),
         .stream_arn = stream->key().arn(),
         .stream_status = status_of(*stream),
         .stream_mode_details = mode_of(stream->settings()),
         .stream_creation_timestamp = WallTime{stream->created_ms()}});
  }
  co_return response;
}

}  // namespace

Operation list_streams(Kinesis& kinesis) {
  return operation<Request, Response>("ListStreams", "kinesis:ListStreams",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
