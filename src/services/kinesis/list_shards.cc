// ListShards: the shards of a stream, a thousand at a time unless told otherwise.

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
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
  std::optional<std::string> stream_id;
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
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

struct Response {
  std::vector<Shard> shards;
  std::optional<std::string> next_token;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::shards>("Shards"),
                      wire::member<&Response::next_token>("NextToken", wire::length(1, 1048576)));
};

// The shards that an answer has, as a page token carries it: those from index `from` on that were
// there at some time from `at_least_ms` to `at_most_ms`.
struct Selection {
  std::size_t from = 0;
  std::int64_t at_least_ms = INT64_MIN;
  std::int64_t at_most_ms = INT64_MAX;

  bool has(const streams::Shard& shard) const {
    return shard.created_ms <= at_most_ms && (shard.open() || shard.closed_ms > at_least_ms);
  }
};

Result<std::size_t> behind(const std::string& shard_id) {
  const auto shard = streams::ShardId::parse(shard_id);
  if (!shard) return fail(ErrorCode::kInvalidArgument, "Invalid ShardId: " + shard_id);
  return std::size_t{shard->index} + 1;
}

// That the filter's type and what it filters by go together.
Status check_filter(const Request& request) {
  if (!request.shard_filter) return {};
  const ShardFilter& filter = *request.shard_filter;
  if (request.exclusive_start_shard_id) {
    return fail(ErrorCode::kInvalidArgument,
                "ExclusiveStartShardId and ShardFilter cannot be provided together.");
  }
  const bool after_shard = filter.type == "AFTER_SHARD_ID";
  const bool timed = filter.type == "AT_TIMESTAMP" || filter.type == "FROM_TIMESTAMP";
  if (after_shard == filter.shard_id.has_value() && timed == filter.timestamp.has_value()) {
    return {};
  }
  return fail(ErrorCode::kInvalidArgument, "ShardFilter of type " + filter.type + " needs " +
                                               (after_shard ? "a ShardId only."
                                                : timed     ? "a Timestamp only."
                                                        : "neither a ShardId nor a Timestamp."));
}

Result<Selection> select(const Request& request, const streams::Stream& stream, WallTime now) {
  // The oldest record there may be; shards that had closed by then are gone.
  const std::int64_t horizon = std::max(stream.not_before_ms(), stream.created_ms());
  Selection selection{.at_least_ms = horizon};
  if (request.exclusive_start_shard_id) {
    ASSIGN_OR_RETURN(selection.from, behind(*request.exclusive_start_shard_id));
  }
  if (!request.shard_filter) return selection;
  const ShardFilter& filter = *request.shard_filter;
  if (filter.type == "AFTER_SHARD_ID") {
    ASSIGN_OR_RETURN(selection.from, behind(*filter.shard_id));
  } else if (filter.type == "AT_TRIM_HORIZON") {
    selection.at_most_ms = horizon;
  } else if (filter.type == "AT_LATEST") {
    selection.at_least_ms = INT64_MAX;
  } else if (filter.type == "AT_TIMESTAMP") {
    selection.at_least_ms = selection.at_most_ms = filter.timestamp->ms;
  } else if (filter.type == "FROM_TIMESTAMP") {
    selection.at_least_ms = std::min(std::max(filter.timestamp->ms, horizon), now.ms);
  }
  return selection;
}

std::string page_text(const Selection& selection, const std::string& name) {
  return std::to_string(selection.from) + "/" + std::to_string(selection.at_least_ms) + "/" +
         std::to_string(selection.at_most_ms) + "/" + name;
}

struct Page {
  std::shared_ptr<streams::Stream> stream;
  Selection selection;
};

Result<Page> next_page(const Kinesis& kinesis, const Caller& caller, const Request& request,
                       const std::string& bound) {
  if (request.stream_name || request.stream_arn || request.stream_id ||
      request.stream_creation_timestamp || request.exclusive_start_shard_id) {
    return fail(ErrorCode::kInvalidArgument,
                "NextToken cannot be provided together with StreamName, StreamARN, StreamId, "
                "StreamCreationTimestamp or ExclusiveStartShardId.");
  }
  ASSIGN_OR_RETURN(std::string text, kinesis.streams.open_page(*request.next_token, bound));
  const auto take = [&text] {
    const std::size_t slash = text.find('/');
    std::string part = text.substr(0, slash);
    text.erase(0, slash + 1);
    return part;
  };
  Page page;
  page.selection.from = std::stoul(take());
  page.selection.at_least_ms = std::stoll(take());
  page.selection.at_most_ms = std::stoll(take());
  ASSIGN_OR_RETURN(page.stream, find_stream(kinesis, caller, {.name = text}));
  return page;
}

Result<Page> first_page(const Kinesis& kinesis, const Caller& caller, const Request& request) {
  Page page;
  ASSIGN_OR_RETURN(page.stream, find_stream(kinesis, caller, names_of(request)));
  // Clients know the second at which a stream was made.
  if (request.stream_creation_timestamp &&
      request.stream_creation_timestamp->ms / 1000 != page.stream->created_ms() / 1000) {
    return fail(ErrorCode::kNotFound, "Stream " + page.stream->key().name.text() +
                                          " under account " + caller.account + " not found.");
  }
  ASSIGN_OR_RETURN(page.selection, select(request, *page.stream, kinesis.clock.wall_now()));
  return page;
}

boost::asio::awaitable<Result<Response>> handle(Kinesis& kinesis, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(check_filter(request));
  const std::string bound = "shards/" + caller.account + "/" + caller.region;
  auto page = request.next_token ? next_page(kinesis, caller, request, bound)
                                 : first_page(kinesis, caller, request);
  if (!page) co_return std::unexpected(std::move(page).error());
  const streams::Stream& stream = *page->stream;
  Selection& selection = page->selection;
  if (!takes_records(stream)) CO_RETURN_IF_ERROR(stream.check_active());
  const auto limit = static_cast<std::size_t>(request.max_results.value_or(kLimitDefault));
  const auto shards = stream.shards();
  Response response;
  for (; selection.from < shards->all().size(); ++selection.from) {
    const streams::Shard& shard = shards->all()[selection.from];
    if (!selection.has(shard)) continue;
    if (response.shards.size() == limit) {
      response.next_token =
          kinesis.streams.make_page(page_text(selection, stream.key().name.text()), bound);
      break;
    }
    response.shards.push_back(describe_shard(stream, shard));
  }
  co_return response;
}

}  // namespace

Operation list_shards(Kinesis& kinesis) {
  return operation<Request, Response>("ListShards", "kinesis:ListShards",
                                      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
