// The object store over a disk that loses power at each step in turn, or fills up.
#include <gtest/gtest.h>

#include <functional>

#include "objects/simulation_test.h"

namespace headrace::objects {
namespace {

constexpr std::size_t kMiB = 1UL << 20;
constexpr std::uint64_t kStepsMax = 400;

struct Scenario {
  const char* name;
  std::string before;
  std::optional<std::string> after;  // none: it is deleted
  std::function<bool(SimulatedObjects&)> act;
};

std::optional<std::string> content(SimulatedObjects& sim) {
  const auto bytes = sim.get("bucket", "k");
  if (bytes) return *bytes;
  EXPECT_EQ(bytes.error().code, ErrorCode::kNoSuchKey) << bytes.error().message;
  return std::nullopt;
}

// True when the scenario ended before the power failed.
bool crash_at(const Scenario& scenario, std::uint64_t step) {
  SimulatedObjects sim(step);
  EXPECT_TRUE(sim.open());
  EXPECT_TRUE(sim.run(sim.objects().create_bucket({"000000000000", "us-east-1", "bucket", {}})));
  EXPECT_TRUE(sim.put("bucket", "k", scenario.before));
  sim.disk().set_crash_at(sim.disk().steps() + step);
  const bool acknowledged = scenario.act(sim);
  const bool survived = !sim.disk().dead();
  EXPECT_TRUE(!survived || acknowledged);
  sim.crash_and_open();
  const auto found = content(sim);
  if (acknowledged) {
    EXPECT_EQ(found, scenario.after) << "acknowledged and gone";
  } else {
    EXPECT_TRUE(found == scenario.before || found == scenario.after) << "neither old nor new";
  }
  sim.expect_no_leaks();
  // And it goes on.
  EXPECT_TRUE(sim.put("bucket", "k", "afterwards"));
  EXPECT_EQ(content(sim), "afterwards");
  sim.expect_no_leaks();
  return survived;
}

bool put_and_collect(SimulatedObjects& sim, std::string_view bytes) {
  const bool put = sim.put("bucket", "k", bytes).has_value();
  static_cast<void>(sim.store().collect_garbage());
  static_cast<void>(sim.store().checkpoint());
  return put;
}

bool upload_and_collect(SimulatedObjects& sim, const std::vector<std::string>& pieces) {
  Upload upload;
  upload.bucket = "bucket";
  upload.key = "k";
  const auto made = sim.run(sim.objects().create_upload(upload));
  if (!made) return false;
  std::vector<Part> parts;
  for (const std::string& piece : pieces) {
    const auto part = sim.put_part(*made, static_cast<std::uint32_t>(parts.size()) + 1, piece);
    if (!part) return false;
    parts.push_back(*part);
  }
  const bool completed =
      sim.run(sim.objects().complete_upload("bucket", "k", made->id, parts, {})).has_value();
  static_cast<void>(sim.store().collect_garbage());
  return completed;
}

void crash_everywhere(const Scenario& scenario) {
  std::uint64_t step = 1;
  while (step < kStepsMax && !crash_at(scenario, step)) {
    ASSERT_FALSE(testing::Test::HasFailure()) << scenario.name << " at step " << step;
    ++step;
  }
  ASSERT_FALSE(testing::Test::HasFailure()) << scenario.name << " at step " << step;
  EXPECT_LT(step, kStepsMax);
  EXPECT_GT(step, 4U);
}

TEST(ObjectStoreCrashTest, a_small_replacement_is_the_old_object_or_the_new_one) {
  crash_everywhere(
      {"small", "old", "new", [](SimulatedObjects& sim) { return put_and_collect(sim, "new"); }});
}

TEST(ObjectStoreCrashTest, a_large_replacement_is_the_old_object_or_the_new_one) {
  const std::string large(2 * kMiB + 5, 'n');
  crash_everywhere({"large", std::string(kMiB, 'o'), large,
                    [&](SimulatedObjects& sim) { return put_and_collect(sim, large); }});
}

TEST(ObjectStoreCrashTest, a_delete_happens_or_not) {
  crash_everywhere({"delete", std::string(kMiB, 'o'), std::nullopt, [](SimulatedObjects& sim) {
                      const bool removed = sim.run(sim.objects().remove("bucket", "k")).has_value();
                      static_cast<void>(sim.store().collect_garbage());
                      return removed;
                    }});
}

TEST(ObjectStoreCrashTest, a_multipart_upload_replaces_whole_or_not_at_all) {
  const std::vector<std::string> pieces = {std::string(5 * kMiB, 'a'), std::string(5 * kMiB, 'b'),
                                           "c"};
  Scenario scenario{"multipart", "old", pieces[0] + pieces[1] + pieces[2],
                    [&](SimulatedObjects& sim) { return upload_and_collect(sim, pieces); }};
  crash_everywhere(scenario);
}

TEST(ObjectStoreCrashTest, a_full_disk_refuses_writes_reads_go_on_and_space_helps) {
  SimulatedObjects sim(1);
  sim.set_reserve(2 * kMiB);
  ASSERT_TRUE(sim.open());
  ASSERT_TRUE(sim.run(sim.objects().create_bucket({"000000000000", "us-east-1", "bucket", {}})));
  ASSERT_TRUE(sim.put("bucket", "first", std::string(4 * kMiB, '1')));
  sim.disk().set_capacity(sim.disk().used_bytes() + 8 * kMiB);
  int stored = 0;
  Result<Object> last;
  while ((last = sim.put("bucket", "k" + std::to_string(stored), std::string(kMiB, 'x')))) ++stored;
  EXPECT_EQ(last.error().code, ErrorCode::kDiskFull);
  EXPECT_GT(stored, 3);
  EXPECT_EQ(sim.put("bucket", "huge", std::string(16 * kMiB, 'h')).error().code,
            ErrorCode::kDiskFull);
  EXPECT_EQ(sim.get("bucket", "first").value(), std::string(4 * kMiB, '1'));
  ASSERT_TRUE(sim.run(sim.objects().remove("bucket", "first")));
  sim.expect_no_leaks();
  ASSERT_TRUE(sim.put("bucket", "again", std::string(kMiB, 'y')));
  sim.crash_and_open();
  EXPECT_EQ(sim.get("bucket", "again").value(), std::string(kMiB, 'y'));
  for (int i = 0; i < stored; ++i) {
    EXPECT_EQ(sim.get("bucket", "k" + std::to_string(i)).value(), std::string(kMiB, 'x'));
  }
}

TEST(ObjectStoreCrashTest, a_put_that_met_a_full_disk_is_tried_again_with_the_same_bytes) {
  SimulatedObjects sim(1);
  sim.set_reserve(2 * kMiB);
  ASSERT_TRUE(sim.open());
  ASSERT_TRUE(sim.run(sim.objects().create_bucket({"000000000000", "us-east-1", "bucket", {}})));
  Ingest ingest = sim.objects().ingest();
  ASSERT_TRUE(ingest.append_blocking("kept"));
  ASSERT_TRUE(ingest.finish_blocking());
  sim.disk().set_capacity(sim.disk().used_bytes() + kMiB);
  const auto refused = sim.objects().put_blocking("bucket", "k", ingest, {}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDiskFull);
  sim.disk().set_capacity(UINT64_MAX);
  ASSERT_TRUE(sim.objects().put_blocking("bucket", "k", ingest, {}, {}));
  EXPECT_EQ(sim.get("bucket", "k").value(), "kept");
  sim.expect_no_leaks();
}

}  // namespace
}  // namespace headrace::objects
