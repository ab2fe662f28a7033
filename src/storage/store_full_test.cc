// The store on a disk without room.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "io/manual_clock.h"
#include "io/posix_disk.h"
#include "sim/sim_disk.h"
#include "sim/sim_sqlite.h"
#include "storage/store.h"

namespace headrace::storage {
namespace {

constexpr std::uint64_t kReserve = 4U << 20;

std::shared_ptr<RecordBatch> batch(std::uint64_t stream, std::uint64_t first, std::size_t bytes) {
  auto b = std::make_shared<RecordBatch>(bytes + 64, 1);
  b->stream = stream;
  b->arrival_ms = 1000;
  b->add("key", std::string(bytes, 'x'));
  b->set_lane(0, 0);
  b->runs.push_back({0, first, 1});
  return b;
}

Entry row(const std::string& name) {
  Entry entry;
  entry.mutations.push_back({"INSERT INTO items VALUES(?1)", {name}});
  return entry;
}

class StoreFullTest : public testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() {
    store_.reset();
    sim::attach_sqlite(disk_);
    Store::Options o;
    o.directory = "/data";
    o.commit_threads = 0;
    o.log_bytes_max = 16 << 20;
    o.reserve_bytes = kReserve;
    o.sqlite_vfs = sim::kSimVfs;
    o.on_fatal = [this](const Error& error) { fatal_ = error.message; };
    o.schemas = {{"test", {"CREATE TABLE items(name TEXT PRIMARY KEY)"}}};
    auto store = Store::open(disk_, clock_, std::move(o));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }

  void leave_free(std::uint64_t bytes) { disk_.set_capacity(disk_.used_bytes() + bytes); }

  ErrorCode submit(Entry entry) {
    auto committed = store_->submit_and_wait(std::move(entry));
    return committed ? ErrorCode::kInternal : committed.error().code;
  }

  std::size_t files_in(const std::string& directory) {
    const auto names = disk_.list(directory);
    return names ? names->size() : 0;
  }

  sim::SimDisk disk_{1};
  io::ManualClock clock_;
  std::unique_ptr<Store> store_;
  std::string fatal_;
};

TEST_F(StoreFullTest, a_checkpoint_without_room_changes_nothing_and_commits_go_on_after_it) {
  ASSERT_TRUE(store_->submit_and_wait({.records = batch(1, 0, 1000)}));
  leave_free(0);
  const Status full = store_->checkpoint();
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kDiskFull);
  leave_free(64U << 20);
  EXPECT_TRUE(store_->submit_and_wait(row("a")));
  EXPECT_TRUE(store_->checkpoint());
  EXPECT_EQ(fatal_, "");
  open();
  EXPECT_EQ(store_->records().next(1, 0), 1U);
}

