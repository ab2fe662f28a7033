// ListShards: the shards of a stream, a thousand at a time unless told otherwise.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

constexpr std::int32_t kLimitDefault = 1000;

struct ShardFilter {
  std::string type;
  std::optional<std::string> shard_id;
  std::optional<WallTime> timestamp;
  static constexpr auto shape =
      wire::structure(wire::member<&ShardFilter::type>(
                          "Type", wire::required,
                          wire::one_of("AFTER_SHARD_ID|AT_TRIM_HORIZON|FROM_TRIM_HORIZON|AT_LATEST|"
                                       "AT_TIMESTAMP|FROM_TIMESTAMP")),
                      wire::member<&ShardFilter::shard_id>("ShardId", wire::length(1, 128),
                                                           wire::pattern(kNamePattern)),
                      wire::member<&ShardFilter::timestamp>("Timestamp"));
};

struct Request {
  std::optional<std::string> stream_name;
  std::optional<std::string> next_token;
  std::optional<std::string> exclusive_start_shard_id;
  std::optional<std::int32_t> max_results;
  std::optional<WallTime> stream_creation_timestamp;
  std::optional<ShardFilter> shard_filter;
  std::optional<std::string> stream_arn;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::next_token>("NextToken", wire::length(1, 1048576)),
      wire::member<&Request::exclusive_start_shard_id>(
          "ExclusiveStartShardId", wire::length(1, 128), wire::pattern(kNamePattern)),
      wire::member<&Request::max_results>("MaxResults", wire::range(1, 10000)),
      wire::member<&Request::stream_creation_timestamp>("StreamCreationTimestamp"),
      wire::member<&Request::shard_filter>("ShardFilter"),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::refused("StreamId"));
};

struct Response {
  std::vector<Shard> shards;
  std::optional<std::string> next_token;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::shards>("Shards"),
                      wire::member<&Response::next_token>("NextToken", wire::length(1, 1048576)));
};

// Where the answer begins. Every shard is open as long as its stream lives, so filters only move
// the beginning.
struct Start {
  std::size_t from = 0;
  std::optional<WallTime> existing_at;
};

Result<std::size_t> behind(const std::string& shard_id) {
  const auto shard = streams::ShardId::parse(shard_id);
  if (!shard) return fail(ErrorCode::kInvalidArgument, "Invalid ShardId: " + shard_id);
  return std::size_t{shard->index} + 1;
}

Result<Start> start_of(const Request& request) {
  Start start;
  if (request.exclusive_start_shard_id) {
    ASSIGN_OR_RETURN(start.from, behind(*request.exclusive_start_shard_id));
  }
  if (!request.shard_filter) return start;
  const ShardFilter& filter = *request.shard_filter;
  if (request.exclusive_start_shard_id) {
    return fail(ErrorCode::kInvalidArgument,
                "ExclusiveStartShardId and ShardFilter cannot be provided together.");
  }
  const bool after_shard = filter.type == "AFTER_SHARD_ID";
  const bool timed = filter.type == "AT_TIMESTAMP" || filter.type == "FROM_TIMESTAMP";
  if (after_shard != filter.shard_id.has_value() || timed != filter.timestamp.has_value()) {
    return fail(ErrorCode::kInvalidArgument, "ShardFilter of type " + filter.type + " needs " +
                                                 (after_shard ? "a ShardId only."
                                                  : timed     ? "a Timestamp only."
                                                          : "neither a ShardId nor a Timestamp."));
  }
  if (after_shard) {
    ASSIGN_OR_RETURN(start.from, behind(*filter.shard_id));
  }
  if (filter.type == "AT_TIMESTAMP") start.existing_at = filter.timestamp;
  return start;
}

// The text of a token: "index/name".
Result<std::shared_ptr<streams::Stream>> next_page(const Kinesis& kinesis, const Caller& caller,
                                                   const Request& request, const std::string& bound,
                                                   std::size_t* from) {
  if (request.stream_name || request.stream_arn || request.stream_creation_timestamp ||
      request.exclusive_start_shard_id) {
    return fail(ErrorCode::kInvalidArgument,
                "NextToken cannot be provided together with StreamName, StreamARN, "
                "StreamCreationTimestamp or ExclusiveStartShardId.");
  }
  ASSIGN_OR_RETURN(const std::string text, kinesis.streams.open_page(*request.next_token, bound));
  const std::size_t slash = text.find('/');
  *from = std::stoul(text.substr(0, slash));
  return find_stream(kinesis, caller, text.substr(slash + 1), std::nullopt);
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  const std::string bound = "shards/" + caller.account + "/" + caller.region;
  auto start = start_of(request);
  if (!start) co_return std::unexpected(std::move(start).error());
  const auto found = request.next_token
                         ? next_page(kinesis, caller, request, bound, &start->from)
                         : find_stream(kinesis, caller, request.stream_name, request.stream_arn);
  if (!found) co_return std::unexpected(found.error());
  const streams::Stream& stream = **found;
  const std::string& name = stream.key().name.text();
  // Clients know the second at which a stream was made.
  if (request.stream_creation_timestamp &&
      request.stream_creation_timestamp->ms / 1000 != stream.created_ms() / 1000) {
    co_return fail(ErrorCode::kNotFound,
                   "Stream " + name + " under account " + caller.account + " not found.");
  }
  if (stream.status() != streams::StreamStatus::kActive) {
    co_return fail(ErrorCode::kInUse, "Stream " + name + " under account " + caller.account +
                                          " not ACTIVE, instead in state " + status_of(stream));
  }
  Response response;
  if (start->existing_at && start->existing_at->ms < stream.created_ms()) co_return response;
  const auto limit = static_cast<std::size_t>(request.max_results.value_or(kLimitDefault));
  response.shards = describe_shards(stream, start->from, limit);
  const std::size_t next = start->from + response.shards.size();
  if (next < stream.shards().size()) {
    response.next_token = kinesis.streams.make_page(std::to_string(next) + "/" + name, bound);
  }
  co_return response;
}

}  // namespace

Operation list_shards(Kinesis& kinesis) {
  return operation<Request, Response>("ListShards", "kinesis:ListShards",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
