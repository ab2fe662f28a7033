// For tests: streams over a store in a temporary directory, with a clock that stands still.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/manual_clock.h"
#include "io/posix_disk.h"
#include "io/system_random.h"
#include "streams/streams.h"

namespace headrace::streams {

struct World {
  static constexpr const char* kAccount = "000000000000";
  static constexpr const char* kRegion = "us-east-1";

  void set_up() {
    std::string path =
        (std::filesystem::temp_directory_path() / "headrace-streams-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    root_ = path;
    start();
  }

  void tear_down() {
    stop();
    std::filesystem::remove_all(root_);
  }

  void start() {
    storage::Store::Options options;
    options.directory = root_ + "/data";
    options.sync = false;
    options.log_bytes_max = 16U << 20;
    options.reserve_bytes = 0;
    options.tail_bytes_max = tail_bytes_max_;
    options.segment_bytes_max = segment_bytes_max_;
    options.schemas = {schema()};
    auto store = storage::Store::open(disk_, *time_, std::move(options));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    pool_.emplace(2);
    streams_.emplace(
        Streams::Environment{.store = *store_,
                             .clock = *time_,
                             .random = random_,
                             .pool = *pool_,
                             .limits = limits_,
                             .transition_ms = 500,
                             .warn = [this](const std::string& line) { warnings_.push_back(line); },
                             .key_ring = key_ring_});
    const Status started = streams_->start();
    ASSERT_TRUE(started) << started.error().message;
  }

  void stop() {
    if (streams_) streams_->stop();
    streams_.reset();
    pool_.reset();  // joins
    store_.reset();
  }

  void restart() {
    stop();
    start();
  }

  template <typename T>
  static T run(boost::asio::awaitable<T> work) {
    // Threads that wake it may still be leaving: it goes last.
    static boost::asio::io_context context;
    context.restart();
    std::optional<T> result;
    boost::asio::co_spawn(context, std::move(work),
                          [&](std::exception_ptr, T value) { result.emplace(std::move(value)); });
    context.run();
    return std::move(*result);
  }

  static StreamKey key(const std::string& name) {
    return {kAccount, kRegion, *StreamName::parse(name)};
  }

  std::shared_ptr<Stream> make_stream(const std::string& name, std::uint32_t shards = 1,
                                      StreamSettings settings = {}) {
    const Status created = run(streams_->create(key(name), shards, {}, std::move(settings)));
    EXPECT_TRUE(created) << created.error().message;
    clock_.advance(std::chrono::milliseconds(500));
    return find(name);
  }

  std::shared_ptr<Stream> find(const std::string& name) {
    auto found = streams_->find(key(name));
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : nullptr;
  }

  static Draft draft(std::size_t count, const std::string& data = "data") {
    Draft d;
    d.records = std::make_shared<storage::RecordBatch>(count * (data.size() + 32), count);
    for (std::size_t i = 0; i < count; ++i) d.records->add("key " + std::to_string(i), data);
    return d;
  }

  static Put put(Stream& stream, Draft records) {
    auto done = run(stream.put(std::move(records)));
    EXPECT_TRUE(done) << done.error().message;
    return done ? std::move(*done) : Put{};
  }

  static std::size_t count(Stream& stream, ShardId shard, std::uint64_t from = 0) {
    const auto read = run(stream.read(shard, from, kReadRecordsMax));
    EXPECT_TRUE(read) << read.error().message;
    return read ? read->slice.records.size() : 0;
  }

  // A key ring whose keys are what `secret` holds; it knows the key "key" only.
  static KeyRing key_ring(const std::shared_ptr<std::string>& secret) {
    const auto cipher_of = [secret](const KeyRing::Use& use) -> Result<std::unique_ptr<AesGcm>> {
      if (use.key_id != "key" || secret->empty()) return fail(ErrorCode::kKeyNotFound, "no key");
      return std::make_unique<AesGcm>(*secret);
    };
    return {.wrap = [cipher_of](const KeyRing::Use& use,
                                std::string_view plain) -> Result<std::string> {
              ASSIGN_OR_RETURN(const auto cipher, cipher_of(use));
              return cipher->seal(std::string(AesGcm::kNonceBytes, 'n'), use.stream_arn, plain);
            },
            .unwrap = [cipher_of](const KeyRing::Use& use,
                                  std::string_view wrapped) -> Result<std::string> {
              ASSIGN_OR_RETURN(const auto cipher, cipher_of(use));
              std::string plain(wrapped.size() - AesGcm::kOverhead, '\0');
              if (!cipher->open(wrapped, use.stream_arn, plain.data())) {
                return fail(ErrorCode::kKeyRefused, "another key");
              }
              return plain;
            }};
  }

  std::shared_ptr<std::string> secret_ = std::make_shared<std::string>(AesGcm::kKeyBytes, 's');
  KeyRing key_ring_ = key_ring(secret_);
  std::vector<std::string> warnings_;  // tests warn from one thread at a time
  Limits limits_ = Limits::kNone;
  std::uint64_t tail_bytes_max_ = 48U << 20;
  std::uint64_t segment_bytes_max_ = 256U << 20;
  std::string root_;
  io::PosixDisk disk_;
  io::ManualClock clock_;
  Clock* time_ = &clock_;  // from the next start on
  io::SystemRandom random_;
  std::unique_ptr<storage::Store> store_;
  std::optional<io::BlockingPool> pool_;
  std::optional<Streams> streams_;
};

class StreamsFixture : public testing::Test, protected World {
 protected:
  void SetUp() override { set_up(); }
  void TearDown() override { tear_down(); }
};

}  // namespace headrace::streams
