#include "producer/consumer.h"

#include <utility>

#include "producer/describe_stream.h"
#include "producer/json_members.h"
#include "producer/list_shards.h"
#include "producer/position.h"

namespace headrace::producer {
namespace {

constexpr std::string_view kExpired = "ExpiredIteratorException";

using Progress = Shard::Progress;

}  // namespace

Consumer::Consumer(AwsClient& client, Options options, Clock& clock, Random& random,
                   TakeRecord take)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      stop_event_(clock),
      calls_(client, options_.patience, clock, random, stop_event_, options_.warn),
      taker_(std::move(take), !options_.aggregated) {}

void Consumer::stop() {
  stopped_ = true;
  calls_.stop();
  client_.close();
  stop_event_.notify();
}

boost::asio::awaitable<Status> Consumer::find_shards() {
  CO_ASSIGN_OR_RETURN(const StreamSummary summary,
                      co_await describe_stream(calls_, options_.stream, clock_));
  began_ = summary.now;
  if (!summary.by_hash_key) taker_.expect_any_key();
  CO_RETURN_IF_ERROR(co_await list_shards(calls_, options_.stream, shards_, false));
  for (auto& [id, shard] : shards_.all()) {
    // Nothing of a closed shard is later than now.
    if (!shard.open && options_.from == Options::From::kLatest) shard.progress = Progress::kDone;
  }
  co_return Status{};
}

std::string Consumer::iterator_request(const std::string& id) {
  const Position position = next_position(shards_.at(id), options_, began_);
  return "{" + stream_member(options_.stream) + json_member("ShardId", id) +
         position.members("ShardIteratorType", "StartingSequenceNumber") + "}";
}

boost::asio::awaitable<Status> Consumer::get_iterator(std::string id) {
  std::string body = iterator_request(id);
  CO_ASSIGN_OR_RETURN(const Answer answer,
                      co_await calls_.call("GetShardIterator", std::move(body)));
  if (!answer.ok()) co_return refused(answer);
  CO_ASSIGN_OR_RETURN(const wire::Value value, parse_answer(answer.body));
  Reading& reading = readings_[id];
  reading.iterator = text_of(value, "ShardIterator");
  if (reading.iterator.empty()) {
    co_return fail(ErrorCode::kMalformedHttp, "the answer has no iterator");
  }
  co_return Status{};
}

// One GetRecords of one shard.
boost::asio::awaitable<Status> Consumer::read(std::string id) {
  Reading& reading = readings_[id];
  if (reading.iterator.empty()) CO_RETURN_IF_ERROR(co_await get_iterator(id));
  if (stopped_) co_return Status{};
  std::string body = "{" + json_member("ShardIterator", reading.iterator).substr(1) + "}";
  CO_ASSIGN_OR_RETURN(const Answer answer, co_await calls_.call("GetRecords", std::move(body)));
  reading.next_read = clock_.monotonic_now() + options_.poll;
  if (!answer.ok()) {
    reading.iterator.clear();
    if (answer.code != kExpired) co_return refused(answer);
    co_return Status{};
  }
  CO_ASSIGN_OR_RETURN(const wire::Value value, parse_answer(answer.body));
  co_return co_await take(id, value);
}

boost::asio::awaitable<Status> Consumer::take(std::string id, const wire::Value& answer) {
  Reading& reading = readings_[id];
  Shard& shard = shards_.at(id);
  CO_ASSIGN_OR_RETURN(const bool more, taker_.take(id, shard, answer));
  if (!more) {
    stop();
    co_return Status{};
  }
  reading.iterator = text_of(answer, "NextShardIterator");
  if (reading.iterator.empty()) {
    shard.progress = Progress::kDone;
    // The list as well: of a merge, the answer does not say where the other parents come from.
    shards_.add_children(answer);
    co_return co_await list_shards(calls_, options_.stream, shards_, true);
  }
  // A closed shard has no tip: its end is still to be told, and its children come after.
  if (!options_.follow && shard.open && caught_up(shard, answer, began_)) {
    shard.progress = Progress::kAtTip;
  }
  // Far behind: the shard's own limits decide the pace, and a throttled call waits.
  if (number_of(answer, "MillisBehindLatest") > 0) reading.next_read = clock_.monotonic_now();
  co_return Status{};
}

boost::asio::awaitable<Status> Consumer::run() {
  Status outcome = co_await read_all();
  client_.close();
  // What fails because it was stopped is no failure.
  co_return stopped_ ? Status{} : std::move(outcome);
}

Consumer::Due Consumer::due() {
  for (const std::string& id : shards_.begin()) readings_.try_emplace(id);
  Due due;
  for (const auto& [id, reading] : readings_) {
    const Progress progress = shards_.at(id).progress;
    if (progress == Progress::kDone || progress == Progress::kAtTip) continue;
    if (reading.next_read <= clock_.monotonic_now()) due.now.push_back(id);
    if (!due.earliest || reading.next_read < *due.earliest) due.earliest = reading.next_read;
  }
  return due;
}

boost::asio::awaitable<Status> Consumer::read_all() {
  CO_RETURN_IF_ERROR(co_await find_shards());
  while (!stopped_) {
    const Due next = due();
    if (!next.earliest) break;
    if (next.now.empty()) co_await stop_event_.wait(next.earliest);
    for (const std::string& id : next.now) {
      if (stopped_) break;
      CO_RETURN_IF_ERROR(co_await read(id));
    }
  }
  co_return Status{};
}

}  // namespace headrace::producer
