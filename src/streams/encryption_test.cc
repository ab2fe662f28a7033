#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <iterator>
#include <semaphore>
#include <thread>
#include <tuple>
#include <utility>

#include "streams/streams_fixture.h"

namespace headrace::streams {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr ShardId kShard{0};
constexpr const char* kSecretText = "what nobody but the reader may see";

class EncryptionTest : public StreamsFixture {
 protected:
  Status start_encryption(const std::string& name = "s", const std::string& key_id = "key") {
    Status started = run(streams_->start_encryption(find(name), key_id));
    clock_.advance(milliseconds(500));
    return started;
  }
  Status stop_encryption(const std::string& name = "s") {
    Status stopped = run(streams_->stop_encryption(find(name)));
    clock_.advance(milliseconds(500));
    return stopped;
  }

  struct Seen {
    std::string data;
    bool sealed;
    bool operator==(const Seen&) const = default;
  };
  std::vector<Seen> read_all(const std::string& name = "s") {
    std::vector<Seen> seen;
    std::uint64_t from = 0;
    for (;;) {
      const auto done = run(find(name)->read(kShard, from, kReadRecordsMax));
      EXPECT_TRUE(done) << done.error().message;
      if (!done) return seen;
      for (const storage::RecordView& record : done->slice.records) {
        seen.push_back({std::string(record.data), record.mark != 0});
      }
      if (done->slice.at_tip) return seen;
      from = done->slice.next;
    }
  }

  // Records as the store has them.
  storage::Slice stored(const Stream& stream) {
    return store_->records().read(stream.id(), 0, 0, {}).value();
  }

  std::size_t data_keys(const Stream& stream) {
    std::size_t rows = 0;
    const Status counted = store_->metadata().query(
        "SELECT number FROM stream_keys WHERE stream=?1", {static_cast<std::int64_t>(stream.id())},
        [&](const storage::Row&) { return ++rows > 0; });
    EXPECT_TRUE(counted);
    return rows;
  }

  // Whether any file holds `text`.
  bool on_disk(const std::string& text) const {
    for (const auto& file : std::filesystem::recursive_directory_iterator(root_)) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(in), {});
      if (bytes.contains(text)) return true;
    }
    return false;
  }
};

TEST_F(EncryptionTest, plain_and_sealed_records_of_a_stream_read_alike_from_memory_and_disk) {
  const auto stream = make_stream("s");
  EXPECT_FALSE(put(*stream, draft(1, "before")).sealed);
  ASSERT_TRUE(start_encryption());
  EXPECT_TRUE(put(*stream, draft(1, "between")).sealed);
  EXPECT_TRUE(put(*stream, draft(1, "")).sealed);
  ASSERT_TRUE(stop_encryption());
  EXPECT_FALSE(put(*stream, draft(1, "after")).sealed);
  const std::vector<Seen> all = {
      {"before", false}, {"between", true}, {"", true}, {"after", false}};
  EXPECT_EQ(read_all(), all);
  tail_bytes_max_ = 0;
  restart();
  ASSERT_TRUE(store_->checkpoint());
  EXPECT_FALSE(store_->records().read_tail(find("s")->id(), 0, 0, {}));
  EXPECT_EQ(read_all(), all);
}

TEST_F(EncryptionTest, the_disk_has_nothing_of_a_sealed_record_but_its_key) {
  const auto stream = make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*stream, draft(3, kSecretText));
  EXPECT_TRUE(on_disk("key 1")) << "partition keys are not sealed";
  EXPECT_FALSE(on_disk(kSecretText)) << "in the log";
  ASSERT_TRUE(store_->checkpoint());
  EXPECT_FALSE(on_disk(kSecretText)) << "in segments";
  EXPECT_FALSE(on_disk(*secret_));
  EXPECT_EQ(read_all().back().data, kSecretText);
}

