#include "streams/shard_map.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace headrace::streams {
namespace {

constexpr std::int64_t kMade = 1'000;
constexpr std::int64_t kNow = 2'000;

std::shared_ptr<const ShardMap> equal_shards(std::size_t count) {
  std::vector<Shard> shards;
  for (const HashKeyRange& range : equal_ranges(count)) {
    const ShardId id{static_cast<std::uint32_t>(shards.size())};
    shards.push_back({.id = id, .range = range, .created_ms = kMade});
  }
  return std::make_shared<const ShardMap>(std::move(shards));
}

std::vector<HashKeyRange> open_ranges(const ShardMap& map) {
  std::vector<HashKeyRange> ranges;
  for (const std::uint32_t i : map.open()) ranges.push_back(map.all()[i].range);
  return ranges;
}

// That the open shards share the space, parents are older and closed, and each has the children it
// can have.
void expect_sound(const ShardMap& map) {
  HashKey next{0};
  for (const HashKeyRange& range : open_ranges(map)) {
    EXPECT_EQ(range.starting, next);
    next.value = range.ending.value + 1;
  }
  EXPECT_EQ(next.value, 0U) << "the last range ends with the space";
  for (const Shard& shard : map.all()) {
    for (const auto& parent : {shard.parent, shard.adjacent_parent}) {
      if (!parent) continue;
      const Shard* older = map.find(*parent);
      ASSERT_NE(older, nullptr);
      EXPECT_FALSE(older->open());
      EXPECT_LT(older->created_ms, shard.created_ms);
    }
    const std::size_t children = map.children(shard.id).size();
    EXPECT_TRUE(shard.open() ? children == 0 : children == 1 || children == 2);
  }
}

TEST(ShardMap, a_split_leaves_a_closed_parent_and_two_children) {
  const auto before = equal_shards(2);
  const Shard& whole = before->all()[1];
  const HashKey key{whole.range.starting.value + 1'000};
  const auto plan = split_shard(*before, whole, key, kNow);
  ASSERT_TRUE(plan);
  const auto after = before->after(*plan, kNow);
  expect_sound(*after);
  EXPECT_FALSE(after->all()[1].open());
  const auto children = after->children(ShardId{1});
  ASSERT_EQ(children.size(), 2U);
  EXPECT_EQ(children[0]->range.ending.value, key.value - 1);
  EXPECT_EQ(children[1]->range.starting, key);
  EXPECT_EQ(after->owner(key).id, children[1]->id);
  EXPECT_EQ(after->owner({key.value - 1}).id, children[0]->id);
}

TEST(ShardMap, a_shard_is_not_split_at_its_edges) {
  const auto map = equal_shards(2);
  const Shard& shard = map->all()[0];
  const auto start = shard.range.starting.value;
  const auto end = shard.range.ending.value;
  for (const auto value : {start, start + 1, end, end + 1}) {
    EXPECT_FALSE(split_shard(*map, shard, {value}, kNow));
  }
  EXPECT_TRUE(split_shard(*map, shard, {start + 2}, kNow));
  EXPECT_TRUE(split_shard(*map, shard, {end - 1}, kNow));
}

TEST(ShardMap, neighbors_merge_in_either_order_and_others_do_not) {
  const auto before = equal_shards(3);
  const auto& shards = before->all();
  EXPECT_FALSE(merge_shards(*before, shards[0], shards[2], kNow));
  EXPECT_FALSE(merge_shards(*before, shards[2], shards[0], kNow));
  EXPECT_FALSE(merge_shards(*before, shards[1], shards[1], kNow));
  const auto plan = merge_shards(*before, shards[2], shards[1], kNow);
  ASSERT_TRUE(plan);
  const auto after = before->after(*plan, kNow);
  expect_sound(*after);
  const Shard& child = after->all()[3];
  EXPECT_EQ(child.parent, ShardId{2});
  EXPECT_EQ(child.adjacent_parent, ShardId{1});
  EXPECT_EQ(child.range.starting, shards[1].range.starting);
  EXPECT_EQ(child.range.ending, shards[2].range.ending);
}

TEST(ShardMap, doubling_splits_and_halving_merges_each_shard_once) {
  const auto four = equal_shards(4);
  const Reshard up = reshard_uniformly(*four, 8, kNow);
  EXPECT_EQ(up.closed.size(), 4U);
  EXPECT_EQ(up.made.size(), 8U);
  const auto eight = four->after(up, kNow);
  const Reshard down = reshard_uniformly(*eight, 4, kNow + 1'000);
  EXPECT_EQ(down.closed.size(), 8U);
  EXPECT_EQ(down.made.size(), 4U);
  expect_sound(*eight->after(down, kNow + 1'000));
  EXPECT_TRUE(reshard_uniformly(*four, 4, kNow).made.empty());
}

TEST(ShardMap, any_count_becomes_any_other_with_equal_ranges) {
  SeededRandom random(1);
  auto map = equal_shards(3);
  std::int64_t now = kNow;
  for (int round = 0; round < 25; ++round) {
    const std::size_t target = 1 + random.below(40);
    map = map->after(reshard_uniformly(*map, target, now), now);
    now += static_cast<std::int64_t>(random.below(3));
    expect_sound(*map);
    EXPECT_EQ(open_ranges(*map), equal_ranges(target));
  }
}

TEST(ShardMap, an_even_split_leaves_closed_and_narrow_shards_alone) {
  const auto before = equal_shards(2);
  const auto after = before->after(split_evenly(*before, {ShardId{0}, ShardId{7}}, kNow), kNow);
  expect_sound(*after);
  EXPECT_EQ(after->open().size(), 3U);
  EXPECT_EQ(open_ranges(*after)[1].starting.value, equal_ranges(4)[1].starting.value);
  EXPECT_TRUE(split_evenly(*after, {ShardId{0}}, kNow).made.empty());
}

}  // namespace
}  // namespace headrace::streams
