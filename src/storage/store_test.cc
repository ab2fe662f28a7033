#include "storage/store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "io/manual_clock.h"
#include "io/posix_disk.h"
#include "storage/segment.h"

namespace headrace::storage {
namespace {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "headrace-store-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  Store::Options options() const {
    Store::Options o;
    o.directory = root_ + "/data";
    o.log_bytes_max = 16U << 20;
    o.reserve_bytes = 0;
    o.schemas = {{"test", {"CREATE TABLE items(name TEXT PRIMARY KEY, value TEXT, extents BLOB)"}}};
    return o;
  }

  std::unique_ptr<Store> open(Store::Options o) {
    auto store = Store::open(disk_, clock_, std::move(o));
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return store ? std::move(*store) : nullptr;
  }

  static std::shared_ptr<RecordBatch> batch(std::uint64_t stream, std::uint32_t lane,
                                            std::uint64_t first, std::uint32_t count,
                                            std::int64_t arrival_ms = 1000) {
    auto b = std::make_shared<RecordBatch>(count * 64UL, count);
    b->stream = stream;
    b->arrival_ms = arrival_ms;
    for (std::uint32_t i = 0; i < count; ++i) {
      b->add("key" + std::to_string(first + i), "data of " + std::to_string(first + i));
      b->set_lane(i, lane);
    }
    b->runs.push_back({lane, first, count});
    return b;
  }

  static std::vector<std::string> read_all(Store& store, std::uint64_t stream, std::uint32_t lane) {
    std::vector<std::string> data;
    std::uint64_t from = 0;
    for (;;) {
      auto slice = store.records().read(stream, lane, from, {});
      EXPECT_TRUE(slice.has_value()) << slice.error().message;
      if (!slice) return data;
      for (const RecordView& record : slice->records) data.emplace_back(record.data);
      from = slice->next;
      if (slice->at_tip) return data;
    }
  }

  std::string root_;
  io::PosixDisk disk_;
  io::ManualClock clock_;
};

TEST_F(StoreTest, committed_records_rows_and_blobs_are_there_after_reopening) {
  {
    auto store = open(options());
    ASSERT_TRUE(store->submit_and_wait({.records = batch(7, 0, 0, 100)}));
    ASSERT_TRUE(store->submit_and_wait({.records = batch(7, 0, 100, 50)}));
    const std::string bytes = "small object";
    const Extent extent = store->blobs().reserve(bytes);
    Entry entry;
    entry.mutations.push_back(
        {"INSERT INTO items VALUES(?1, ?2, ?3)",
         {std::string("a"), std::string("1"), Bytes(encode_extents({extent}))}});
    entry.blobs.push_back({extent, bytes});
    ASSERT_TRUE(store->submit_and_wait(std::move(entry)));
  }
  auto store = open(options());
  const auto data = read_all(*store, 7, 0);
  ASSERT_EQ(data.size(), 150U);
  EXPECT_EQ(data[149], "data of 149");
  EXPECT_EQ(store->records().next(7, 0), 150U);
  std::string extents;
  ASSERT_TRUE(
      store->metadata().query("SELECT extents FROM items WHERE name='a'", {}, [&](const Row& row) {
        extents = row.text(0);
        return true;
      }));
  const auto decoded = decode_extents(extents);
  ASSERT_TRUE(decoded && decoded->size() == 1);
  const auto bytes = store->blobs().read(decoded->front(), 0, decoded->front().size);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, "small object");
  EXPECT_TRUE(store->damage().empty());
}

TEST_F(StoreTest, a_refused_guard_undoes_the_whole_entry) {
  auto store = open(options());
  const Mutation insert{"INSERT OR IGNORE INTO items VALUES(?1, ?2, NULL)",
                        {std::string("a"), std::string("1")},
                        true};
  auto first = store->submit_and_wait({.mutations = {insert}});
  ASSERT_TRUE(first && !first->refused_by);
  const Mutation other{"INSERT INTO items VALUES('b', '2', NULL)", {}};
  auto second = store->submit_and_wait({.mutations = {other, insert}});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->refused_by, 1U);
  int rows = 0;
  ASSERT_TRUE(store->metadata().query("SELECT * FROM items", {}, [&](const Row&) {
    ++rows;
    return true;
  }));
  EXPECT_EQ(rows, 1);
}

