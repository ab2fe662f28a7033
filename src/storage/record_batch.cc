#include <cstring>

#include "base/check.h"
#include "storage/encoding.h"
#include "storage/record.h"

namespace headrace::storage {

RecordBatch::RecordBatch(std::size_t bytes_max, std::size_t records_max)
    : capacity_(bytes_max + records_max * kHeaderBytes) {
  CHECK(capacity_ < UINT32_MAX);
  arena_ = std::make_unique_for_overwrite<char[]>(capacity_);
  offsets_.reserve(records_max);
}

char* RecordBatch::begin() {
  CHECK(used_ + kHeaderBytes <= capacity_);
  return arena_.get() + used_ + kHeaderBytes;
}

void RecordBatch::end(std::size_t data_size, std::string_view key) {
  CHECK(used_ + kHeaderBytes + data_size + key.size() <= capacity_);
  CHECK(key.size() <= UINT16_MAX);  // what a segment has room for
  char* header = arena_.get() + used_;
  store<std::uint32_t>(header, kNoLane);
  store<std::uint32_t>(header + 4, static_cast<std::uint32_t>(key.size()));
  store<std::uint32_t>(header + 8, static_cast<std::uint32_t>(data_size));
  store<std::uint32_t>(header + 12, 0);
  key.copy(header + kHeaderBytes + data_size, key.size());
  offsets_.push_back(static_cast<std::uint32_t>(used_));
  used_ += kHeaderBytes + data_size + key.size();
}

void RecordBatch::add(std::string_view key, std::string_view data) {
  CHECK(used_ + kHeaderBytes + data.size() + key.size() <= capacity_);
  data.copy(begin(), data.size());
  end(data.size(), key);
}

void RecordBatch::encode_head(std::string& out) const {
  put<std::uint64_t>(out, stream);
  put<std::uint64_t>(out, static_cast<std::uint64_t>(arrival_ms));
  put<std::uint32_t>(out, static_cast<std::uint32_t>(runs.size()));
  for (const Run& run : runs) {
    put<std::uint32_t>(out, run.lane);
    put<std::uint64_t>(out, run.first);
    put<std::uint32_t>(out, run.count);
  }
  put<std::uint32_t>(out, static_cast<std::uint32_t>(offsets_.size()));
  put<std::uint32_t>(out, static_cast<std::uint32_t>(used_));
}

Result<std::shared_ptr<RecordBatch>> RecordBatch::parse(std::string_view payload) {
  Decoder in(payload);
  const auto stream = in.get<std::uint64_t>();
  const auto arrival = in.get<std::uint64_t>();
  std::vector<Run> runs;
  const auto run_count = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < run_count && in.ok(); ++i) {
    Run run{};
    run.lane = in.get<std::uint32_t>();
    run.first = in.get<std::uint64_t>();
    run.count = in.get<std::uint32_t>();
    runs.push_back(run);
  }
  const auto records = in.get<std::uint32_t>();
  const std::string_view arena = in.bytes();
  if (!in.at_end() || arena.size() / kHeaderBytes < records) {
    return fail(ErrorCode::kCorruption, "a batch of records does not parse");
  }
  auto batch = std::make_shared<RecordBatch>(arena.size() - records * kHeaderBytes, records);
  batch->stream = stream;
  batch->arrival_ms = static_cast<std::int64_t>(arrival);
  batch->runs = std::move(runs);
  Decoder rest(arena);
  for (std::uint32_t i = 0; i < records; ++i) {
    const auto lane = rest.get<std::uint32_t>();
    const auto key_size = rest.get<std::uint32_t>();
    const auto data_size = rest.get<std::uint32_t>();
    const auto mark = rest.get<std::uint32_t>();
    const std::string_view data = rest.take(data_size);
    const std::string_view key = rest.take(key_size);
    const bool whole = rest.ok() && key_size <= UINT16_MAX && mark <= UINT16_MAX;
    if (!whole) return fail(ErrorCode::kCorruption, "a record does not parse");
    batch->add(key, data);
    batch->set_lane(i, lane);
    batch->set_mark(i, static_cast<Mark>(mark));
  }
  if (!rest.at_end()) return fail(ErrorCode::kCorruption, "a batch of records has extra bytes");
  return batch;
}

}  // namespace headrace::storage
