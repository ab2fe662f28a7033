// Changes of a stream's shards over a disk that loses power at each step in turn.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/blocking_pool.h"
#include "io/manual_clock.h"
#include "sim/sim_disk.h"
#include "sim/sim_sqlite.h"
#include "storage/store.h"
#include "streams/streams.h"

namespace headrace::streams {
namespace {

constexpr std::uint64_t kStepsMax = 400;
constexpr std::size_t kKeys = 7;

// One call at a time: while it waits for the pool, nothing else touches the disk.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), disk_(seed * 7919 + 1) {}

  void open() {
    sim::attach_sqlite(disk_);
    storage::Store::Options o;
    o.directory = "/data";
    o.commit_threads = 0;
    o.log_bytes_max = 8 << 20;
    o.segment_bytes_max = 64 << 10;
    o.tail_bytes_max = 32 << 10;
    o.reserve_bytes = 0;
    o.sqlite_vfs = sim::kSimVfs;
    o.on_fatal = [](const Error&) {};
    o.schemas = {schema()};
    auto store = storage::Store::open(disk_, clock_, std::move(o));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    streams_.emplace(Streams::Environment{.store = *store_,
                                          .clock = clock_,
                                          .random = random_,
                                          .pool = pool_,
                                          .limits = Limits::kNone,
                                          .transition_ms = 0,
                                          .warn = nullptr});
    ASSERT_TRUE(streams_->start());
  }

  void crash_and_open() {
    streams_.reset();
    store_.reset();
    disk_.crash();
    open();
  }

  template <typename T>
  T run(boost::asio::awaitable<T> call) {
    std::optional<T> result;
    boost::asio::co_spawn(context_, keep(std::move(call), &result), boost::asio::detached);
    while (!result) {
      context_.restart();
      context_.poll();
      store_->pump();
    }
    return std::move(*result);
  }

  static StreamKey key() { return {"000000000000", "us-east-1", *StreamName::parse("stream")}; }
  std::shared_ptr<Stream> stream() { return streams_->find(key()).value(); }

  // One record of each key, with the next number; whether they were acknowledged.
  bool put() {
    Draft draft;
    draft.records = std::make_shared<storage::RecordBatch>(kKeys * 64UL, kKeys);
    for (std::size_t i = 0; i < kKeys; ++i) {
      draft.records->add("key " + std::to_string(i), std::to_string(sent_));
    }
    ++sent_;
    const bool done = run(stream()->put(std::move(draft))).has_value();
    if (done) acknowledged_.insert(sent_ - 1);
    return done;
  }

  // Of each key, all that was acknowledged, once, in order from parents to children.
  void expect_records() {
    std::map<std::string, std::vector<int>> found;
    const auto shards = stream()->shards();
    for (const Shard& shard : shards->all()) {
      for (const auto& [key, number] : records(shard)) found[key].push_back(number);
    }
    ASSERT_EQ(found.size(), acknowledged_.empty() ? 0U : kKeys);
    const std::vector<int>& first = found.begin()->second;
    for (const auto& [key, numbers] : found) {
      EXPECT_TRUE(std::ranges::is_sorted(numbers, std::less_equal())) << key;
      EXPECT_EQ(numbers, first) << "a put is there whole or not at all";
      for (const int number : acknowledged_) {
        EXPECT_TRUE(std::ranges::binary_search(numbers, number)) << key << ": " << number;
      }
    }
    acknowledged_ = {first.begin(), first.end()};  // readers have seen them
  }

  Streams& streams() { return *streams_; }
  storage::Store& store() { return *store_; }
  sim::SimDisk& disk() { return disk_; }

 private:
  // By key, from the shard's first to its end or tip.
  std::vector<std::pair<std::string, int>> records(const Shard& shard) {
    std::vector<std::pair<std::string, int>> found;
    std::uint64_t from = 0;
    for (;;) {
      const auto read = run(stream()->read(shard.id, from, kReadRecordsMax));
      EXPECT_TRUE(read);
      if (!read) return found;
      for (const storage::RecordView& record : read->slice.records) {
        found.emplace_back(record.key, std::stoi(std::string(record.data)));
      }
      from = read->slice.next;
      if (!read->slice.at_tip) continue;
      EXPECT_EQ(read->ended, !shard.open());
      return found;
    }
  }