TEST_F(EncryptionTest, the_same_data_is_never_sealed_to_the_same_bytes) {
  const auto stream = make_stream("s");
  ASSERT_TRUE(start_encryption());
  Draft twice = draft(0, "");
  twice.records = std::make_shared<storage::RecordBatch>(100, 2);
  twice.records->add("key", kSecretText);
  twice.records->add("key", kSecretText);
  put(*stream, std::move(twice));
  const storage::Slice slice = stored(*stream);
  ASSERT_EQ(slice.records.size(), 2U);
  EXPECT_NE(slice.records[0].data, slice.records[1].data);
}

TEST_F(EncryptionTest, limits_count_what_users_put_and_get) {
  limits_ = Limits::kAws;
  restart();
  const auto stream = make_stream("s");
  ASSERT_TRUE(start_encryption());
  EXPECT_EQ(put(*stream, draft(100, std::string(10'470, 'd'))).throttled, 0U)
      << "1 MiB less some bytes: what sealing adds is not counted";
}

TEST_F(EncryptionTest, nothing_is_stored_in_the_clear_once_sealing_has_begun) {
  constexpr std::size_t kLong =
      20'000;  // records, which take longer to sort than encryption begins
  const auto stream = make_stream("s");
  for (int round = 0; round < 10; ++round) {
    std::atomic<bool> stop = false;
    std::counting_semaphore<> done(0);
    std::jthread other([&] {
      boost::asio::io_context context;
      while (!stop) {
        boost::asio::co_spawn(context, stream->put(draft(kLong)), boost::asio::detached);
        context.restart();
        context.run();
        done.release();
      }
    });
    done.acquire();
    EXPECT_TRUE(start_encryption());
    const Put mark = put(*stream, draft(1, "sealing has begun"));
    stop = true;
    other.join();
    std::uint64_t from = mark.runs[0].first.position - 1;
    for (bool at_tip = false; !at_tip;) {
      const auto read = run(stream->read(kShard, from, kReadRecordsMax));
      ASSERT_TRUE(read) << read.error().message;
      for (const auto& record : read->slice.records) ASSERT_NE(record.mark, 0) << round;
      from = read->slice.next;
      at_tip = read->slice.at_tip;
    }
    ASSERT_TRUE(stop_encryption());
  }
}

// One that is older than another that was used before it would be taken for outlived too soon.
TEST_F(EncryptionTest, data_keys_are_used_in_the_order_of_their_ages) {
  make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*find("s"), draft(1, "before"));
  std::jthread other;
  std::binary_semaphore done(0);
  key_ring_.wrap = [&, wrap = key_ring_.wrap](KeyRing::Use use, std::string_view data_key) {
    if (std::exchange(use.key_id, "key") == "again") {
      other = std::jthread([&] {
        put(*find("s"), draft(1, "meanwhile"));
        done.release();
      });
      std::ignore =
          done.try_acquire_for(milliseconds(200));  // it waits for the start, or it is done
    }
    return wrap(use, data_key);
  };
  key_ring_.unwrap = [unwrap = key_ring_.unwrap](KeyRing::Use use, std::string_view wrapped) {
    use.key_id = "key";
    return unwrap(use, wrapped);
  };
  restart();
  ASSERT_TRUE(start_encryption("s", "again"));
  other.join();
  put(*find("s"), draft(1, "after"));
  std::int64_t youngest = 0;
  ASSERT_TRUE(store_->metadata().query(
      "SELECT number FROM stream_keys ORDER BY created_ms DESC LIMIT 1", {},
      [&](const storage::Row& row) { return (youngest = row.integer(0)) != 0; }));
  const std::uint64_t last = store_->records().next(find("s")->id(), 0) - 1;
  const auto read = store_->records().read(find("s")->id(), 0, last, {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->records.at(0).mark, youngest);
}

TEST_F(EncryptionTest, starting_again_with_the_same_key_changes_nothing) {
  const auto stream = make_stream("s");
  ASSERT_TRUE(start_encryption());
  ASSERT_TRUE(run(streams_->start_encryption(stream, "key")));
  EXPECT_EQ(stream->status(), StreamStatus::kActive);
  EXPECT_EQ(data_keys(*stream), 1U);
  ASSERT_TRUE(stop_encryption());
  ASSERT_TRUE(run(streams_->stop_encryption(stream)));
  EXPECT_EQ(stream->status(), StreamStatus::kActive);
  ASSERT_TRUE(run(streams_->start_encryption(stream, "key")));
  EXPECT_EQ(stream->status(), StreamStatus::kUpdating);
  EXPECT_EQ(data_keys(*stream), 2U) << "each start has a data key of its own";
  EXPECT_EQ(run(streams_->stop_encryption(stream)).error().code, ErrorCode::kInUse);
}

TEST_F(EncryptionTest, a_key_that_is_not_there_seals_nothing) {
  const auto stream = make_stream("s");
  EXPECT_EQ(start_encryption("s", "another").error().code, ErrorCode::kKeyNotFound);
  EXPECT_EQ(stream->status(), StreamStatus::kActive);
  EXPECT_EQ(stream->settings().key_id, "");
  EXPECT_FALSE(put(*stream, draft(1)).sealed);
}

TEST_F(EncryptionTest, a_stream_starts_and_stops_twenty_five_times_a_day) {
  limits_ = Limits::kAws;
  restart();
  make_stream("s");
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(start_encryption());
    ASSERT_TRUE(stop_encryption());
  }
  EXPECT_EQ(start_encryption().error().code, ErrorCode::kLimitExceeded);
  restart();
  EXPECT_EQ(start_encryption().error().code, ErrorCode::kLimitExceeded);
  clock_.advance(hours(24));
  EXPECT_TRUE(start_encryption());
}

TEST_F(EncryptionTest, a_process_makes_a_data_key_when_it_first_seals) {
  make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*find("s"), draft(1, "first"));
  restart();
  EXPECT_EQ(data_keys(*find("s")), 1U);
  put(*find("s"), draft(1, "second"));
  put(*find("s"), draft(1, "third"));
  EXPECT_EQ(data_keys(*find("s")), 2U);
  EXPECT_EQ(read_all(), (std::vector<Seen>{{"first", true}, {"second", true}, {"third", true}}));
}

TEST_F(EncryptionTest, data_keys_go_when_no_record_needs_them) {
  make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*find("s"), draft(1, "first"));
  restart();
  put(*find("s"), draft(1, "second"));
  clock_.advance(hours(24));
  restart();
  put(*find("s"), draft(1, "third"));
  EXPECT_EQ(data_keys(*find("s")), 3U) << "the first may have a record that came late";
  clock_.advance(hours(2));
  restart();
  put(*find("s"), draft(1, "fourth"));
  EXPECT_EQ(data_keys(*find("s")), 3U);
  EXPECT_EQ(read_all(), (std::vector<Seen>{{"third", true}, {"fourth", true}}));
}

TEST_F(EncryptionTest, data_keys_stay_while_records_need_them_when_the_clock_is_set_back) {
  const WallTime begin = clock_.wall_now();
  make_stream("s");
  ASSERT_TRUE(start_encryption());
  clock_.advance(hours(100));
  put(*find("s"), draft(1, "from the future"));
  io::ManualClock set_back({begin.ms + 1000});
  time_ = &set_back;
  restart();
  put(*find("s"), draft(1, "expires"));
  set_back.advance(hours(26));
  restart();
  put(*find("s"), draft(1, "last"));
  EXPECT_EQ(data_keys(*find("s")), 3U);
  EXPECT_EQ(read_all(), (std::vector<Seen>{{"from the future", true}, {"last", true}}));
  stop();
}

TEST_F(EncryptionTest, a_lost_key_is_no_matter_once_what_it_sealed_has_expired) {
  make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*find("s"), draft(1, "lost"));
  ASSERT_TRUE(stop_encryption());
  *secret_ = std::string(AesGcm::kKeyBytes, 'x');
  restart();
  EXPECT_EQ(start_encryption().error().code, ErrorCode::kKeyRefused);
  clock_.advance(hours(38), [this] { pool_->wait_idle(); });
  EXPECT_EQ(data_keys(*find("s")), 0U);
  ASSERT_TRUE(start_encryption());
  put(*find("s"), draft(1, "kept"));
  EXPECT_EQ(read_all(), (std::vector<Seen>{{"kept", true}}));
}

