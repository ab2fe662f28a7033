// A segment with any of its bytes changed: opening and reading it never crash, no record comes back
// other than it was written, and none is missing without a word.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/check.h"
#include "sim/sim_disk.h"
#include "storage/segment.h"

namespace {

using namespace headrace;

constexpr std::uint64_t kBlocks = 3;
constexpr std::uint64_t kRecordsInBlock = 4;
constexpr const char* kPath = "segment";

std::string data_of(std::uint64_t number) { return std::string(number * 7, 'd'); }

std::uint64_t write_segment(sim::SimDisk& disk) {
  auto segment = storage::Segment::create(disk, kPath, 1);
  CHECK(segment.has_value());
  std::uint64_t number = 0;
  storage::AlignedBuffer run;
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    storage::BlockBuilder builder(0, run);
    for (std::uint64_t k = 0; k < kRecordsInBlock; ++k, ++number) {
      builder.add({number, static_cast<std::int64_t>(number), "key", data_of(number)});
    }
    (*segment)->stage(builder);
    // The first run ends with padding, the second has two blocks.
    if (i == 0) {
      CHECK((*segment)->write(run).has_value());
      run.clear();
    }
  }
  CHECK((*segment)->write(run).has_value());
  return (*segment)->length();
}

}  // namespace

// Four bytes for each change: where (two), and two bits to invert there.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sim::SimDisk disk(1);
  const std::uint64_t length = write_segment(disk);
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    const std::uint64_t at = (data[i] | (std::uint64_t{data[i + 1]} << 8)) % length;
    disk.flip_bit(kPath, at, data[i + 2] % 8);
    disk.flip_bit(kPath, at, data[i + 3] % 8);
  }
  const auto segment = storage::Segment::open(disk, kPath, length);
  if (!segment) return 0;
  bool damaged = !(*segment)->damage().empty();
  std::uint64_t found = 0;
  for (const storage::BlockInfo& block : (*segment)->blocks()) {
    std::string memory;
    const auto read = (*segment)->read_block(block, memory, [&](const storage::RecordView& record) {
      CHECK(record.number < kBlocks * kRecordsInBlock && record.key == "key");
      CHECK(record.data == data_of(record.number));
      CHECK(record.arrival_ms == static_cast<std::int64_t>(record.number));
      ++found;
      return true;
    });
    damaged = damaged || !read;
  }
  CHECK(damaged || found == kBlocks * kRecordsInBlock);
  return 0;
}
