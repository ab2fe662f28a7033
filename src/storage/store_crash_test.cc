// The store over a disk that loses power at any step, by seed. To replay one seed:
//   HEADRACE_SEED=N build/release/storage_test --gtest_filter=StoreCrashTest.*
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "io/manual_clock.h"
#include "sim/sim_disk.h"
#include "sim/sim_sqlite.h"
#include "storage/store.h"

namespace headrace::storage {
namespace {

constexpr std::uint64_t kSeeds = 500;
constexpr std::uint64_t kStream = 5;
constexpr std::uint32_t kLanes = 3;

// What a client knows: what it was told, and what it sent without hearing back.
struct Client {
  std::map<std::uint32_t, std::map<std::uint64_t, std::string>> acknowledged;
  std::map<std::uint32_t, std::map<std::uint64_t, std::string>> sent;
  std::map<std::uint32_t, std::uint64_t> next;
  std::map<std::string, std::string> rows_acknowledged;
  std::set<std::string> rows_sent;
  std::uint64_t counter = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), disk_(seed * 7919 + 1) {}

  void run() {
    open();
    for (int round = 0; round < 6; ++round) {
      disk_.set_crash_at(disk_.steps() + 1 + random_.below(120));
      for (int i = 0; i < 40 && !disk_.dead(); ++i) act();
      store_.reset();
      disk_.crash();
      open();
      check();
      if (testing::Test::HasFailure()) return;
    }
  }

 private:
  void open() {
    for (int attempt = 0;; ++attempt) {
      sim::attach_sqlite(disk_);
      // Power may fail during recovery as well.
      if (attempt < 3 && random_.below(4) == 0) {
        disk_.set_crash_at(disk_.steps() + 1 + random_.below(40));
      }
      Store::Options o;
      o.directory = "/data";
      o.commit_threads = 0;
      o.log_bytes_max = 1 << 20;
      o.segment_bytes_max = 64 << 10;
      o.tail_bytes_max = 32 << 10;
      o.reserve_bytes = 0;
      o.sqlite_vfs = sim::kSimVfs;
      o.on_fatal = [](const Error&) {};
      o.schemas = {{"test", {"CREATE TABLE items(name TEXT PRIMARY KEY, extents BLOB)"}}};
      auto store = Store::open(disk_, clock_, std::move(o));
      if (store) {
        store_ = std::move(*store);
        for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
          client_.next[lane] = store_->records().next(kStream, lane);
        }
        return;
      }
      ASSERT_TRUE(disk_.dead()) << store.error().message;
      disk_.crash();
    }
  }

  void act() {
    switch (random_.below(10)) {
      case 0: static_cast<void>(store_->checkpoint()); break;
      case 1:
      case 2: put_row(); break;
      case 3:
      case 4: store_->pump(); break;
      default: put_records(); break;
    }
  }

  void put_records() {
    const std::uint32_t count = 1 + static_cast<std::uint32_t>(random_.below(20));
    auto batch = std::make_shared<RecordBatch>(count * 600UL, count);
    batch->stream = kStream;
    batch->arrival_ms = 1'000'000 + static_cast<std::int64_t>(client_.counter);
    std::map<std::uint32_t, std::vector<std::string>> by_lane;
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto lane = static_cast<std::uint32_t>(random_.below(kLanes));
      const std::string data =
          std::to_string(++client_.counter) + std::string(random_.below(500), 'x');
      batch->add("k", data);
      batch->set_lane(i, lane);
      by_lane[lane].push_back(data);
    }
    std::map<std::uint32_t, std::map<std::uint64_t, std::string>> numbered;
    for (auto& [lane, data] : by_lane) {
      std::uint64_t& next = client_.next[lane];
      batch->runs.push_back({lane, next, static_cast<std::uint32_t>(data.size())});
      for (std::string& d : data) numbered[lane][next++] = std::move(d);
    }
    for (auto& [lane, records] : numbered) {
      for (auto& [number, data] : records) client_.sent[lane][number] = data;
    }
    store_->submit({.records = batch}, [this, numbered](Result<Committed> result) {
      if (!result) return;
      for (const auto& [lane, records] : numbered) {
        for (const auto& [number, data] : records) client_.acknowledged[lane][number] = data;
      }
    });
  }

  void put_row() {
    const std::string name = "row" + std::to_string(++client_.counter);
    const std::string bytes(1 + random_.below(3000), static_cast<char>('a' + random_.below(26)));
    const Extent extent = store_->blobs().reserve(bytes);
    Entry entry;
    entry.mutations.push_back(
        {"INSERT INTO items VALUES(?1, ?2)", {name, Bytes(encode_extents({extent}))}});
    entry.blobs.push_back({extent, bytes});
    client_.rows_sent.insert(name);
    store_->submit(std::move(entry), [this, name, bytes](Result<Committed> result) {
      if (result) client_.rows_acknowledged[name] = bytes;
    });
  }

  void check() {
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) check_lane(lane);
    std::map<std::string, std::string> rows;
    ASSERT_TRUE(
        store_->metadata().query("SELECT name, extents FROM items", {}, [&](const Row& row) {
          rows[row.text(0)] = row.text(1);
          return true;
        }));
    for (const auto& [name, bytes] : client_.rows_acknowledged) {
      ASSERT_TRUE(rows.contains(name)) << name << " was acknowledged and is gone";
      const auto extents = decode_extents(rows[name]);
      ASSERT_TRUE(extents && extents->size() == 1);
      const auto read = store_->blobs().read(extents->front(), 0, extents->front().size);
      ASSERT_TRUE(read) << read.error().message;
      ASSERT_EQ(*read, bytes);
    }
    for (const auto& [name, extents] : rows) ASSERT_TRUE(client_.rows_sent.contains(name));
  }

  // Every acknowledged record is there, once, in order; what else is there was sent; a record that
  // survived unacknowledged is acknowledged from now on, since readers have seen it.
  void check_lane(std::uint32_t lane) {
    std::map<std::uint64_t, std::string> found;
    std::uint64_t from = 0;
    for (;;) {
      auto slice = store_->records().read(kStream, lane, from, {.records_max = 50});
      ASSERT_TRUE(slice) << slice.error().message;
      for (const RecordView& record : slice->records) {
        ASSERT_GE(record.number, from) << "out of order or twice";
        from = record.number + 1;
        found[record.number] = std::string(record.data);
      }
      from = slice->next;
      if (slice->at_tip) break;
    }
    for (const auto& [number, data] : client_.acknowledged[lane]) {
      ASSERT_TRUE(found.contains(number))
          << "lane " << lane << ": record " << number << " was acknowledged and is gone";
      ASSERT_EQ(found[number], data);
    }
    for (const auto& [number, data] : found) ASSERT_EQ(client_.sent[lane][number], data);
    client_.acknowledged[lane] = std::move(found);
  }

  SeededRandom random_;
  sim::SimDisk disk_;
  io::ManualClock clock_;
  std::unique_ptr<Store> store_;
  Client client_;
};

TEST(StoreCrashTest, no_acknowledged_entry_is_lost_at_any_crash_point) {
  const char* one = std::getenv("HEADRACE_SEED");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t last = one != nullptr ? first : kSeeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    Simulation(seed).run();
    ASSERT_FALSE(testing::Test::HasFailure()) << "replay with HEADRACE_SEED=" << seed;
  }
}

}  // namespace
}  // namespace headrace::storage