TEST_F(StoreTest, many_streams_are_flushed_at_once_while_commits_go_on) {
  constexpr std::uint64_t kStreams = 200;
  constexpr std::uint32_t kRecords = 20;
  auto o = options();
  o.tail_bytes_max = 0;
  auto store = open(o);
  std::atomic<bool> done = false;
  std::thread flusher([&] {
    while (!done) EXPECT_TRUE(store->checkpoint());
  });
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint64_t stream = 1; stream <= kStreams; ++stream) {
      ASSERT_TRUE(
          store->submit_and_wait({.records = batch(stream, 0, round * kRecords, kRecords)}));
    }
  }
  done = true;
  flusher.join();
  ASSERT_TRUE(store->checkpoint());
  store.reset();
  store = open(o);
  for (std::uint64_t stream = 1; stream <= kStreams; ++stream) {
    const auto data = read_all(*store, stream, 0);
    ASSERT_EQ(data.size(), 3 * kRecords) << stream;
    EXPECT_EQ(data.back(), "data of 59");
  }
  EXPECT_TRUE(store->damage().empty());
}

TEST_F(StoreTest, records_are_read_from_segments_once_memory_has_dropped_them) {
  auto o = options();
  o.tail_bytes_max = 64 << 10;
  o.segment_bytes_max = 1 << 20;
  {
    auto store = open(o);
    std::uint64_t number = 0;
    for (int i = 0; i < 400; ++i) {
      ASSERT_TRUE(store->submit_and_wait({.records = batch(3, 2, number, 500, 1000 + i)}));
      number += 500;
    }
    ASSERT_TRUE(store->checkpoint());
    EXPECT_FALSE(store->records().read_tail(3, 2, 0, {}).has_value());
    EXPECT_EQ(read_all(*store, 3, 2).size(), 200'000U);
    EXPECT_EQ(store->records().find_time(3, 2, 1100).value(), 50'000U);
    store->records().trim(3, 1200);
    auto slice = store->records().read(3, 2, 0, {.not_before_ms = 1200});
    ASSERT_TRUE(slice);
    EXPECT_EQ(slice->records.front().number, 100'000U);
  }
  auto store = open(o);
  auto slice = store->records().read(3, 2, 100'000, {.records_max = 10});
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_EQ(slice->records.size(), 10U);
  EXPECT_EQ(slice->records[9].data, "data of 100009");
  EXPECT_EQ(store->records().next(3, 2), 200'000U);
}

// A clock that stepped back leaves expired records behind one that has not.
TEST_F(StoreTest, a_read_that_meets_much_that_expired_goes_on_behind_it) {
  constexpr std::uint64_t kExpired = 20'000;
  auto o = options();
  o.tail_bytes_max = 0;
  o.segment_bytes_max = 1 << 20;
  auto store = open(o);
  ASSERT_TRUE(store->submit_and_wait({.records = batch(3, 0, 0, 1, 5000)}));
  for (std::uint64_t number = 1; number < 60'000; number += 500) {
    const std::int64_t arrival_ms = number <= kExpired ? 1000 : 6000;
    ASSERT_TRUE(store->submit_and_wait({.records = batch(3, 0, number, 500, arrival_ms)}));
  }
  ASSERT_TRUE(store->checkpoint());
  const ReadLimits limits{.records_max = 10, .bytes_max = 1000, .not_before_ms = 4000};
  std::uint64_t from = 1;
  for (int reads = 0; reads < 1000; ++reads) {
    const auto slice = store->records().read(3, 0, from, limits);
    ASSERT_TRUE(slice) << slice.error().message;
    if (!slice->records.empty()) {
      EXPECT_EQ(slice->records.front().number, kExpired + 1);
      return;
    }
    ASSERT_GT(slice->next, from);
    from = slice->next;
  }
  FAIL() << "nothing was found";
}

// A block tells arrival times within 24 days of its first record's, and clocks may step back.
TEST_F(StoreTest, records_are_found_by_time_however_far_apart_they_arrived) {
  const std::vector<std::int64_t> arrivals = {5'000, 4'000'000'000, 3'999'999'000, 9'000'000'000};
  const auto expect_found = [&](Store& store) {
    const auto slice = store.records().read(3, 0, 0, {});
    ASSERT_TRUE(slice);
    ASSERT_EQ(slice->records.size(), arrivals.size());
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      EXPECT_EQ(slice->records[i].arrival_ms, arrivals[i]);
    }
    const auto found = [&](std::int64_t ms) { return store.records().find_time(3, 0, ms).value(); };
    EXPECT_EQ(found(0), 0U);
    EXPECT_EQ(found(5'001), 1U);
    EXPECT_EQ(found(3'999'999'000), 1U);
    EXPECT_EQ(found(4'000'000'001), 3U);
    EXPECT_EQ(found(9'000'000'001), 4U);
  };
  {
    auto store = open(options());
    for (std::uint64_t i = 0; i < arrivals.size(); ++i) {
      ASSERT_TRUE(store->submit_and_wait({.records = batch(3, 0, i, 1, arrivals[i])}));
    }
    expect_found(*store);
    ASSERT_TRUE(store->checkpoint());
  }
  auto store = open(options());
  expect_found(*store);
}

// The manifest on the disk still names what was trimmed or dropped: its files must outlive it.
TEST_F(StoreTest, power_loss_after_trimming_or_dropping_does_not_stop_the_next_start) {
  auto o = options();
  o.commit_threads = 0;
  o.segment_bytes_max = 1 << 20;
  {
    auto store = open(o);
    for (int i = 0; i < 400; ++i) {
      const auto number = static_cast<std::uint64_t>(i) * 500;
      ASSERT_TRUE(store->submit_and_wait({.records = batch(3, 2, number, 500, 1000 + i)}));
    }
    ASSERT_TRUE(store->submit_and_wait({.records = batch(4, 0, 0, 500)}));
    ASSERT_TRUE(store->checkpoint());
    store->records().trim(3, 1200);
    store->records().drop(4);
    // Without commit threads the store makes no checkpoint as it ends: what a kill leaves.
  }
  {
    auto store = open(o);
    EXPECT_EQ(store->records().next(3, 2), 200'000U);
    EXPECT_EQ(read_all(*store, 3, 2).size(), 200'000U);
    store->records().trim(3, 1200);
    store->records().drop(4);
    ASSERT_TRUE(store->checkpoint());
  }
  EXPECT_FALSE(std::filesystem::exists(root_ + "/data/records/000000000004"));
  auto store = open(o);
  auto slice = store->records().read(3, 2, 0, {.not_before_ms = 1200});
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_EQ(slice->records.front().number, 100'000U);
}

TEST_F(StoreTest, marks_stay_with_their_records_in_the_log_and_in_segments) {
  auto o = options();
  o.commit_threads = 0;
  {
    auto store = open(o);
    auto marked = batch(1, 0, 0, 3);
    marked->set_mark(1, 65'535);
    ASSERT_TRUE(store->submit_and_wait({.records = marked}));
  }
  const auto marks = [](Store& store) {
    std::vector<int> found;
    const auto slice = store.records().read(1, 0, 0, {});
    for (const RecordView& record : slice->records) found.push_back(record.mark);
    return found;
  };
  o.tail_bytes_max = 0;
  {
    auto store = open(o);  // from the log
    EXPECT_EQ(marks(*store), (std::vector{0, 65'535, 0}));
    ASSERT_TRUE(store->checkpoint());
    EXPECT_FALSE(store->records().read_tail(1, 0, 0, {}));
  }
  auto store = open(o);
  EXPECT_EQ(marks(*store), (std::vector{0, 65'535, 0}));
}

// What was written before there were marks: u32 sizes of keys in segments, u32 zero in the log.
TEST_F(StoreTest, bytes_from_before_marks_are_read_as_unmarked) {
  using namespace std::string_view_literals;
  const std::string_view record =
      "\0\0\0\0\0\0\0\0\3\0\0\0\4\0\0\0"
      "datakey"sv;
  AlignedBuffer block;
  BlockBuilder builder(0, block);
  builder.add({9, 7, "key", "data"});
  const BlockInfo info = builder.take(0);
  EXPECT_EQ(block.view().substr(block.view().size() - info.payload_size), record);

  RecordBatch batch(7, 1);
  batch.add("key", "data");
  EXPECT_EQ(batch.bytes(),
            "\xff\xff\xff\xff\3\0\0\0\4\0\0\0\0\0\0\0"
            "datakey"sv);
}

TEST_F(StoreTest, a_damaged_block_is_named_and_the_records_behind_it_stay_readable) {
  auto o = options();
  {
    auto store = open(o);
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(store->submit_and_wait(
          {.records = batch(1, 0, static_cast<std::uint64_t>(i) * 500, 500)}));
    }
  }
  std::string path;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
    if (entry.path().extension() == ".segment") path = entry.path().string();
  }
  ASSERT_FALSE(path.empty());
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200'000);
    file.put('\x55');
    file.put('\x55');
  }
  auto store = open(o);
  auto slice = store->records().read(1, 0, 0, {});
  ASSERT_TRUE(slice);
  const std::uint64_t damaged_at = slice->next;
  EXPECT_GT(slice->records.size(), 100U);
  slice = store->records().read(1, 0, damaged_at, {});
  ASSERT_FALSE(slice);
  EXPECT_EQ(slice.error().code, ErrorCode::kCorruption);
  EXPECT_NE(slice.error().message.find(path), std::string::npos) << slice.error().message;
  slice = store->records().read(1, 0, std::stoull(slice.error().detail), {});
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->records.size(), 10'000U);
}

TEST_F(StoreTest, a_second_store_on_the_same_directory_is_refused) {
  auto store = open(options());
  auto second = Store::open(disk_, clock_, options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kInUse);
}

TEST_F(StoreTest, tables_of_a_newer_version_are_refused) {
  {
    auto store = open(options());
  }
  auto o = options();
  o.schemas[0].versions.clear();
  auto older = Store::open(disk_, clock_, o);
  ASSERT_FALSE(older);
  EXPECT_NE(older.error().message.find("newer"), std::string::npos);
}

TEST_F(StoreTest, blobs_that_no_entry_named_are_gone_after_reopening) {
  Extent kept;
  {
    auto store = open(options());
    auto orphan = store->blobs().create();
    ASSERT_TRUE(orphan && (*orphan)->append("nobody names me") && (*orphan)->finish());
    (*orphan)->keep();  // as if the process had died between finish and commit
    auto writer = store->blobs().create();
    ASSERT_TRUE(writer && (*writer)->append("named"));
    kept = (*writer)->finish().value();
    ASSERT_TRUE(store->submit_and_wait(
        {.mutations = {{"INSERT INTO items VALUES('x', '', ?1)", {Bytes(encode_extents({kept}))}}},
         .files = {kept}}));
    (*writer)->keep();
  }
  auto store = open(options());
  EXPECT_TRUE(store->blobs().check(kept));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root_ + "/data/blobs")) {
    files += entry.path().extension() == ".blob" ? 1U : 0U;
  }
  EXPECT_EQ(files, 1U);
}

}  // namespace
}  // namespace headrace::storage