TEST_F(StoreFullTest, records_and_large_blobs_leave_the_reserve_to_metadata) {
  auto writer = store_->blobs().create();
  ASSERT_TRUE(writer);
  leave_free(kReserve + 1000);
  EXPECT_TRUE((*writer)->append(std::string(1000, 'x')));
  const Status refused = (*writer)->append(std::string(1000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDiskFull);
  leave_free(kReserve - 1);
  EXPECT_EQ(submit({.records = batch(1, 0, 100)}), ErrorCode::kDiskFull);
  EXPECT_TRUE(store_->submit_and_wait(row("a")));
  leave_free(kReserve / 2 - 1);
  EXPECT_EQ(submit(row("b")), ErrorCode::kDiskFull);
  leave_free(2 * kReserve);
  EXPECT_TRUE(store_->submit_and_wait(row("b")));
  EXPECT_TRUE((*writer)->append(std::string(1000, 'x')));
  EXPECT_EQ(fatal_, "");
}

// The reserve holds no file of the log's usual size, and without the log nothing can be deleted.
TEST_F(StoreFullTest, metadata_is_committed_from_the_reserve_when_the_logs_file_is_full) {
  const std::size_t before = files_in("/data/log");
  ASSERT_TRUE(store_->submit_and_wait({.records = batch(1, 0, (4U << 20) - 100'000)}));
  ASSERT_EQ(files_in("/data/log"), before);
  leave_free(kReserve - 1);
  for (int i = 0; files_in("/data/log") == before; ++i) {
    ASSERT_LT(i, 50);
    ASSERT_TRUE(store_->submit_and_wait(row(std::to_string(i))));
  }
  EXPECT_EQ(fatal_, "");
}

TEST_F(StoreFullTest, a_dropped_stream_gives_its_space_back_though_another_cannot_be_flushed) {
  ASSERT_TRUE(store_->submit_and_wait({.records = batch(1, 0, 1U << 20)}));
  ASSERT_TRUE(store_->checkpoint());
  ASSERT_TRUE(store_->submit_and_wait({.records = batch(2, 0, 2U << 20)}));
  leave_free(kReserve);  // of which segments leave three quarters alone
  EXPECT_FALSE(store_->checkpoint());
  const std::uint64_t before = disk_.used_bytes();
  store_->records().drop(1);
  static_cast<void>(store_->checkpoint());
  EXPECT_LT(disk_.used_bytes() + (900U << 10), before);
  disk_.crash();
  open();
  EXPECT_EQ(store_->records().next(2, 0), 1U);
}

// Commits wait for the checkpoint that cuts the log; they need not wait for more.
TEST_F(StoreFullTest, a_commit_that_has_the_log_cut_leaves_what_was_dropped_to_maintenance) {
  const std::string dropped = "/data/records/000000000001";
  ASSERT_TRUE(store_->submit_and_wait({.records = batch(1, 0, 1000)}));
  ASSERT_TRUE(store_->checkpoint());
  store_->records().drop(1);
  for (std::uint64_t i = 0; i < 20; ++i) {  // more than the log holds
    ASSERT_TRUE(store_->submit_and_wait({.records = batch(2, i, 1U << 20)}));
  }
  EXPECT_TRUE(disk_.exists(dropped));
  ASSERT_TRUE(store_->checkpoint());
  EXPECT_FALSE(disk_.exists(dropped));
}

// Somebody else takes the last bytes between the log's sync and the volume's write.
class FillingDisk final : public io::Disk {
 public:
  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode,
                                         bool direct) override {
    ASSIGN_OR_RETURN(auto file, disk_.open(path, mode, direct));
    if (!path.ends_with(".volume")) return file;
    return std::make_unique<Volume>(*this, std::move(file));
  }
  Status remove(const std::string& path) override { return disk_.remove(path); }
  Status rename(const std::string& from, const std::string& to) override {
    return disk_.rename(from, to);
  }
  Status make_directory(const std::string& path) override { return disk_.make_directory(path); }
  Status sync_directory(const std::string& path) override { return disk_.sync_directory(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return disk_.list(directory);
  }
  bool exists(const std::string& path) override { return disk_.exists(path); }
  Result<std::uint64_t> free_bytes(const std::string& path) override {
    return disk_.free_bytes(path);
  }

  std::atomic<bool> full = false;
  std::atomic<int> refused = 0;

 private:
  io::PosixDisk disk_;

  class Volume final : public io::File {
   public:
    Volume(FillingDisk& disk, std::unique_ptr<io::File> file)
        : disk_(disk), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
      return file_->read_at(offset, into, size);
    }
    Status write_at(std::uint64_t offset, std::string_view bytes) override {
      if (!disk_.full) return file_->write_at(offset, bytes);
      ++disk_.refused;
      disk_.refused.notify_all();
      return fail(ErrorCode::kDiskFull, "full");
    }
    Status sync() override { return file_->sync(); }
    Status truncate(std::uint64_t size) override { return file_->truncate(size); }
    Result<std::uint64_t> size() override { return file_->size(); }

   private:
    FillingDisk& disk_;
    std::unique_ptr<io::File> file_;
  };
};

class StoreFilledTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "headrace-full-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(root_);
  }

  void open() {
    Store::Options o;
    o.directory = root_ + "/data";
    o.log_bytes_max = 16 << 20;
    o.reserve_bytes = 0;
    o.on_fatal = [this](const Error&) { fatal_ = true; };
    o.schemas = {{"test", {"CREATE TABLE items(name TEXT PRIMARY KEY)"}}};
    auto store = Store::open(disk_, clock_, std::move(o));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }

  std::future<bool> submit_blob() {
    const std::string bytes = "small object";
    extent_ = store_->blobs().reserve(bytes);
    Entry entry = row("a");
    entry.blobs.push_back({extent_, bytes});
    auto committed = std::make_shared<std::promise<bool>>();
    store_->submit(std::move(entry), [committed](Result<Committed> result) {
      committed->set_value(result.has_value());
    });
    return committed->get_future();
  }

  std::string root_;
  FillingDisk disk_;
  io::ManualClock clock_;
  std::unique_ptr<Store> store_;
  Extent extent_;
  std::atomic<bool> fatal_ = false;
};

TEST_F(StoreFilledTest, what_the_log_holds_is_applied_once_there_is_room_again) {
  disk_.full = true;
  std::future<bool> committed = submit_blob();
  disk_.refused.wait(0);
  disk_.full = false;
  EXPECT_TRUE(committed.get());
  EXPECT_EQ(store_->blobs().read(extent_, 0, extent_.size).value(), "small object");
  EXPECT_FALSE(fatal_);
}

TEST_F(StoreFilledTest,
       a_store_that_ends_without_room_applies_what_the_log_holds_at_the_next_start) {
  disk_.full = true;
  std::future<bool> committed = submit_blob();
  disk_.refused.wait(0);
  store_.reset();
  EXPECT_FALSE(committed.get());
  EXPECT_FALSE(fatal_);
  disk_.full = false;
  open();
  EXPECT_EQ(store_->blobs().read(extent_, 0, extent_.size).value(), "small object");
}

}  // namespace
}  // namespace headrace::storage