TEST_F(EncryptionTest, a_start_does_not_warn_of_a_lost_key_that_no_record_needs) {
  make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*find("s"), draft(1, "expires"));
  stop();
  clock_.advance(hours(26));
  secret_->clear();
  start();
  EXPECT_TRUE(warnings_.empty()) << warnings_[0];
}

TEST_F(EncryptionTest, a_damaged_record_is_lost_alone_and_told) {
  const auto stream = make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*stream, draft(3, "data"));
  storage::Slice slice = stored(*stream);
  std::string damaged(slice.records[1].data);
  damaged[20] = static_cast<char>(damaged[20] ^ 1);
  slice.records[1].data = damaged;
  const auto opened = stream->open(kShard, slice);
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->records.size(), 2U);
  EXPECT_EQ(opened->records[0].number, 0U);
  EXPECT_EQ(opened->records[1].number, 2U);
  EXPECT_EQ(opened->next, 3U);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_[0],
            "stream s under account 000000000000: record 1 of shardId-000000000000 is damaged: "
            "data key 1 does not open it; it is lost");
}

TEST_F(EncryptionTest, a_record_opens_in_its_own_stream_under_its_own_partition_key_only) {
  const auto stream = make_stream("s");
  const auto other = make_stream("t");
  ASSERT_TRUE(start_encryption("s"));
  ASSERT_TRUE(start_encryption("t"));
  put(*stream, draft(1, "data"));
  storage::Slice slice = stored(*stream);
  EXPECT_TRUE(other->open(kShard, slice)->records.empty());
  slice.records[0].key = "another";
  EXPECT_TRUE(stream->open(kShard, slice)->records.empty());
}

