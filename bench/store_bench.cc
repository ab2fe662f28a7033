// How much of the processor a commit takes, without any network: store_bench DIRECTORY [IN_FLIGHT
// [RECORDS [SECONDS]]] appends batches of 100-byte records to four lanes and prints one line.

#include <sys/resource.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <semaphore>
#include <string>

#include "io/posix_disk.h"
#include "io/system_clock.h"
#include "storage/store.h"

namespace {

using headrace::storage::RecordBatch;

constexpr std::uint32_t kLanes = 4;
constexpr std::size_t kDataBytes = 100;
constexpr const char* kKey = "key-12345678";

double microseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

double processor_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

std::shared_ptr<RecordBatch> make_batch(std::size_t records,
                                        std::array<std::uint64_t, kLanes>& next) {
  const std::string data(kDataBytes, 'x');
  auto batch = std::make_shared<RecordBatch>(records * (kDataBytes + 16), records);
  for (std::size_t i = 0; i < records; ++i) {
    batch->add(kKey, data);
    batch->set_lane(i, static_cast<std::uint32_t>(i) % kLanes);
  }
  batch->stream = 1;
  batch->arrival_ms = 1'767'225'600'000;
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    const auto count = static_cast<std::uint32_t>((records + kLanes - 1 - lane) / kLanes);
    if (count == 0) continue;
    batch->runs.push_back({lane, next[lane], count});
    next[lane] += count;
  }
  return batch;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2)
    return std::fputs("store_bench DIRECTORY [IN_FLIGHT [RECORDS [SECONDS]]]\n", stderr);
  const std::string directory = std::string(argv[1]) + "/store_bench";
  const int in_flight = argc > 2 ? std::atoi(argv[2]) : 16;
  const auto records = static_cast<std::size_t>(argc > 3 ? std::atoi(argv[3]) : 500);
  const int seconds = argc > 4 ? std::atoi(argv[4]) : 4;
  headrace::io::PosixDisk disk;
  headrace::io::SystemClock clock;
  {
    auto store =
        headrace::storage::Store::open(disk, clock, {.directory = directory, .schemas = {}});
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str());
    std::array<std::uint64_t, kLanes> next{};
    std::atomic<std::uint64_t> done = 0;
    std::counting_semaphore<1024> room(in_flight);
    const double before = processor_time();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (std::chrono::steady_clock::now() < end) {
      room.acquire();
      (*store)->submit({.records = make_batch(records, next)}, [&](auto outcome) {
        if (outcome) ++done;
        room.release();
      });
    }
    for (int i = 0; i < in_flight; ++i) room.acquire();
    const double count = static_cast<double>(done);
    std::printf("%d in flight, %zu records each: %.0f commits/s, %.2f M records/s, %.1f us CPU\n",
                in_flight, records, count / seconds,
                count * static_cast<double>(records) / seconds / 1e6,
                (processor_time() - before) / count);
  }
  std::filesystem::remove_all(directory);
  return 0;
}
