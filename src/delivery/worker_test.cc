#include "delivery/worker.h"

#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>

#include <charconv>
#include <set>

#include "delivery/deliveries.h"
#include "delivery/store_sink.h"
#include "objects/simulation_test.h"

namespace headrace::delivery {
namespace {

constexpr std::uint64_t kStream = 77;
constexpr std::uint64_t kStepsMax = 2000;

std::string gunzip(std::string_view bytes) {
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  std::vector<std::uint8_t> in(bytes.begin(), bytes.end());
  std::vector<std::uint8_t> out(1 << 20);
  state.next_in = in.data();
  state.avail_in = static_cast<std::uint32_t>(in.size());
  std::string plain;
  do {
    state.next_out = out.data();
    state.avail_out = static_cast<std::uint32_t>(out.size());
    EXPECT_EQ(isal_inflate(&state), ISAL_DECOMP_OK);
    plain.append(out.begin(), out.end() - state.avail_out);
  } while (state.block_state != ISAL_BLOCK_FINISH && state.avail_out == 0);
  EXPECT_EQ(state.block_state, ISAL_BLOCK_FINISH);
  return plain;
}

// One delivery stream whose source has two lanes, with a bucket to deliver into.
class Delivery {
 public:
  explicit Delivery(std::uint64_t seed) : sim(seed) {
    sim.add_schema(schema());
    configuration.account = "000000000000";
    configuration.region = "us-east-1";
    configuration.name = "events";
    configuration.bucket = "bucket";
    configuration.hints = {.size_mib = 1, .interval_s = 60};
    configuration.compression = Compression::kGzip;
  }

  void open() {
    ASSERT_TRUE(sim.open());
    ASSERT_TRUE(sim.store().submit_and_wait(
        {.mutations = {{"INSERT INTO delivery_streams VALUES(1, '000000000000', 'us-east-1', "
                        "'events', NULL, NULL, NULL, 'role', 'bucket', '', NULL, NULL, 1, 60, 1, "
                        "1, 0, '1')",
                        {}}}}));
    start();
  }

  void create_bucket() {
    ASSERT_TRUE(sim.run(sim.objects().create_bucket({"000000000000", "us-east-1", "bucket", {}})));
  }

  void start() {
    sink.emplace(sim.objects());
    Worker::Source source{.stream = kStream,
                          .lanes = [] { return std::vector<std::uint32_t>{0, 1}; },
                          .not_before_ms = [this] { return not_before_ms; },
                          .open = open_records};
    worker.emplace(1, configuration, std::move(source), sim.store(), *sink, sim.clock(),
                   sim.random(), [this](const std::string& line) { warnings.push_back(line); });
    ASSERT_TRUE(worker->load());
    for (std::uint32_t lane : {0U, 1U}) next[lane] = sim.store().records().next(kStream, lane);
  }

  void crash_and_start() {
    worker.reset();
    sink.reset();
    sim.crash_and_open();
    if (!testing::Test::HasFailure()) start();
  }

  // True when it was acknowledged.
  bool put(std::uint32_t lane, const std::string& data) {
    auto batch = std::make_shared<storage::RecordBatch>(data.size() + 1, 1);
    batch->add("k", data);
    batch->set_lane(0, lane);
    batch->stream = kStream;
    batch->arrival_ms = sim.clock().wall_now().ms;
    batch->runs.push_back({lane, next[lane]++, 1});
    return sim.store().submit_and_wait({.records = std::move(batch)}).has_value();
  }

  // Turns until nothing is due at once.
  std::optional<MonotonicTime> turns() {
    for (;;) {
      const auto again = worker->turn();
      if (!again || *again > sim.clock().monotonic_now()) return again;
    }
  }

  void advance(std::int64_t seconds) { sim.clock().advance(std::chrono::seconds(seconds)); }

  // The contents of the delivered objects, uncompressed.
  std::vector<std::string> delivered() {
    std::vector<std::string> contents;
    const auto page = sim.objects().list({.bucket = "bucket"});
    EXPECT_TRUE(page.has_value());
    if (!page) return contents;
    for (const objects::Object& listed : page->objects) {
      auto object = sim.objects().find("bucket", listed.key);
      EXPECT_TRUE(object.has_value());
      EXPECT_EQ(object->attributes.content_type, "application/octet-stream");
      const bool gzip = configuration.compression == Compression::kGzip;
      EXPECT_EQ(object->attributes.content_encoding, gzip ? "gzip" : "");
      const auto bytes = sim.read(std::move(*object));
      EXPECT_TRUE(bytes.has_value());
      contents.push_back(gzip ? gunzip(*bytes) : *bytes);
    }
    return contents;
  }