  template <typename T>
  static boost::asio::awaitable<void> keep(boost::asio::awaitable<T> call,
                                           std::optional<T>* result) {
    *result = co_await std::move(call);
  }

  boost::asio::io_context context_;
  SeededRandom random_;
  sim::SimDisk disk_;
  io::ManualClock clock_;
  io::BlockingPool pool_{1};
  std::unique_ptr<storage::Store> store_;
  std::optional<Streams> streams_;
  std::set<int> acknowledged_;
  int sent_ = 0;
};

using Ranges = std::vector<std::pair<std::string, std::string>>;

Ranges open_ranges(const ShardMap& shards) {
  Ranges ranges;
  for (const std::uint32_t i : shards.open()) {
    const HashKeyRange& range = shards.all()[i].range;
    ranges.emplace_back(range.starting.text(), range.ending.text());
  }
  return ranges;
}

// Who is closed has children, who has parents is younger, and what is open has none.
void expect_sound(const ShardMap& shards) {
  HashKey next;
  for (const std::uint32_t i : shards.open()) {
    EXPECT_EQ(shards.all()[i].range.starting.text(), next.text());
    next.value = shards.all()[i].range.ending.value + 1;
  }
  EXPECT_EQ(next.text(), "0") << "the last range ends where the first begins";
  for (const Shard& shard : shards.all()) {
    EXPECT_EQ(shards.children(shard.id).empty(), shard.open()) << shard.id.text();
    for (const auto& parent : {shard.parent, shard.adjacent_parent}) {
      if (!parent) continue;
      ASSERT_NE(shards.find(*parent), nullptr);
      EXPECT_FALSE(shards.find(*parent)->open());
      EXPECT_LT(shards.find(*parent)->created_ms, shard.created_ms);
    }
  }
}

using Act = std::function<bool(Simulation&)>;

// True when `act` ended before the power failed.
bool crash_at(const Act& act, std::uint64_t step) {
  Simulation sim(step);
  sim.open();
  EXPECT_TRUE(sim.run(sim.streams().create(Simulation::key(), 3, {})));
  EXPECT_TRUE(sim.put());
  const auto before = sim.stream()->shards();
  sim.disk().set_crash_at(sim.disk().steps() + step);
  sim.put();
  const bool acknowledged = act(sim);
  const auto after = sim.stream()->shards();
  sim.put();
  static_cast<void>(sim.store().checkpoint());
  const bool survived = !sim.disk().dead();
  EXPECT_TRUE(!survived || acknowledged);

  sim.crash_and_open();
  const auto found = sim.stream()->shards();
  expect_sound(*found);
  sim.expect_records();
  if (acknowledged) {
    EXPECT_EQ(open_ranges(*found), open_ranges(*after)) << "acknowledged and gone";
  } else if (found->all().size() == before->all().size()) {
    EXPECT_EQ(open_ranges(*found), open_ranges(*before));
  }
  if (found->all().size() == before->all().size()) EXPECT_TRUE(act(sim));  // and it goes on
  EXPECT_TRUE(sim.put());
  expect_sound(*sim.stream()->shards());
  sim.expect_records();
  return survived;
}

void crash_everywhere(const Act& act) {
  std::uint64_t step = 1;
  while (step < kStepsMax && !crash_at(act, step)) {
    ASSERT_FALSE(testing::Test::HasFailure()) << "at step " << step;
    ++step;
  }
  ASSERT_FALSE(testing::Test::HasFailure()) << "at step " << step;
  EXPECT_LT(step, kStepsMax);
  EXPECT_GT(step, 8U);
}

TEST(ReshardingCrashTest, a_split_happens_or_not) {
  crash_everywhere([](Simulation& sim) {
    const ShardId middle{1};
    const HashKey key{sim.stream()->shards()->find(middle)->range.starting.value + 1'000};
    return sim.run(sim.streams().split(sim.stream(), middle, key)).has_value();
  });
}

TEST(ReshardingCrashTest, a_merge_happens_or_not) {
  crash_everywhere([](Simulation& sim) {
    return sim.run(sim.streams().merge(sim.stream(), ShardId{1}, ShardId{2})).has_value();
  });
}

TEST(ReshardingCrashTest, a_new_shard_count_comes_with_all_its_splits_and_merges_or_none) {
  crash_everywhere([](Simulation& sim) {
    return sim.run(sim.streams().set_shard_count(sim.stream(), 5)).has_value();
  });
}

}  // namespace
}  // namespace headrace::streams
