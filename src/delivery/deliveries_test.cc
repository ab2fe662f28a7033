// Delivery streams with real threads over a real directory; only the clock is told when to move.
#include "delivery/deliveries.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "delivery/store_sink.h"
#include "io/manual_clock.h"
#include "io/posix_disk.h"
#include "io/system_random.h"
#include "objects/object_store.h"

namespace headrace::delivery {
namespace {

constexpr std::uint64_t kSourceStream = 9;
constexpr int kPollsMax = 80'000;

class DeliveriesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name =
        (std::filesystem::temp_directory_path() / "headrace-delivery-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    open();
    ASSERT_TRUE(run(objects_->create_bucket({"000000000000", "us-east-1", "bucket", {}})));
  }
  void TearDown() override {
    close();
    std::filesystem::remove_all(root_);
  }

  void open() {
    storage::Store::Options o;
    o.directory = root_ + "/data";
    o.log_bytes_max = 16U << 20;
    o.reserve_bytes = 0;
    o.schemas = {objects::schema(), schema()};
    auto store = storage::Store::open(disk_, clock_, std::move(o));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    pool_.emplace(2);
    objects_.emplace(*store_, clock_, random_, *pool_);
    sink_.emplace(*objects_);
    deliveries_.emplace(Deliveries::Environment{
        .store = *store_,
        .clock = clock_,
        .random = random_,
        .sink = *sink_,
        .pool = *pool_,
        .find_source = [this](const KinesisSource& source) -> Result<Worker::Source> {
          if (source_gone_) return fail(ErrorCode::kNotFound, "the stream is gone");
          return Worker::Source{.stream = source.storage_stream,
                                .lanes = [this] { return lanes_; },
                                .not_before_ms = [] { return std::int64_t{0}; }};
        },
        .warn = [](const std::string&) {}});
    ASSERT_TRUE(deliveries_->start());
  }

  void close() {
    deliveries_.reset();
    pool_.reset();
    sink_.reset();
    objects_.reset();
    store_.reset();
  }

  template <typename T>
  T run(boost::asio::awaitable<T> call) {
    context_.restart();
    auto result = boost::asio::co_spawn(context_, std::move(call), boost::asio::use_future);
    context_.run();
    return result.get();
  }

  static Configuration configuration(const std::string& name, bool from_stream = false) {
    Configuration c;
    c.account = "000000000000";
    c.region = "us-east-1";
    c.name = name;
    c.role_arn = "role";
    c.bucket = "bucket";
    c.prefix = name + "/";
    c.hints = {.size_mib = 1, .interval_s = 60};
    if (from_stream) c.source = KinesisSource{"arn", "role", kSourceStream};
    return c;
  }

  Status create(Configuration c) { return run(deliveries_->create(std::move(c), {})); }
  Result<std::vector<std::string>> put(const std::string& name, std::vector<Bytes> records) {
    return run(deliveries_->put("000000000000", "us-east-1", name, std::move(records)));
  }
  Status remove(const std::string& name) {
    return run(deliveries_->remove("000000000000", "us-east-1", name));
  }

  void put_to_source(std::uint32_t lane, const std::string& data) {
    auto batch = std::make_shared<storage::RecordBatch>(data.size() + 1, 1);
    batch->add("k", data);
    batch->set_lane(0, lane);
    batch->stream = kSourceStream;
    batch->arrival_ms = clock_.wall_now().ms;
    batch->runs.push_back({lane, store_->records().next(kSourceStream, lane), 1});
    ASSERT_TRUE(store_->submit_and_wait({.records = std::move(batch)}));
  }

  // What lies under the prefix once it has `bytes` bytes; each look lets a second pass.
  std::string delivered(const std::string& name, std::size_t bytes) {
    std::string content;
    for (int poll = 0; poll < kPollsMax && content.size() < bytes; ++poll) {
      clock_.advance(std::chrono::seconds(1));
      std::this_thread::yield();
      content.clear();
      const auto page = objects_->list({.bucket = "bucket", .prefix = name + "/"});
      EXPECT_TRUE(page.has_value());
      for (const objects::Object& listed : page->objects) {
        auto object = objects_->find("bucket", listed.key);
        EXPECT_TRUE(object.has_value());
        const std::uint64_t size = object->size;
        content += run(objects_->read(std::make_shared<const objects::Object>(std::move(*object)),
                                      0, size))
                       .value();
      }
    }
    return content;
  }

