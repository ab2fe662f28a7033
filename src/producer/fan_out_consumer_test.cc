#include "producer/fan_out_consumer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/server.h"
#include "io/manual_clock.h"
#include "producer/json_members.h"
#include "wire/aws_json.h"

namespace headrace::producer {
namespace {

// Shard 0 became 2, which was split into 4 and 5; 5 and 1 were merged into 6. Each has one record,
// and is at its end.
const std::map<std::string, std::vector<std::string>> kParents = {
    {"0", {}}, {"1", {}}, {"2", {"0"}}, {"4", {"2"}}, {"5", {"2"}}, {"6", {"1", "5"}}};

std::string listed(const std::string& id) {
  const std::vector<std::string>& parents = kParents.at(id);
  std::string out = "{" + json_member("ShardId", id).substr(1);
  if (!parents.empty()) out += json_member("ParentShardId", parents[0]);
  if (parents.size() > 1) out += json_member("AdjacentParentShardId", parents[1]);
  return out + R"(,"SequenceNumberRange":{"EndingSequenceNumber":"9"}})";
}

std::string end_event(const std::string& id) {
  std::string children;
  for (const auto& [child, parents] : kParents) {
    if (std::ranges::find(parents, id) == parents.end()) continue;
    std::string names;
    for (const std::string& parent : parents) names += ",\"" + parent + "\"";
    children += ",{" + json_member("ShardId", child).substr(1) + ",\"ParentShards\":[" +
                names.substr(1) + "]}";
  }
  if (!children.empty()) children = ",\"ChildShards\":[" + children.substr(1) + "]";
  std::string out;
  wire::EventMessageWriter message(out);
  message.header(":message-type", std::string("event"));
  message.header(":event-type", std::string("SubscribeToShardEvent"));
  message.begin_payload();
  out += R"({"Records":[{"SequenceNumber":"1","PartitionKey":"k","Data":"eA=="}],)"
         R"("MillisBehindLatest":0)" +
         children + "}";
  message.finish();
  return out;
}

// Shard 1 ends while the list is made that the end of shard 0 asks for, and that list is from
// before 4, 5 and 6.
class LateStream {
 public:
  LateStream() {
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
  // By who reads.
  void taken(std::string_view shard) {
    if (shard == "1") one_taken_.set_value();
  }

 private:
  boost::asio::awaitable<http::Response> handle(http::Request& request, http::Body& body) {
    const std::string target(request.header("x-amz-target"));
    const auto text = co_await http::read_all(body, 1UL << 20);
    const auto value = wire::parse_json(*text);
    if (target.ends_with("DescribeStreamSummary")) {
      co_return http::Response{.body = R"({"StreamDescriptionSummary":{"StreamARN":"arn"}})"};
    }
    if (target.ends_with("DescribeStreamConsumer")) {
      co_return http::Response{
          .body = R"({"ConsumerDescription":{"ConsumerStatus":"ACTIVE","ConsumerARN":"c"}})"};
    }
    if (target.ends_with("ListShards")) co_return list();
    const std::string id = text_of(*value, "ShardId");
    if (id == "1") listing_.get_future().wait();
    co_return http::Response{.body = end_event(id)};
  }

  http::Response list() {
    ++lists_;
    std::string shards = listed("0") + "," + listed("1");
    if (lists_ == 2) {
      listing_.set_value();
      one_taken_.get_future().wait();
    }
    if (lists_ > 1) shards += "," + listed("2");
    if (lists_ > 2) shards += "," + listed("4") + "," + listed("5") + "," + listed("6");
    return {.body = "{\"Shards\":[" + shards + "]}"};
  }

  int lists_ = 0;  // one connection asks for them
  std::promise<void> listing_;
  std::promise<void> one_taken_;
  http::IoThreads threads_{8};  // one for each connection: some of them wait
  std::unique_ptr<http::Server> server_;
};

TEST(FanOutConsumerTest, a_merged_shard_waits_for_a_parent_that_was_not_listed_yet) {
  LateStream stream;
  boost::asio::io_context context(1);
  io::ManualClock clock;
  SeededRandom random(5);
  std::vector<std::string> seen;
  FanOutConsumer consumer(context.get_executor(), stream.settings(),
                          {.stream = "s", .consumer = "c"}, clock, random,
                          [&](const ConsumedRecord& record) {
                            seen.emplace_back(record.shard_id);
                            stream.taken(record.shard_id);
                            return true;
                          });
  Status status;
  boost::asio::co_spawn(context, consumer.run(),
                        [&](std::exception_ptr, Status s) { status = std::move(s); });
  context.run();
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_EQ(seen.back(), "6");
}

}  // namespace
}  // namespace headrace::producer
