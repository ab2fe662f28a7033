#include <gtest/gtest.h>

#include "services/kinesis/kinesis_fixture.h"
#include "services/kinesis/record.h"
#include "wire/event.h"

namespace headrace::services::kinesis {
namespace {

using wire::Format;

using Next = Result<std::optional<wire::Event>>;

struct EventDocument {
  std::vector<Record> records;
  std::string continuation_sequence_number;
  std::int64_t millis_behind_latest = -1;
  static constexpr auto shape = wire::structure(
      wire::member<&EventDocument::records>("Records", wire::required),
      wire::member<&EventDocument::continuation_sequence_number>("ContinuationSequenceNumber",
                                                                 wire::required),
      wire::member<&EventDocument::millis_behind_latest>("MillisBehindLatest", wire::required));
};

class SubscribeToShardTest : public testing::Test {
 protected:
  void SetUp() override {
    stream_ = world_.make_stream("s");
    world_.general("RegisterStreamConsumer",
                   R"({"ConsumerName":"c","StreamARN":")" + stream_->key().arn() + "\"}");
    world_.clock_.advance(std::chrono::milliseconds(500));
    const auto consumer = stream_->consumers().find("c");
    ASSERT_TRUE(consumer);
    subscribe(consumer->key().arn());
  }

  void subscribe(const std::string& consumer) {
    const Operation& operation = world_.find("SubscribeToShard");
    auto input = operation.make_input();
    ASSERT_TRUE(wire::decode_document(
        Format::kJson,
        R"({"ShardId":"shardId-000000000000","StartingPosition":{"Type":"TRIM_HORIZON"},)"
        R"("ConsumerARN":")" +
            consumer + "\"}",
        operation.input, input.get()));
    auto output = World::run(operation.handle(Caller{}, std::move(input)));
    ASSERT_TRUE(output) << output.error().message;
    output_ = *output;
    const wire::Member* member = wire::event_stream_of(operation.output);
    source_ = static_cast<wire::EventSource*>(member->type->emplace(member->field(output_.get())));
  }

  World world_;
  std::shared_ptr<streams::Stream> stream_;
  std::shared_ptr<void> output_;
  wire::EventSource* source_ = nullptr;
};

TEST_F(SubscribeToShardTest, an_event_says_the_same_in_both_formats) {
  World::put(*stream_, World::draft(3, "\x01 data \xff"));
  const Next event = World::run(source_->next());
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->name, "SubscribeToShardEvent");
  for (const Format format : {Format::kJson, Format::kCbor}) {
    std::string payload = "before";
    (*event)->write(format, payload);
    ASSERT_TRUE(payload.starts_with("before"));
    EventDocument document;
    const Status read =
        wire::decode_document(format, payload.substr(6), EventDocument::shape, &document);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(document.records.size(), 3U);
    EXPECT_EQ(document.records[2].data, Bytes("\x01 data \xff"));
    EXPECT_EQ(document.records[2].partition_key, "key 2");
    EXPECT_EQ(document.records[2].approximate_arrival_timestamp, world_.clock_.wall_now());
    EXPECT_EQ(document.continuation_sequence_number, document.records[2].sequence_number);
    EXPECT_EQ(document.millis_behind_latest, 0);
  }
}

TEST_F(SubscribeToShardTest, an_event_without_records_is_one_too) {
  boost::asio::io_context context;
  std::optional<Next> event;
  boost::asio::co_spawn(context, source_->next(),
                        [&](std::exception_ptr, Next came) { event = std::move(came); });
  context.poll();
  ASSERT_FALSE(event);
  world_.clock_.advance(std::chrono::seconds(5));
  context.run();
  ASSERT_TRUE(event && *event && **event);
  for (const Format format : {Format::kJson, Format::kCbor}) {
    std::string payload;
    (**event)->write(format, payload);
    EventDocument document;
    ASSERT_TRUE(wire::decode_document(format, payload, EventDocument::shape, &document));
    EXPECT_TRUE(document.records.empty());
    EXPECT_EQ(document.continuation_sequence_number,
              describe_shard(*stream_, stream_->shards()->all()[0])
                  .sequence_number_range.starting_sequence_number);
  }
}

TEST_F(SubscribeToShardTest, one_that_nobody_wants_any_more_lets_go) {
  boost::asio::io_context context;
  std::optional<Next> event;
  boost::asio::co_spawn(context, source_->next(),
                        [&](std::exception_ptr, Next came) { event = std::move(came); });
  context.poll();
  source_->cancel();
  context.run();
  ASSERT_TRUE(event && *event);
  EXPECT_FALSE(**event);
  EXPECT_TRUE(stream_->consumers().find("c")->links().empty());
}

}  // namespace
}  // namespace headrace::services::kinesis