TEST_F(EncryptionTest, without_its_key_a_stream_refuses_sealed_records_and_nothing_else) {
  const auto stream = make_stream("s");
  make_stream("plain");
  put(*stream, draft(1, "before"));
  ASSERT_TRUE(start_encryption());
  put(*stream, draft(1, "sealed"));
  const std::string kept = *secret_;
  secret_->clear();
  restart();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_[0],
            "sealed records of 1 stream cannot be opened; stream s under account 000000000000: no "
            "key");
  EXPECT_EQ(run(find("s")->read(kShard, 0, 10)).error().code, ErrorCode::kKeyNotFound);
  EXPECT_EQ(run(find("s")->read(kShard, 0, 1))->slice.records[0].data, "before");
  EXPECT_EQ(run(find("s")->put(draft(1))).error().code, ErrorCode::kKeyNotFound);
  EXPECT_EQ(put(*find("plain"), draft(1)).throttled, 0U);
  *secret_ = std::string(AesGcm::kKeyBytes, 'x');
  EXPECT_EQ(run(find("s")->read(kShard, 0, 10)).error().code, ErrorCode::kKeyRefused);
  EXPECT_EQ(run(find("s")->put(draft(1))).error().code, ErrorCode::kKeyRefused)
      << "nothing is sealed that would not open once the key is back";
  *secret_ = kept;
  EXPECT_EQ(read_all(), (std::vector<Seen>{{"before", false}, {"sealed", true}}));
}

TEST_F(EncryptionTest, delivery_gets_records_in_the_clear) {
  const auto stream = make_stream("s");
  ASSERT_TRUE(start_encryption());
  put(*stream, draft(1, "data"));
  const auto source = streams_->source(stream->key().arn());
  ASSERT_TRUE(source);
  EXPECT_EQ(source->open(0, stored(*stream))->records[0].data, "data");
}

TEST(DataKeyTest, a_key_counts_how_much_it_sealed) {
  DataKey key(1, 1, std::string(AesGcm::kKeyBytes, 'k'));
  EXPECT_TRUE(key.reserve(DataKey::kRecordsMax - 1));
  EXPECT_TRUE(key.reserve(1));
  EXPECT_FALSE(key.reserve(1));
}

}  // namespace
}  // namespace headrace::streams
