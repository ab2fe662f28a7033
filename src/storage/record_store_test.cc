// Records through a store, over a disk whose opening of files may be watched.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <functional>
#include <set>

#include "io/manual_clock.h"
#include "io/posix_disk.h"
#include "storage/store.h"

namespace headrace::storage {
namespace {

class WatchedDisk final : public io::Disk {
 public:
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode,
                                         bool direct) override {
    if (on_open) on_open(path);
    return disk_.open(path, mode, direct);
  }
  Status remove(const std::string& path) override { return disk_.remove(path); }
  Status rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Status make_directory(const std::string& path) override { return disk_.make_directory(path); }
  Status sync_directory(const std::string& path) override {
    if (on_sync_directory) on_sync_directory(path);
    return disk_.sync_directory(path);
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return disk_.list(directory);
  }
  bool exists(const std::string& path) override { return disk_.exists(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override {
    return disk_.free_bytes(path);
  }

  // Changed while nobody uses the disk.
  std::function<void(const std::string& path)> on_open;
  std::function<void(const std::string& path)> on_sync_directory;

 private:
  io::PosixDisk disk_;
};

class RecordStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name =
        (std::filesystem::temp_directory_path() / "headrace-records-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(root_);
  }

  void open(bool sync = true) {
    store_.reset();
    Store::Options o;
    o.directory = root_ + "/data";
    o.sync = sync;
    o.log_bytes_max = 16U << 20;
    o.tail_bytes_max = 0;
    o.segment_bytes_max = 5000;  // a header and a run
    o.reserve_bytes = 0;
    auto store = Store::open(disk_, clock_, std::move(o));
    ASSERT_TRUE(store.has_value()) << store.error().message;
    store_ = std::move(*store);
  }

  Status put(std::uint64_t stream, std::uint32_t lane, std::int64_t arrival_ms = 1000) {
    auto b = std::make_shared<RecordBatch>(64, 1);
    b->stream = stream;
    b->arrival_ms = arrival_ms;
    b->add("key", "data");
    b->set_lane(0, lane);
    b->runs.push_back({lane, store_->records().next(stream, lane), 1});
    const auto committed = store_->submit_and_wait({.records = std::move(b)});
    return committed ? Status{} : std::unexpected(committed.error());
  }

  static int open_segments() {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;  // the iterator's own
      const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
      count += target.ends_with(".segment") ? 1 : 0;
    }
    return count;
  }

  std::string root_;
  WatchedDisk disk_;
  io::ManualClock clock_;
  std::unique_ptr<Store> store_;
};

TEST_F(RecordStoreTest, commits_go_on_while_a_read_opens_segments) {
  open();
  ASSERT_TRUE(put(1, 0));
  open();
  int opened = 0;
  disk_.on_open = [&](const std::string& path) {
    if (!path.ends_with(".segment") || opened++ > 0) return;
    EXPECT_TRUE(put(1, 0));  // would wait forever for a lock that the read held
  };
  const auto slice = store_->records().read(1, 0, 0, {});
  ASSERT_TRUE(slice) << slice.error().message;
  EXPECT_EQ(slice->records.size(), 1U);
  EXPECT_EQ(opened, 1);
  disk_.on_open = nullptr;
}

TEST_F(RecordStoreTest, a_read_opens_no_segment_that_it_does_not_reach) {
  open();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(put(1, 0, 1000 + i));
    ASSERT_TRUE(store_->checkpoint());
  }
  open();
  int opened = 0;
  disk_.on_open = [&](const std::string& path) { opened += path.ends_with(".segment") ? 1 : 0; };
  const auto slice = store_->records().read(1, 0, 0, {.records_max = 1, .not_before_ms = 1002});
  ASSERT_TRUE(slice) << slice.error().message;
  ASSERT_EQ(slice->records.size(), 1U);
  EXPECT_EQ(slice->records[0].number, 2U);
  EXPECT_LE(opened, 2);  // the record's, and one to see that there is no room for another
  disk_.on_open = nullptr;
}

TEST_F(RecordStoreTest, there_may_be_more_streams_than_files_that_a_process_may_open) {
  constexpr std::uint64_t kStreams = 100;
  open();
  for (std::uint64_t stream = 1; stream <= kStreams; ++stream) ASSERT_TRUE(put(stream, 0));
  store_.reset();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  open();
  if (store_) {
    for (const std::uint64_t stream : {std::uint64_t{1}, kStreams}) {
      const auto slice = store_->records().read(stream, 0, 0, {});
      EXPECT_TRUE(slice && slice->records.size() == 1U) << stream;
      EXPECT_TRUE(put(stream, 0));
    }
    EXPECT_TRUE(store_->checkpoint());
  }
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(RecordStoreTest, a_listener_hears_of_its_lane_only) {
  open();
  int first = 0;
  int second = 0;
  int any = 0;
  store_->records().add_listener(1, 0, [&] { ++first; });
  store_->records().add_listener(1, 7, [&] { ++second; });
  const auto all = store_->records().add_listener(1, kNoLane, [&] { ++any; });
  ASSERT_TRUE(put(1, 0));
  ASSERT_TRUE(put(1, 3));
  ASSERT_TRUE(put(1, 7));
  ASSERT_TRUE(put(2, 7));
  store_->records().remove_listener(1, all);
  ASSERT_TRUE(put(1, 7));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
  EXPECT_EQ(any, 3);
}

TEST_F(RecordStoreTest, who_is_late_does_not_bring_a_dropped_stream_back) {
  open();
  ASSERT_TRUE(put(1, 0));
  store_->records().drop(1);
  int heard = 0;
  const auto listener = store_->records().add_listener(1, 0, [&] { ++heard; });
  ASSERT_TRUE(put(1, 0));
  store_->records().remove_listener(1, listener);
  EXPECT_EQ(heard, 0);
  EXPECT_TRUE(store_->records().streams().empty());
  const auto slice = store_->records().read(1, 0, 0, {});
  ASSERT_TRUE(slice);
  EXPECT_TRUE(slice->at_tip);
  EXPECT_TRUE(slice->records.empty());
}

TEST_F(RecordStoreTest, a_stream_that_was_dropped_before_its_first_record_stays_dropped) {
  open();
  store_->records().drop(1);
  ASSERT_TRUE(put(1, 0));
  EXPECT_TRUE(store_->records().streams().empty());
}

TEST_F(RecordStoreTest, a_full_segment_is_open_for_reading_only) {
  constexpr int kSegments = 3;
  for (const bool sync : {true, false}) {
    SCOPED_TRACE(sync ? "synced" : "not synced");
    open(sync);
    for (int i = 0; i < kSegments; ++i) {
      ASSERT_TRUE(put(sync ? 1 : 2, 0));
      ASSERT_TRUE(store_->checkpoint());
    }
    EXPECT_EQ(open_segments(), kSegments);
  }
}

TEST_F(RecordStoreTest, each_directory_that_the_data_directory_brought_has_its_name_synced) {
  std::set<std::string> synced;
  disk_.on_sync_directory = [&](const std::string& path) { synced.insert(path); };
  Store::Options o;
  o.directory = root_ + "/a/b/data/";
  o.commit_threads = 0;
  ASSERT_TRUE(Store::open(disk_, clock_, std::move(o)));
  disk_.on_sync_directory = nullptr;
  for (const std::string& path : {root_, root_ + "/a", root_ + "/a/b"}) {
    EXPECT_TRUE(synced.contains(path)) << path;
  }
}

}  // namespace
}  // namespace headrace::storage
