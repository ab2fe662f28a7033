#include "producer/consumer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/base64.h"
#include "base/mutex.h"
#include "http/server.h"
#include "producer/json_members.h"
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

// A stream of two shards, the first of which was split: 0 -> 2, 3. Iterators are "SHARD/POSITION".
class SplitStream {
 public:
  struct Trouble {
    int limited = 0;              // first calls that are over a limit
    std::uint64_t per_mille = 0;  // of calls that fail
    bool expired = false;         // the first iterator of each shard
    bool busy = false;            // whenever an open shard is read, a record has come
  };
  explicit SplitStream(Trouble trouble) : trouble_(trouble) {
    for (int shard = 0; shard < 4; ++shard) {
      for (int i = 0; i < 25; ++i) data_[shard].push_back(std::to_string(i));
    }
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
  std::vector<std::string> iterator_types() {
    MutexLock lock(mutex_);
    return iterator_types_;
  }
  std::vector<double> timestamps() {
    MutexLock lock(mutex_);
    return timestamps_;
  }

 private:
  boost::asio::awaitable<http::Response> handle(http::Request& request, http::Body& body) {
    const std::string target(request.header("x-amz-target"));
    const auto text = co_await http::read_all(body, 1UL << 20);
    const auto value = wire::parse_json(*text);
    MutexLock lock(mutex_);
    if (trouble_.limited-- > 0) co_return error("LimitExceededException");
    if (target == "Kinesis_20131202.ListShards") co_return list(*value);
    if (target == "Kinesis_20131202.DescribeStreamSummary") co_return summary();
    if (random_.below(1000) < trouble_.per_mille) {
      co_return error("ProvisionedThroughputExceededException");
    }
    if (target == "Kinesis_20131202.GetShardIterator") co_return iterator(*value);
    if (random_.below(1000) < trouble_.per_mille) co_return error("ExpiredIteratorException");
    co_return records(*value);
  }

  static http::Response summary() {
    return {.body = R"({"StreamDescriptionSummary":{"StreamARN":"arn"}})"};
  }

  static http::Response error(const std::string& type) {
    return {.status = 400, .body = R"({"__type":")" + type + R"(","message":"no"})"};
  }

  static std::string shard(int number, const std::string& more, bool open) {
    return R"({"ShardId":"shardId-)" + std::to_string(number) + R"(")" + more +
           R"(,"SequenceNumberRange":{"StartingSequenceNumber":"0")" +
           (open ? "" : R"(,"EndingSequenceNumber":"9")") + "}}";
  }

  // In two pages, the children first.
  static http::Response list(const wire::Value& request) {
    const std::string parent = R"(,"ParentShardId":"shardId-0")";
    if (request.find("NextToken") == nullptr) {
      EXPECT_EQ(*request.find("StreamName")->string(), "s");
      return {.body = R"({"NextToken":"t","Shards":[)" + shard(2, parent, true) + "," +
                      shard(3, parent, true) + "]}"};
    }
    EXPECT_EQ(request.find("StreamName"), nullptr);
    return {.body = R"({"Shards":[)" + shard(0, "", false) + "," + shard(1, "", true) + "]}"};
  }

  http::Response iterator(const wire::Value& request) REQUIRES(mutex_) {
    const std::string type = *request.find("ShardIteratorType")->string();
    iterator_types_.push_back(type);
    int position = type == "LATEST" ? 25 : 0;
    if (type == "AT_TIMESTAMP") {
      timestamps_.push_back(number_of(request, "Timestamp"));
      position = 20;
    }
    if (const wire::Value* after = request.find("StartingSequenceNumber")) {
      position = std::stoi(*after->string()) - 1000 + 1;
    }
    return {.body = R"({"ShardIterator":")" + request.find("ShardId")->string()->substr(8) + "/" +
                    std::to_string(position) + "\"}"};
  }

  http::Response records(const wire::Value& request) REQUIRES(mutex_) {
    const std::string& at = *request.find("ShardIterator")->string();
    const int number = at[0] - '0';
    if (trouble_.expired && expired_.insert(number).second) {
      return error("ExpiredIteratorException");
    }
    const auto position = static_cast<std::size_t>(std::stoi(at.substr(2)));
    std::vector<std::string>& all = data_[number];
    if (trouble_.busy && number != 0) all.push_back(std::to_string(all.size()));
    const std::size_t end = std::min(position + 10, all.size());
    std::string body = "{\"Records\":[";
    for (std::size_t i = position; i < end; ++i) {
      body += std::string(i > position ? "," : "") + R"({"SequenceNumber":")" +
              std::to_string(1000 + i) +
              R"(","ApproximateArrivalTimestamp":1.25,"PartitionKey":"k","Data":")" +
              base64_encode(all[i]) + "\"}";
    }
    body += "],\"MillisBehindLatest\":" + std::string(end == all.size() ? "0" : "1000");
    const bool over = number == 0 && end == all.size();
    if (!over) body += R"(,"NextShardIterator":")" + at.substr(0, 2) + std::to_string(end) + "\"";
    return {.body = body + "}"};
  }

  Trouble trouble_;  // once it serves, under the mutex
  Mutex mutex_;
  SeededRandom random_ GUARDED_BY(mutex_){3};
  std::map<int, std::vector<std::string>> data_;  // once it serves, under the mutex
  std::vector<std::string> iterator_types_ GUARDED_BY(mutex_);
  std::vector<double> timestamps_ GUARDED_BY(mutex_);
  std::set<int> expired_ GUARDED_BY(mutex_);  // shards
  http::IoThreads threads_{1};
  std::unique_ptr<http::Server> server_;
};

