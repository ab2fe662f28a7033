// The log's files over a disk that loses power at any step.
#include "storage/log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "io/posix_disk.h"
#include "sim/sim_disk.h"
#include "storage/aligned_buffer.h"

namespace headrace::storage {
namespace {

constexpr std::uint64_t kFileBytes = 64UL << 10;
constexpr std::size_t kPayloadBytes = 7000;  // two blocks with its frame's header
const std::string kDirectory = "/log";

class LogTest : public testing::Test {
 protected:
  void use_disk(std::uint64_t seed) {
    log_.reset();
    disk_ = std::make_unique<sim::SimDisk>(seed);
    written_.clear();
    acknowledged_ = 0;
    cut_ = 0;
    first_kept_ = 0;
  }

  // The payloads from the cut on, as a start finds them.
  std::vector<std::string> open() {
    log_ = std::make_unique<Log>(*disk_, Log::Options{.directory = kDirectory,
                                                      .file_bytes = kFileBytes,
                                                      .first_file_bytes = kFileBytes,
                                                      .bytes_max = 4 * kFileBytes});
    std::vector<std::string> found;
    const auto scan = log_->open(cut_, [&](LogPosition, std::string_view payload) -> Status {
      found.emplace_back(payload);
      return {};
    });
    EXPECT_TRUE(scan) << scan.error().message;
    damage_ = scan ? scan->damage : std::vector<std::string>{};
    return found;
  }

  // False when it was not acknowledged.
  bool write() {
    const std::string payload =
        "frame " + std::to_string(written_.size()) + std::string(kPayloadBytes, 'x');
    const auto frame = log_->reserve(payload.size());
    if (!frame) return false;
    written_.push_back(payload);
    ends_.resize(written_.size());
    ends_.back() = frame->position + frame->size;
    AlignedBuffer buffer(frame->size);
    payload.copy(buffer.data() + kFrameHeaderBytes, payload.size());
    if (!log_->write(*frame, buffer.data(), payload.size(), frame->position)) return false;
    if (!log_->sync(*frame)) return false;
    acknowledged_ = written_.size();
    return true;
  }

  // Until the last file has no room: the next frame begins another.
  void fill_file() {
    constexpr std::size_t kFramesInFile = (kFileBytes / kFrameAlignment - 1) / 2;
    do {
      ASSERT_TRUE(write());
    } while (written_.size() % kFramesInFile != 0);
  }

  void cut_all() {
    first_kept_ = written_.size();
    cut_ = ends_.back();
    ASSERT_TRUE(log_->cut(cut_));
  }

  // Two files were cut and are spare; a third is full.
  void come_to_a_roll_into_a_spare() {
    ASSERT_TRUE(open().empty());
    for (int i = 0; i < 3; ++i) fill_file();
    cut_all();
    fill_file();
  }

  void expect_what_was_acknowledged(const std::vector<std::string>& found) {
    ASSERT_GE(found.size(), acknowledged_ - first_kept_);
    ASSERT_LE(found.size(), written_.size() - first_kept_);
    EXPECT_TRUE(std::ranges::equal(found, std::span(written_).subspan(first_kept_, found.size())));
    EXPECT_EQ(damage_, std::vector<std::string>{});
    written_.resize(first_kept_ + found.size());  // what was not kept is not expected later
    ends_.resize(written_.size());
    acknowledged_ = written_.size();
  }

  std::string path(std::uint64_t number) const {
    const std::string digits = std::to_string(number);
    return kDirectory + "/" + std::string(12 - digits.size(), '0') + digits + ".log";
  }
  std::string content(const std::string& path) { return io::read_file(*disk_, path).value(); }
  void put(const std::string& path, const std::string& bytes) {
    ASSERT_TRUE((*disk_->open(path, io::OpenMode::kCreate, false))->write_at(0, bytes));
  }
  void ruin(const std::string& path, std::size_t offset) {
    for (std::size_t i = 0; i < 8; ++i) disk_->flip_bit(path, offset + i, 0);
  }

  std::unique_ptr<sim::SimDisk> disk_;
  std::unique_ptr<Log> log_;
  std::vector<std::string> written_;
  std::vector<LogPosition> ends_;
  std::size_t acknowledged_ = 0;
  std::size_t first_kept_ = 0;
  LogPosition cut_ = 0;
  std::vector<std::string> damage_;
};

TEST_F(LogTest, power_loss_at_any_step_of_going_on_in_a_spare_loses_nothing) {
  constexpr std::uint64_t kSeeds = 20;
  constexpr std::uint64_t kStepsMax = 10;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (std::uint64_t step = 1; step <= kStepsMax; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      use_disk(seed);
      come_to_a_roll_into_a_spare();
      disk_->set_crash_at(disk_->steps() + step);
      while (!disk_->dead() && write()) {
      }
      log_.reset();
      disk_->crash();
      expect_what_was_acknowledged(open());
      ASSERT_TRUE(write());
      expect_what_was_acknowledged(open());
      if (HasFailure()) return;
    }
  }
}

TEST_F(LogTest, a_failure_while_going_on_in_a_spare_leaves_a_log_that_goes_on) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    use_disk(seed);
    come_to_a_roll_into_a_spare();
    disk_->set_failures_per_mille(300);
    const auto frame = log_->reserve(kPayloadBytes);
    disk_->set_failures_per_mille(0);
    if (!frame && frame.error().code != ErrorCode::kIo) ASSERT_TRUE(write());
    // With kIo its owner ends; in any case what was acknowledged is there.
    log_.reset();
    expect_what_was_acknowledged(open());
    ASSERT_TRUE(write());
    expect_what_was_acknowledged(open());
    if (HasFailure()) return;
  }
}

