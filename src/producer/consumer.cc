#include "producer/consumer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/base64.h"
#include "wire/aws_json.h"

namespace headrace::producer {
namespace {

constexpr std::string_view kExpired = "ExpiredIteratorException";

std::string text_of(const wire::Value& object, std::string_view name) {
  const wire::Value* member = object.find(name);
  const std::string* text = member == nullptr ? nullptr : member->string();
  return text == nullptr ? std::string() : *text;
}

double number_of(const wire::Value& object, std::string_view name) {
  const wire::Value* member = object.find(name);
  if (member == nullptr) return 0;
  if (const auto* integer = std::get_if<std::int64_t>(&member->is)) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&member->is);
  return number == nullptr ? 0 : *number;
}

std::string json_member(std::string_view name, std::string_view value) {
  std::string out = ",\"" + std::string(name) + "\":";
  wire::append_json_string(out, value);
  return out;
}

Result<wire::Value> parsed(const Answer& answer) {
  Result<wire::Value> value = wire::parse_json(answer.body);
  if (!value) return fail(ErrorCode::kMalformedHttp, "the answer is not JSON");
  return value;
}

std::unexpected<Error> refused(const Answer& answer) {
  return fail(ErrorCode::kInvalidArgument, answer.code + ": " + answer.message);
}

}  // namespace

Consumer::Consumer(AwsClient& client, Options options, Clock& clock, Random& random, Take take)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      take_(std::move(take)),
      stop_event_(clock) {}

void Consumer::stop() {
  stopped_ = true;
  stop_event_.notify();
}

// Calls until there is an answer that is a success, a stale iterator's or nothing to be helped.
boost::asio::awaitable<Result<Answer>> Consumer::call(std::string operation, std::string body) {
  constexpr unsigned kDoublingsMax = 20;
  const MonotonicTime began = clock_.monotonic_now();
  for (unsigned failures = 0;; ++failures) {
    std::string sent = body;
    Result<Answer> answer = co_await client_.call(operation, std::move(sent));
    const bool again = !answer || (!answer->ok() && remedy(*answer) == Remedy::kRetry);
    if (!again || stopped_ || clock_.monotonic_now() - began >= options_.give_up_after) {
      co_return answer;
    }
    const std::int64_t bound =
        std::min<std::int64_t>(options_.backoff_max.count(),
                               options_.backoff_base.count() << std::min(failures, kDoublingsMax));
    const auto wait =
        std::chrono::milliseconds(random_.below(static_cast<std::uint64_t>(bound) + 1));
    co_await stop_event_.wait(clock_.monotonic_now() + wait);
  }
}

boost::asio::awaitable<Status> Consumer::find_shards(bool first) {
  std::string next_token;
  do {
    std::string body = next_token.empty() ? "{" + stream_member(options_.stream)
                                          : "{" + json_member("NextToken", next_token).substr(1);
    body += '}';
    CO_ASSIGN_OR_RETURN(const Answer answer, co_await call("ListShards", std::move(body)));
    if (!answer.ok()) co_return refused(answer);
    CO_ASSIGN_OR_RETURN(const wire::Value list, parsed(answer));
    CO_RETURN_IF_ERROR(add_shards(list, first));
    next_token = text_of(list, "NextToken");
  } while (!next_token.empty() && !stopped_);
  co_return Status{};
}

Status Consumer::add_shards(const wire::Value& answer, bool first) {
  const wire::Value* shards = answer.find("Shards");
  if (shards == nullptr || shards->list() == nullptr) {
    return fail(ErrorCode::kMalformedHttp, "the answer lists no shards");
  }
  for (const wire::Value& each : *shards->list()) {
    const std::string id = text_of(each, "ShardId");
    Shard shard;
    const wire::Value* range = each.find("SequenceNumberRange");
    shard.open = range == nullptr || text_of(*range, "EndingSequenceNumber").empty();
    shard.from_start = !first;
    for (const char* parent : {"ParentShardId", "AdjacentParentShardId"}) {
      if (std::string parent_id = text_of(each, parent); !parent_id.empty()) {
        shard.parents.push_back(std::move(parent_id));
      }
    }
    // Nothing of a closed shard is later than now.
    if (first && !shard.open && options_.from == Options::From::kLatest) {
      shard.progress = Progress::kDone;
    }
    shards_.try_emplace(id, std::move(shard));
  }
  return {};
}

bool Consumer::may_begin(const Shard& shard) const {
  return std::ranges::all_of(shard.parents, [this](const std::string& parent) {
    const auto found = shards_.find(parent);
    return found == shards_.end() || found->second.progress == Progress::kDone;
  });
}

std::string Consumer::iterator_request(const std::string& id, const Shard& shard) const {
  std::string body = "{" + stream_member(options_.stream) + json_member("ShardId", id);
  if (!shard.last.empty()) {
    body += json_member("ShardIteratorType", "AFTER_SEQUENCE_NUMBER");
    body += json_member("StartingSequenceNumber", shard.last);
  } else if (shard.from_start || options_.from == Options::From::kTrimHorizon) {
    body += json_member("ShardIteratorType", "TRIM_HORIZON");
  } else if (options_.from == Options::From::kLatest) {
    body += json_member("ShardIteratorType", "LATEST");
  } else {
    body += json_member("ShardIteratorType", "AT_TIMESTAMP");
    body += ",\"Timestamp\":";
    wire::append_json_timestamp(body, options_.time);
  }
  return body + "}";
}