struct Outcome {
  Status status;
  std::vector<std::string> seen;  // "SHARD:DATA"
};

Outcome consume(SplitStream& stream, Consumer::Options options, std::size_t enough = 1000) {
  boost::asio::io_context context(1);
  InstantClock clock;
  SeededRandom random(5);
  AwsClient client(context.get_executor(), stream.settings(), clock);
  Outcome outcome;
  options.stream = "s";
  Consumer consumer(client, options, clock, random, [&](const ConsumedRecord& record) {
    EXPECT_EQ(record.arrival.ms, 1250);
    EXPECT_EQ(record.partition_key, "k");
    outcome.seen.push_back(std::string(record.shard_id.substr(8)) + ":" + std::string(record.data));
    return outcome.seen.size() < enough;
  });
  boost::asio::co_spawn(context, consumer.run(),
                        [&](std::exception_ptr, Status s) { outcome.status = std::move(s); });
  context.run();
  return outcome;
}

std::vector<std::string> of_shard(const Outcome& outcome, char shard) {
  std::vector<std::string> data;
  for (const std::string& each : outcome.seen) {
    if (each[0] == shard) data.push_back(each.substr(2));
  }
  return data;
}

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> out;
  for (int i = from; i < to; ++i) out.push_back(std::to_string(i));
  return out;
}

TEST(ConsumerTest, every_shard_is_read_once_in_order_whatever_the_trouble) {
  SplitStream stream({.per_mille = 200});
  const Outcome outcome = consume(stream, {});
  ASSERT_TRUE(outcome.status) << outcome.status.error().message;
  EXPECT_EQ(outcome.seen.size(), 100U);
  for (const char shard : {'0', '1', '2', '3'}) EXPECT_EQ(of_shard(outcome, shard), numbers(0, 25));
}

TEST(ConsumerTest, children_begin_when_their_parent_has_ended) {
  SplitStream stream({});
  const Outcome outcome = consume(stream, {});
  const auto parent_end = std::ranges::find(outcome.seen, "0:24");
  EXPECT_LT(parent_end, std::ranges::find(outcome.seen, "2:0"));
  EXPECT_LT(parent_end, std::ranges::find(outcome.seen, "3:0"));
}

TEST(ConsumerTest, from_latest_there_is_nothing_at_rest_and_closed_shards_are_left_out) {
  SplitStream stream({});
  const Outcome outcome = consume(stream, {.from = Consumer::Options::From::kLatest});
  ASSERT_TRUE(outcome.status);
  EXPECT_TRUE(outcome.seen.empty());
  EXPECT_EQ(stream.iterator_types(), std::vector<std::string>(3, "LATEST"));
}

TEST(ConsumerTest, from_latest_what_comes_while_an_iterator_expires_is_read) {
  SplitStream stream({.expired = true});
  const Outcome outcome = consume(stream, {.from = Consumer::Options::From::kLatest});
  ASSERT_TRUE(outcome.status);
  for (const char shard : {'1', '2', '3'}) EXPECT_EQ(of_shard(outcome, shard), numbers(20, 25));
  ASSERT_EQ(stream.timestamps().size(), 3U);
  // By the server's clock, not by this one.
  for (const double each : stream.timestamps()) EXPECT_NE(each, 1'767'225'600);
}

TEST(ConsumerTest, from_a_time_every_shard_begins_there) {
  SplitStream stream({});
  const Outcome outcome = consume(stream, {.from = Consumer::Options::From::kTime, .time = {1500}});
  for (const char shard : {'0', '1', '2', '3'}) {
    EXPECT_EQ(of_shard(outcome, shard), numbers(20, 25));
  }
  EXPECT_EQ(stream.timestamps(), std::vector<double>(4, 1.5));
}

TEST(ConsumerTest, a_limit_that_makes_it_wait_is_said_once) {
  SplitStream stream({.limited = 3});
  std::vector<std::string> warnings;
  const Outcome outcome =
      consume(stream, {.warn = [&](std::string_view what) { warnings.emplace_back(what); }});
  ASSERT_TRUE(outcome.status);
  EXPECT_EQ(outcome.seen.size(), 100U);
  EXPECT_EQ(warnings, std::vector<std::string>{"LimitExceededException: no"});
}

TEST(ConsumerTest, without_following_a_stream_that_is_written_to_has_an_end) {
  SplitStream stream({.busy = true});
  const Outcome outcome = consume(stream, {});
  ASSERT_TRUE(outcome.status);
  EXPECT_LT(outcome.seen.size(), 200U);
  const std::vector<std::string> seen = of_shard(outcome, '1');
  EXPECT_GE(seen.size(), 25U);
  EXPECT_EQ(seen, numbers(0, static_cast<int>(seen.size())));
}

TEST(ConsumerTest, following_goes_on_at_the_tip_until_there_is_enough) {
  SplitStream stream({});
  const Outcome outcome = consume(stream, {.follow = true}, 100);
  ASSERT_TRUE(outcome.status);
  EXPECT_EQ(outcome.seen.size(), 100U);
}

}  // namespace
}  // namespace headrace::producer
