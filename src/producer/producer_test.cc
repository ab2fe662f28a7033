#include "producer/producer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/base64.h"
#include "base/mutex.h"
#include "http/server.h"
#include "wire/aws_json.h"
#include "wire/value.h"

namespace headrace::producer {
namespace {

// Alarms ring at once and time is then what they waited for.
class InstantClock final : public Clock {
 public:
  WallTime wall_now() const override { return {1'767'225'600'000}; }
  MonotonicTime monotonic_now() const override { return now_; }
  void call_at(MonotonicTime when, Alarm alarm) override {
    now_ = std::max(now_, when);
    alarm();
  }

 private:
  MonotonicTime now_{1'000'000'000};
};

// Answers PutRecords as a stream on a bad day, and remembers what it accepted.
class BadDay {
 public:
  struct Chances {  // per mille: of a request, of a request, of a record
    std::uint64_t server_error = 0;
    std::uint64_t drop = 0;
    std::uint64_t throttle = 0;
    std::size_t room = 1'000'000;  // records of a request that are not throttled
  };
  explicit BadDay(Chances chances) : chances_(chances) {
    auto started = http::Server::start(
        threads_, {.listen = "127.0.0.1:0"},
        [this](http::Request& request, http::Body& body) { return handle(request, body); });
    EXPECT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  Settings settings() const {
    return {.region = "us-east-1",
            .endpoint = {.host = "127.0.0.1", .port = server_->port()},
            .credentials = {"key", "secret"}};
  }

  struct Accepted {
    std::string key;
    std::string data;
  };
  std::vector<Accepted> accepted() {
    MutexLock lock(mutex_);
    return accepted_;
  }
  std::size_t largest_batch() {
    MutexLock lock(mutex_);
    return largest_batch_;
  }

 private:
  boost::asio::awaitable<http::Response> handle(http::Request& request, http::Body& body) {
    EXPECT_EQ(request.header("x-amz-target"), "Kinesis_20131202.PutRecords");
    EXPECT_TRUE(request.header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=key/"));
    const auto text = co_await http::read_all(body, 16UL << 20);
    if (!text) co_return http::Response{.status = 400};
    co_return answer(*text);
  }

  http::Response answer(const std::string& text) {
    const auto request = wire::parse_json(text);
    MutexLock lock(mutex_);
    if (chance(chances_.drop)) return broken();
    if (chance(chances_.server_error)) return error(500, "InternalFailure");
    if (*request->find("StreamName")->string() != "s") {
      return error(400, "com.amazonaws.kinesis#ResourceNotFoundException");
    }
    const auto& records = *request->find("Records")->list();
    largest_batch_ = std::max(largest_batch_, records.size());
    std::string body = "{\"FailedRecordCount\":0,\"Records\":[";
    std::set<std::string> keys;
    std::size_t taken = 0;
    for (const wire::Value& record : records) {
      const std::string data = *base64_decode(*record.find("Data")->string());
      const std::string key = *record.find("PartitionKey")->string();
      EXPECT_TRUE(keys.insert(key).second) << "two records of one key in a request";
      if (data.starts_with("poison")) return error(400, "ValidationException");
      if (taken == chances_.room || chance(chances_.throttle)) {
        body += "{\"ErrorCode\":\"ProvisionedThroughputExceededException\",\"ErrorMessage\":\"\"},";
      } else {
        ++taken;
        accepted_.push_back({key, data});
        body += "{\"SequenceNumber\":\"1\",\"ShardId\":\"shardId-000000000000\"},";
      }
    }
    body.back() = ']';
    return {.body = body + "}"};
  }

  bool chance(std::uint64_t per_mille) REQUIRES(mutex_) { return random_.below(1000) < per_mille; }

  static http::Response error(int status, const std::string& type) {
    return {.status = status, .body = R"({"__type":")" + type + R"(","message":"no"})"};
  }
  static boost::asio::awaitable<Result<std::string>> no_body() {
    co_return fail(ErrorCode::kUnavailable, "gone");
  }
  // The connection closes behind the head.
  static http::Response broken() { return {.source = no_body, .source_size = 10}; }

  Chances chances_;
  Mutex mutex_;
  SeededRandom random_ GUARDED_BY(mutex_){11};
  std::vector<Accepted> accepted_ GUARDED_BY(mutex_);
  std::size_t largest_batch_ GUARDED_BY(mutex_) = 0;
  http::IoThreads threads_{1};
  std::unique_ptr<http::Server> server_;
};

struct Outcome {
  double seconds = 0;  // on its clock
  Producer::Summary summary;
  std::vector<std::string> rejected;
  std::vector<std::string> reasons;
};

boost::asio::awaitable<void> feed(Producer& producer, std::vector<Record> records) {
  for (Record& record : records) {
    co_await producer.room();
    producer.put(std::move(record));
  }
  producer.close();
}

Outcome produce(BadDay& stream, std::vector<Record> records, Producer::Options options = {}) {
  boost::asio::io_context context(1);
  InstantClock clock;
  SeededRandom random(5);
  Outcome outcome;
  if (options.stream.empty()) options.stream = "s";
  Producer producer(context.get_executor(), stream.settings(), options, clock, random,
                    [&](std::string_view data, std::string_view reason) {
                      outcome.rejected.emplace_back(data);
                      outcome.reasons.emplace_back(reason);
                    });
  const MonotonicTime began = clock.monotonic_now();
  boost::asio::co_spawn(context, feed(producer, std::move(records)), boost::asio::detached);
  boost::asio::co_spawn(context, producer.run(), boost::asio::detached);
  context.run();
  outcome.summary = producer.summary();
  outcome.seconds = std::chrono::duration<double>(clock.monotonic_now() - began).count();
  return outcome;
}

std::vector<Record> keyed(int count, int keys) {
  std::vector<Record> records;
  records.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    records.push_back(
        {.data = std::to_string(i), .key = "k" + std::to_string(i % keys), .ordered = true});
  }
  return records;
}

TEST(ProducerTest, on_a_bad_day_every_record_arrives_once_and_in_order_within_its_key) {
  BadDay stream({.server_error = 100, .drop = 100, .throttle = 300});
  const Outcome outcome = produce(stream, keyed(5000, 70));
  EXPECT_EQ(outcome.summary.records, 5000U);
  EXPECT_EQ(outcome.summary.bytes, 18'890U);
  EXPECT_EQ(outcome.summary.failures, 0U);
  EXPECT_GT(outcome.summary.retries, 1000U);
  std::map<std::string, int> last;
  const auto accepted = stream.accepted();
  ASSERT_EQ(accepted.size(), 5000U);
  for (const auto& [key, data] : accepted) {
    const int number = std::stoi(data);
    const auto [at, first] = last.try_emplace(key, number);
    if (!first) {
      EXPECT_EQ(number, at->second + 70) << key;
      at->second = number;
    }
  }
}

TEST(ProducerTest, random_keys_fill_batches_of_five_hundred) {
  BadDay stream({});
  std::vector<Record> records;
  records.reserve(3000);
  for (int i = 0; i < 3000; ++i) records.push_back({.data = "x", .key = std::to_string(i)});
  const Outcome outcome = produce(stream, std::move(records));
  EXPECT_EQ(outcome.summary.records, 3000U);
  EXPECT_EQ(outcome.summary.retries, 0U);
  EXPECT_EQ(stream.largest_batch(), 500U);
}

TEST(ProducerTest, a_request_stays_under_its_bytes) {
  BadDay stream({});
  std::vector<Record> records;
  records.reserve(20);
  for (int i = 0; i < 20; ++i) {
    records.push_back({.data = std::string(1'000'000, 'x'), .key = std::to_string(i)});
  }
  EXPECT_EQ(produce(stream, std::move(records)).summary.records, 20U);
  EXPECT_EQ(stream.largest_batch(), 5U);
}

TEST(ProducerTest, what_the_stream_finds_invalid_is_singled_out_and_rejected) {
  BadDay stream({.throttle = 200});
  std::vector<Record> records;
  records.reserve(300);
  for (int i = 0; i < 300; ++i) {
    records.push_back({.data = (i % 100 == 50 ? "poison" : "") + std::to_string(i),
                       .key = "k" + std::to_string(i % 10),
                       .ordered = true});
  }
  Outcome outcome = produce(stream, std::move(records));
  EXPECT_EQ(outcome.summary.records, 297U);
  EXPECT_EQ(outcome.summary.failures, 3U);
  std::ranges::sort(outcome.rejected);
  EXPECT_EQ(outcome.rejected, (std::vector<std::string>{"poison150", "poison250", "poison50"}));
  EXPECT_EQ(outcome.reasons[0], "ValidationException: no");
}

TEST(ProducerTest, a_stream_that_is_not_there_stops_it_and_every_record_is_rejected) {
  BadDay stream({});
  const Outcome outcome = produce(stream, keyed(1000, 300), {.stream = "other"});
  EXPECT_EQ(outcome.summary.records, 0U);
  EXPECT_EQ(outcome.summary.failures, 1000U);
  EXPECT_EQ(outcome.summary.fatal, "ResourceNotFoundException: no");
  EXPECT_EQ(outcome.rejected.size(), 1000U);
}

TEST(ProducerTest, while_most_records_are_refused_it_asks_less_and_less_often) {
  BadDay stream({.throttle = 900});
  const Outcome outcome = produce(stream, keyed(500, 500), {.senders = 1});
  EXPECT_EQ(outcome.summary.records, 500U);
  // Some sixty attempts; with waits of up to 50 ms each they would take 1.5 s.
  EXPECT_GT(outcome.seconds, 8.0);
}

TEST(ProducerTest, a_shard_that_is_full_is_not_sent_the_same_records_over_and_over) {
  BadDay stream({.room = 50});
  const Outcome outcome = produce(stream, keyed(2000, 2000), {.senders = 1});
  EXPECT_EQ(outcome.summary.records, 2000U);
  // All of what waits each time would make 16,000.
  EXPECT_LT(outcome.summary.retries, 4000U);
}

TEST(ProducerTest, what_fails_for_too_long_is_given_up) {
  BadDay stream({.throttle = 1000});
  const Outcome outcome = produce(stream, keyed(20, 5));
  EXPECT_EQ(outcome.summary.failures, 20U);
  EXPECT_EQ(outcome.reasons[0], "ProvisionedThroughputExceededException: ");
}

TEST(ProducerTest, a_small_buffer_only_slows_the_feeding) {
  BadDay stream({.throttle = 100});
  const Outcome outcome = produce(stream, keyed(2000, 50), {.buffered_bytes_max = 100});
  EXPECT_EQ(outcome.summary.records, 2000U);
}

TEST(ProducerTest, the_rate_bounds_batches_and_spaces_them) {
  BadDay stream({});
  const Outcome outcome = produce(stream, keyed(100, 100), {.rate = 200});
  EXPECT_EQ(outcome.summary.records, 100U);
  EXPECT_EQ(stream.largest_batch(), 20U);
  EXPECT_DOUBLE_EQ(outcome.seconds, 0.4);  // four waits between five batches
}

}  // namespace
}  // namespace headrace::producer