TEST_F(LogTest, a_file_that_cannot_be_made_refuses_its_frame_and_the_log_goes_on) {
  bool made = false;
  for (std::uint64_t step = 1; !made; ++step) {  // of opening, zeroing, the header and its sync
    SCOPED_TRACE("step " + std::to_string(step));
    ASSERT_LT(step, 10U);
    use_disk(step);
    ASSERT_TRUE(open().empty());
    fill_file();
    disk_->set_failure_at(disk_->steps() + step);
    const auto frame = log_->reserve(kPayloadBytes);
    made = disk_->exists(path(2)) || (!frame && frame.error().code == ErrorCode::kIo);
    if (made) {
      EXPECT_EQ(step, 5U);  // the change of the name
      continue;
    }
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(disk_->list(kDirectory)->size(), 1U);
    fill_file();
    log_.reset();
    disk_->crash();
    expect_what_was_acknowledged(open());
    if (HasFailure()) return;
  }
}

TEST(LogOnPosixDiskTest, a_limit_on_open_files_refuses_what_needs_another_and_the_log_goes_on) {
  std::string name = (std::filesystem::temp_directory_path() / "headrace-log-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  io::PosixDisk disk;
  Log log(disk, {.directory = name,
                 .file_bytes = kFileBytes,
                 .first_file_bytes = kFileBytes,
                 .bytes_max = 4 * kFileBytes});
  ASSERT_TRUE(log.open(0, [](LogPosition, std::string_view) -> Status { return {}; }));
  const std::size_t payload = kFileBytes / 2;  // each frame takes a file of its own
  ASSERT_TRUE(log.reserve(payload));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = log.reserve(payload);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(log.prepare_spare());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto in_the_spare = log.reserve(payload);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(in_the_spare) << in_the_spare.error().message;
  std::filesystem::remove_all(name);
}

// As versions left it that gave a spare its name before its header.
TEST_F(LogTest, a_file_with_the_header_of_another_number_hides_nothing) {
  use_disk(1);
  ASSERT_TRUE(open().empty());
  fill_file();
  const std::string old = content(path(1));
  fill_file();
  fill_file();
  cut_all();
  fill_file();
  log_.reset();
  for (std::uint64_t number = 1; number < 9; ++number) {
    if (!disk_->exists(path(number))) continue;
    if (disk_->exists(path(number + 1))) continue;
    put(path(number + 1), old);
    break;
  }
  expect_what_was_acknowledged(open());
  ASSERT_TRUE(write());
  expect_what_was_acknowledged(open());
}

TEST_F(LogTest, a_file_that_was_set_aside_stays_and_changes_nothing_for_the_others) {
  use_disk(1);
  ASSERT_TRUE(open().empty());
  for (int i = 0; i < 3; ++i) fill_file();
  ruin(path(2), 0);
  ruin(path(2), kFrameAlignment);
  log_.reset();
  open();
  EXPECT_FALSE(damage_.empty());
  const std::string aside = kDirectory + "/damaged-000000000002.log";
  EXPECT_TRUE(disk_->exists(aside));
  // What a start that lost power has left: a last file without a header.
  put(path(7), std::string(kFileBytes, '\0'));
  open();
  EXPECT_TRUE(disk_->exists(aside));
  EXPECT_EQ(disk_->list(kDirectory).value().back(), "damaged-000000000002.log");
  for (const std::string& line : damage_) EXPECT_EQ(line.find("set aside"), line.npos) << line;
}

TEST_F(LogTest, the_last_file_is_set_aside_and_told_when_its_place_is_damaged) {
  use_disk(1);
  ASSERT_TRUE(open().empty());
  fill_file();
  const std::size_t before = written_.size();
  ASSERT_TRUE(write());
  log_.reset();
  ruin(path(2), 0);
  ruin(path(2), kFrameAlignment);
  EXPECT_EQ(open().size(), before);
  ASSERT_EQ(damage_.size(), 1U);
  EXPECT_NE(damage_[0].find(path(2)), std::string::npos) << damage_[0];
  EXPECT_TRUE(disk_->exists(kDirectory + "/damaged-000000000002.log"));
}

TEST_F(LogTest, a_cut_takes_each_file_that_can_be_whatever_happens_to_another) {
  for (const std::uint64_t step : {1UL, 2UL}) {  // a file that becomes spare, one that is removed
    SCOPED_TRACE("step " + std::to_string(step));
    use_disk(1);
    ASSERT_TRUE(open().empty());
    for (int i = 0; i < 3; ++i) fill_file();
    ASSERT_TRUE(write());
    ASSERT_TRUE(log_->prepare_spare());
    disk_->set_failure_at(disk_->steps() + step);
    cut_ = ends_.back();
    EXPECT_EQ(log_->cut(cut_).has_value(), step == 1);
    EXPECT_EQ(disk_->exists(path(2)), step == 2);
    EXPECT_FALSE(disk_->exists(path(3)));
    EXPECT_EQ(disk_->list(kDirectory)->size(), step == 2 ? 4U : 3U);
    first_kept_ = acknowledged_;
    ASSERT_TRUE(write());
    expect_what_was_acknowledged(open());
  }
}

TEST_F(LogTest, frames_are_read_where_the_header_is_damaged_and_the_file_before_it_is_empty) {
  use_disk(1);
  ASSERT_TRUE(open().empty());
  ASSERT_TRUE(open().empty());  // leaves a file without frames
  ASSERT_TRUE(write());
  log_.reset();
  ruin(path(2), 0);
  EXPECT_EQ(open().size(), 1U);
  EXPECT_EQ(damage_.size(), 1U);
}

}  // namespace
}  // namespace headrace::storage