boost::asio::awaitable<Status> Consumer::get_iterator(std::string id) {
  std::string body = iterator_request(id, shards_.at(id));
  CO_ASSIGN_OR_RETURN(const Answer answer, co_await call("GetShardIterator", std::move(body)));
  if (!answer.ok()) co_return refused(answer);
  CO_ASSIGN_OR_RETURN(const wire::Value value, parsed(answer));
  shards_.at(id).iterator = text_of(value, "ShardIterator");
  if (shards_.at(id).iterator.empty()) {
    co_return fail(ErrorCode::kMalformedHttp, "the answer has no iterator");
  }
  co_return Status{};
}

// One GetRecords of one shard.
boost::asio::awaitable<Status> Consumer::read(std::string id) {
  Shard& shard = shards_.at(id);
  if (shard.iterator.empty()) CO_RETURN_IF_ERROR(co_await get_iterator(id));
  if (stopped_) co_return Status{};
  std::string body = "{" + json_member("ShardIterator", shard.iterator).substr(1) + "}";
  CO_ASSIGN_OR_RETURN(const Answer answer, co_await call("GetRecords", std::move(body)));
  shard.next_read = clock_.monotonic_now() + options_.poll;
  if (!answer.ok()) {
    shard.iterator.clear();
    if (answer.code != kExpired) co_return refused(answer);
    co_return Status{};
  }
  CO_ASSIGN_OR_RETURN(const wire::Value value, parsed(answer));
  CO_RETURN_IF_ERROR(take_records(id, shard, value));
  if (stopped_) co_return Status{};
  const wire::Value* records = value.find("Records");
  const bool none = records == nullptr || records->list() == nullptr || records->list()->empty();
  shard.iterator = text_of(value, "NextShardIterator");
  if (shard.iterator.empty()) {
    shard.progress = Progress::kDone;
    co_return co_await find_shards(false);
  }
  const bool at_tip = number_of(value, "MillisBehindLatest") <= 0;
  shard.progress = at_tip && (none || options_.follow) ? Progress::kAtTip : Progress::kReading;
  // Far behind: the shard's own limits decide the pace, and a throttled call waits.
  if (!at_tip || !none) shard.next_read = clock_.monotonic_now();
  co_return Status{};
}

Status Consumer::take_records(const std::string& id, Shard& shard, const wire::Value& answer) {
  const wire::Value* records = answer.find("Records");
  if (records == nullptr || records->list() == nullptr) {
    return fail(ErrorCode::kMalformedHttp, "the answer has no records");
  }
  for (const wire::Value& each : *records->list()) {
    const wire::Value* encoded = each.find("Data");
    if (encoded == nullptr || encoded->string() == nullptr) {
      return fail(ErrorCode::kMalformedHttp, "a record without data");
    }
    const std::optional<std::string> data = base64_decode(*encoded->string());
    if (!data) return fail(ErrorCode::kMalformedHttp, "a record whose data is not base64");
    std::string number = text_of(each, "SequenceNumber");
    const std::string key = text_of(each, "PartitionKey");
    const double arrival = number_of(each, "ApproximateArrivalTimestamp");
    const ConsumedRecord record{.shard_id = id,
                                .sequence_number = number,
                                .partition_key = key,
                                .arrival = {std::llround(arrival * 1000)},
                                .data = *data};
    if (!take_(record)) {
      stop();
      return {};
    }
    ++records_;
    shard.last = std::move(number);
  }
  return {};
}

boost::asio::awaitable<Status> Consumer::run() {
  Status outcome = co_await read_all();
  client_.close();
  co_return outcome;
}

boost::asio::awaitable<Status> Consumer::read_all() {
  CO_RETURN_IF_ERROR(co_await find_shards(true));
  while (!stopped_) {
    std::vector<std::string> due;
    std::optional<MonotonicTime> earliest;
    for (auto& [id, shard] : shards_) {
      if (shard.progress == Progress::kWaiting && may_begin(shard)) {
        shard.progress = Progress::kReading;
      }
      const bool ended = !options_.follow && shard.progress == Progress::kAtTip;
      if (shard.progress == Progress::kWaiting || shard.progress == Progress::kDone || ended) {
        continue;
      }
      if (shard.next_read <= clock_.monotonic_now()) due.push_back(id);
      if (!earliest || shard.next_read < *earliest) earliest = shard.next_read;
    }
    if (!earliest) break;
    if (due.empty()) co_await stop_event_.wait(earliest);
    for (const std::string& id : due) {
      if (stopped_) break;
      CO_RETURN_IF_ERROR(co_await read(id));
    }
  }
  co_return Status{};
}

}  // namespace headrace::producer