  objects::SimulatedObjects sim;
  Configuration configuration;
  std::int64_t not_before_ms = 0;
  std::function<Result<storage::Slice>(std::uint32_t lane, storage::Slice)> open_records;
  std::optional<StoreSink> sink;
  std::optional<Worker> worker;
  std::map<std::uint32_t, std::uint64_t> next;
  std::vector<std::string> warnings;
};

class WorkerTest : public testing::Test {
 protected:
  void SetUp() override { d_.open(); }
  Delivery d_{1};
};

using Contents = std::vector<std::string>;

TEST_F(WorkerTest, the_interval_counts_from_the_first_record) {
  d_.create_bucket();
  EXPECT_EQ(d_.turns(), std::nullopt);
  ASSERT_TRUE(d_.put(0, "a"));
  const auto due = d_.turns();
  ASSERT_TRUE(due);
  EXPECT_EQ(*due - d_.sim.clock().monotonic_now(), std::chrono::seconds(60));
  d_.advance(59);
  ASSERT_TRUE(d_.put(0, "b"));
  d_.turns();
  EXPECT_EQ(d_.delivered(), Contents{});
  d_.advance(1);
  EXPECT_EQ(d_.turns(), std::nullopt);
  EXPECT_EQ(d_.delivered(), Contents{"ab"});
  EXPECT_TRUE(d_.sim.objects()
                  .list({.bucket = "bucket"})
                  ->objects.at(0)
                  .key.starts_with("2026/01/01/00/events-1-2026-01-01-00-00-00-"));
}

TEST_F(WorkerTest, a_restart_does_not_begin_the_interval_anew) {
  d_.create_bucket();
  ASSERT_TRUE(d_.put(0, "a"));
  d_.turns();
  d_.advance(40);
  d_.crash_and_start();
  d_.turns();
  d_.advance(20);
  d_.turns();
  EXPECT_EQ(d_.delivered(), Contents{"a"});
}

TEST_F(WorkerTest, size_counts_uncompressed_bytes_and_never_splits_a_record) {
  d_.create_bucket();
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(d_.put(0, std::string(400'000, static_cast<char>('a' + i))));
  d_.turns();
  EXPECT_EQ(d_.delivered(), Contents{std::string(400'000, 'a') + std::string(400'000, 'b') +
                                     std::string(400'000, 'c')});
}

TEST_F(WorkerTest, a_lane_with_much_to_deliver_does_not_hold_up_the_others) {
  d_.create_bucket();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(d_.put(0, std::string(1 << 20, 'x')));
  ASSERT_TRUE(d_.put(1, "here"));
  d_.worker->turn();
  d_.worker->turn();
  const Contents contents = d_.delivered();
  ASSERT_EQ(contents.size(), 2U);
  EXPECT_TRUE(contents[0].starts_with("here") || contents[1].starts_with("here"));
}

TEST_F(WorkerTest, with_an_interval_of_zero_nothing_waits) {
  d_.create_bucket();
  d_.configuration.hints.interval_s = 0;
  d_.start();
  ASSERT_TRUE(d_.put(1, "at once"));
  d_.turns();
  EXPECT_EQ(d_.delivered(), Contents{"at once"});
}

TEST_F(WorkerTest, uncompressed_records_are_concatenated_as_they_are) {
  d_.create_bucket();
  d_.configuration.compression = Compression::kUncompressed;
  d_.start();
  for (const char* data : {"abc", "", "abc", "abc"}) ASSERT_TRUE(d_.put(0, data));
  d_.advance(60);
  d_.turns();
  EXPECT_EQ(d_.delivered(), Contents{"abcabcabc"});
}

TEST_F(WorkerTest, a_missing_bucket_is_waited_for_with_back_off) {
  ASSERT_TRUE(d_.put(0, "patient"));
  d_.advance(60);
  auto again = d_.turns();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(again);
    const auto wait = *again - d_.sim.clock().monotonic_now();
    EXPECT_GE(wait, std::chrono::milliseconds(500));
    EXPECT_LE(wait, std::chrono::seconds(60));
    EXPECT_EQ(d_.worker->turn(), again) << "not before its time";
    d_.sim.clock().advance(wait);
    again = d_.turns();
  }
  EXPECT_EQ(d_.warnings.size(), 11U);
  d_.create_bucket();
  d_.advance(60);
  EXPECT_EQ(d_.turns(), std::nullopt);
  EXPECT_EQ(d_.delivered(), Contents{"patient"});
}

TEST_F(WorkerTest, nothing_is_delivered_for_a_delivery_stream_that_is_gone) {
  d_.create_bucket();
  ASSERT_TRUE(d_.put(0, "a"));
  d_.turns();
  ASSERT_TRUE(d_.sim.store().submit_and_wait(
      {.mutations = {{"DELETE FROM delivery_streams WHERE id=1", {}},
                     {"DELETE FROM delivery_checkpoints WHERE delivery=1", {}}}}));
  d_.advance(60);
  EXPECT_EQ(d_.turns(), std::nullopt);
  EXPECT_TRUE(d_.worker->cancelled());
  EXPECT_EQ(d_.delivered(), Contents{});
  d_.sim.expect_no_leaks();
}

TEST_F(WorkerTest, what_retention_took_does_not_stop_what_follows) {
  d_.create_bucket();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(d_.put(0, std::string(50'000, 'o')));
  ASSERT_TRUE(d_.sim.store().checkpoint());
  d_.advance(100);
  d_.not_before_ms = d_.sim.clock().wall_now().ms;
  ASSERT_TRUE(d_.put(0, "new"));
  d_.advance(60);
  d_.turns();
  EXPECT_EQ(d_.delivered(), Contents{"new"});
}

TEST_F(WorkerTest, a_damaged_block_is_named_and_skipped) {
  d_.create_bucket();
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(d_.put(0, std::string(50'000, static_cast<char>('a' + i))));
  }
  ASSERT_TRUE(d_.sim.store().checkpoint());
  const std::string directory = "/data/records/000000000077";
  const std::vector<std::string> names = d_.sim.disk().list(directory).value();
  ASSERT_EQ(names.size(), 1U);
  const std::string segment = directory + "/" + names[0];
  // A block has three of them: this is in the second.
  d_.sim.disk().flip_bit(segment, 200'000, 3);
  d_.crash_and_start();
  d_.advance(60);
  d_.turns();
  const Contents contents = d_.delivered();
  ASSERT_EQ(contents.size(), 1U);
  EXPECT_TRUE(contents[0].starts_with(std::string(50'000, 'a')));
  EXPECT_TRUE(contents[0].ends_with(std::string(50'000, 'l')));
  EXPECT_LT(contents[0].size(), 600'000U);
  ASSERT_EQ(d_.warnings.size(), 1U);
  EXPECT_NE(d_.warnings[0].find(segment), std::string::npos) << d_.warnings[0];
}

TEST_F(WorkerTest, records_that_do_not_open_are_left_out_once_also_where_no_others_follow) {
  d_.create_bucket();
  std::vector<std::uint64_t> seen;
  d_.open_records = [&](std::uint32_t, storage::Slice slice) -> Result<storage::Slice> {
    for (const storage::RecordView& record : slice.records) seen.push_back(record.number);
    std::erase_if(slice.records,
                  [](const storage::RecordView& r) { return r.data.starts_with("bad"); });
    return slice;
  };
  d_.start();
  for (const char* data : {"bad a", "bad b"}) ASSERT_TRUE(d_.put(0, data));
  for (int i = 0; i < 3; ++i) d_.turns();
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 1}));
  ASSERT_TRUE(d_.put(0, "good"));
  d_.turns();
  d_.advance(60);
  d_.turns();
  EXPECT_EQ(d_.delivered(), Contents{"good"});
  EXPECT_EQ(seen.size(), 3U);
}

TEST(WorkerDiskTest, a_full_disk_delays_delivery_and_loses_nothing) {
  Delivery d(1);
  d.sim.set_reserve(2 << 20);
  d.open();
  d.create_bucket();
  const std::string data = d.sim.random().bytes(900'000);
  ASSERT_TRUE(d.put(0, data));
  ASSERT_TRUE(d.put(1, data));
  d.sim.disk().set_capacity(d.sim.disk().used_bytes() + (1 << 20));
  d.advance(60);
  EXPECT_TRUE(d.turns());
  EXPECT_EQ(d.delivered(), Contents{});
  EXPECT_FALSE(d.warnings.empty());
  d.sim.disk().set_capacity(UINT64_MAX);
  d.advance(60);
  EXPECT_EQ(d.turns(), std::nullopt);
  EXPECT_EQ(d.delivered(), Contents{data + data});
  d.sim.expect_no_leaks();
}

// A record says who it is: "<lane>:<number>:<padding>\n".
struct Ledger {
  std::set<std::pair<std::uint32_t, std::uint64_t>> acknowledged;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> sent;
  std::map<std::uint32_t, std::uint64_t> counter;

  void put(Delivery& d) {
    const auto lane = static_cast<std::uint32_t>(d.sim.random().below(2));
    const std::uint64_t number = counter[lane]++;
    // Some objects fit into their log entry, others get a file.
    std::string padding = d.sim.random().below(2) == 0
                              ? d.sim.random().hex(10'000 + d.sim.random().below(60'000))
                              : std::string(d.sim.random().below(200'000), 'x');
    const std::string data =
        std::to_string(lane) + ":" + std::to_string(number) + ":" + padding + "\n";
    sent[{lane, number}] = data;
    if (d.put(lane, data)) acknowledged.insert({lane, number});
  }

  void check(const std::vector<std::string>& contents) const {
    std::set<std::pair<std::uint32_t, std::uint64_t>> found;
    for (const std::string& content : contents) {
      std::map<std::uint32_t, std::uint64_t> last;
      for (std::size_t at = 0; at < content.size();) {
        const std::size_t end = content.find('\n', at) + 1;
        ASSERT_NE(end, 0U);
        const std::string record = content.substr(at, end - at);
        at = end;
        std::uint32_t lane = 0;
        std::uint64_t number = 0;
        const char* const colon =
            std::from_chars(record.data(), record.data() + record.size(), lane).ptr;
        std::from_chars(colon + 1, record.data() + record.size(), number);
        ASSERT_TRUE(found.insert({lane, number}).second) << lane << ":" << number << " twice";
        ASSERT_TRUE(sent.at({lane, number}) == record);
        ASSERT_TRUE(!last.contains(lane) || number > last[lane]) << "out of order";
        last[lane] = number;
      }
    }
    for (const auto& [lane, number] : acknowledged) {
      ASSERT_TRUE(found.contains({lane, number})) << lane << ":" << number << " is missing";
    }
  }
};

void work(Delivery& d, Ledger& ledger, int rounds) {
  for (int i = 0; i < rounds && !d.sim.disk().dead(); ++i) {
    ledger.put(d);
    const std::uint64_t what = d.sim.random().below(8);
    if (what == 0) d.advance(30);
    if (what < 4) d.worker->turn();
    if (what == 7) static_cast<void>(d.sim.store().checkpoint());
  }
}

// True when the work ended before the power failed.
bool deliver_with_crash_at(std::uint64_t step) {
  Delivery d(step);
  Ledger ledger;
  d.open();
  d.create_bucket();
  d.sim.disk().set_crash_at(d.sim.disk().steps() + step);
  work(d, ledger, 40);
  const bool survived = !d.sim.disk().dead();
  d.crash_and_start();
  if (testing::Test::HasFailure()) return true;
  work(d, ledger, 10);
  d.advance(120);
  EXPECT_EQ(d.turns(), std::nullopt);
  ledger.check(d.delivered());
  d.worker.reset();
  d.sim.expect_no_leaks();
  return survived;
}

TEST(WorkerCrashTest, every_acknowledged_record_is_delivered_once_and_in_order) {
  std::uint64_t step = 1;
  while (step < kStepsMax && !deliver_with_crash_at(step)) {
    ASSERT_FALSE(testing::Test::HasFailure()) << "at step " << step;
    ++step;
  }
  ASSERT_FALSE(testing::Test::HasFailure()) << "at step " << step;
  EXPECT_LT(step, kStepsMax);
  EXPECT_GT(step, 100U);
}

}  // namespace
}  // namespace headrace::delivery
