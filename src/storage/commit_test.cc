// Commits as coroutines see them.
#include "storage/commit.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "io/posix_disk.h"
#include "io/system_clock.h"

namespace headrace::storage {
namespace {

namespace asio = boost::asio;

class CommitTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "headrace-commit-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    for (int i = 0; i < 2; ++i) {
      Store::Options o;
      o.directory = root_ + "/" + std::to_string(i);
      o.sync = false;
      o.log_bytes_max = 16U << 20;
      o.reserve_bytes = 0;
      o.schemas = {{"test", {"CREATE TABLE items(name TEXT PRIMARY KEY)"}}};
      auto store = Store::open(disk_, clock_, std::move(o));
      ASSERT_TRUE(store) << store.error().message;
      stores_.push_back(std::move(*store));
    }
  }
  void TearDown() override {
    stores_.clear();
    std::filesystem::remove_all(root_);
  }

  static Entry row(int number) {
    Entry entry;
    entry.mutations.push_back({"INSERT INTO items VALUES(?1)", {std::to_string(number)}});
    return entry;
  }

  static asio::awaitable<void> commit_row(Store& store, int number, std::vector<int>& done,
                                          std::set<std::thread::id>& threads) {
    const auto committed = co_await commit(store, row(number));
    EXPECT_TRUE(committed);
    done.push_back(number);
    threads.insert(std::this_thread::get_id());
  }

  asio::io_context context_;  // threads that wake it may still be leaving: it goes last
  std::string root_;
  io::PosixDisk disk_;
  io::SystemClock clock_;
  std::vector<std::unique_ptr<Store>> stores_;
};

TEST_F(CommitTest, what_one_turn_submits_returns_in_order_on_its_own_thread) {
  std::vector<int> done;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 200; ++i) {
    asio::co_spawn(context_, commit_row(*stores_[0], i, done, threads), asio::detached);
  }
  context_.run();
  ASSERT_EQ(done.size(), 200U);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(threads, std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST_F(CommitTest, two_stores_are_woken_by_the_same_turn) {
  std::vector<int> done;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 20; ++i) {
    asio::co_spawn(context_,
                   commit_row(*stores_[static_cast<std::size_t>(i % 2)], i, done, threads),
                   asio::detached);
  }
  context_.run();
  EXPECT_EQ(done.size(), 20U);
}

}  // namespace
}  // namespace headrace::storage