  boost::asio::io_context context_;  // threads that wake it may still be leaving: it goes last
  std::string root_;
  io::PosixDisk disk_;
  io::ManualClock clock_;
  io::SystemRandom random_;
  std::vector<std::uint32_t> lanes_ = {0};
  bool source_gone_ = false;
  std::unique_ptr<storage::Store> store_;
  std::optional<io::BlockingPool> pool_;
  std::optional<objects::ObjectStore> objects_;
  std::optional<StoreSink> sink_;
  std::optional<Deliveries> deliveries_;
};

TEST_F(DeliveriesTest, records_that_were_put_are_delivered_in_order) {
  ASSERT_TRUE(create(configuration("events")));
  const auto ids = put("events", {Bytes("a"), Bytes("b")});
  ASSERT_TRUE(ids && ids->size() == 2);
  EXPECT_NE(ids->at(0), ids->at(1));
  ASSERT_TRUE(put("events", {Bytes("c")}));
  EXPECT_EQ(delivered("events", 3), "abc");
}

TEST_F(DeliveriesTest, what_was_put_before_a_restart_is_delivered_after_it_once) {
  ASSERT_TRUE(create(configuration("events")));
  ASSERT_TRUE(put("events", {Bytes("a")}));
  EXPECT_EQ(delivered("events", 1), "a");
  ASSERT_TRUE(put("events", {Bytes("b")}));
  close();
  open();
  ASSERT_TRUE(put("events", {Bytes("c")}));
  EXPECT_EQ(delivered("events", 3), "abc");
}

TEST_F(DeliveriesTest, a_stream_is_read_from_latest_and_its_later_lanes_whole) {
  put_to_source(0, "before ");
  ASSERT_TRUE(create(configuration("follower", true)));
  put_to_source(0, "after ");
  EXPECT_EQ(delivered("follower", 6), "after ");
  lanes_ = {0, 1};
  put_to_source(1, "child");
  EXPECT_EQ(delivered("follower", 11), "after child");
}

TEST_F(DeliveriesTest, a_source_that_is_gone_is_refused) {
  source_gone_ = true;
  EXPECT_EQ(create(configuration("follower", true)).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(deliveries_->list("000000000000", "us-east-1").empty());
}

TEST_F(DeliveriesTest, removing_drops_what_was_buffered_and_the_name_is_free_again) {
  ASSERT_TRUE(create(configuration("events")));
  EXPECT_EQ(create(configuration("events")).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(put("events", {Bytes("dropped")}));
  ASSERT_TRUE(remove("events"));
  EXPECT_EQ(put("events", {Bytes("x")}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(remove("events").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store_->records().streams().empty());
  ASSERT_TRUE(create(configuration("events")));
  ASSERT_TRUE(put("events", {Bytes("kept")}));
  EXPECT_EQ(delivered("events", 4), "kept");
}

// More removals at once than the pool has threads, each with a turn on its way.
TEST_F(DeliveriesTest, many_are_removed_at_once) {
  std::vector<std::future<Status>> removals;
  removals.reserve(12);
  for (int i = 0; i < 12; ++i) {
    const std::string name = "stream" + std::to_string(i);
    ASSERT_TRUE(create(configuration(name)));
    ASSERT_TRUE(put(name, {Bytes(std::string(1000, 'x'))}));
  }
  clock_.advance(std::chrono::seconds(60));
  context_.restart();
  for (int i = 0; i < 12; ++i) {
    removals.push_back(boost::asio::co_spawn(
        context_, deliveries_->remove("000000000000", "us-east-1", "stream" + std::to_string(i)),
        boost::asio::use_future));
  }
  context_.run();
  for (auto& removal : removals) EXPECT_TRUE(removal.get());
}

TEST_F(DeliveriesTest, a_hidden_stream_that_a_crash_left_is_dropped_at_the_start) {
  ASSERT_TRUE(create(configuration("events")));
  ASSERT_TRUE(put("events", {Bytes("x")}));
  deliveries_.reset();
  ASSERT_TRUE(store_->submit_and_wait({.mutations = {{"DELETE FROM delivery_streams", {}}}}));
  EXPECT_EQ(store_->records().streams().size(), 1U);
  close();
  open();
  EXPECT_TRUE(store_->records().streams().empty());
}

TEST_F(DeliveriesTest, fifty_tags_are_the_most) {
  ASSERT_TRUE(create(configuration("events")));
  Tags tags;
  for (int i = 0; i < 50; ++i) tags["key" + std::to_string(i)] = "v";
  ASSERT_TRUE(run(deliveries_->tag("000000000000", "us-east-1", "events", tags)));
  EXPECT_EQ(
      run(deliveries_->tag("000000000000", "us-east-1", "events", {{"more", ""}})).error().code,
      ErrorCode::kLimitExceeded);
  ASSERT_TRUE(run(deliveries_->untag("000000000000", "us-east-1", "events", {"key0", "none"})));
  EXPECT_EQ(deliveries_->tags("000000000000", "us-east-1", "events")->size(), 49U);
}

}  // namespace
}  // namespace headrace::delivery
