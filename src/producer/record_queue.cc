#include "producer/record_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace headrace::producer {

void RecordQueue::push(Record record) {
  bytes_ += record.size();
  if (record.ordered) {
    const auto [line, is_new] = busy_.try_emplace(record.key);
    if (!is_new) {
      line->second.records.push_back(std::move(record));
      ++blocked_;
      return;
    }
  }
  ready_.push_back(std::move(record));
}

void RecordQueue::take(std::size_t count, std::size_t bytes, std::vector<Record>& out) {
  for (; count > 0 && !ready_.empty(); --count) {
    const std::size_t size = ready_.front().size();
    if (size > bytes && !out.empty()) return;
    bytes -= std::min(size, bytes);
    out.push_back(std::move(ready_.front()));
    ready_.pop_front();
  }
}

void RecordQueue::done(const Record& record) {
  CHECK(bytes_ >= record.size());
  bytes_ -= record.size();
  if (!record.ordered) return;
  const auto found = busy_.find(record.key);
  CHECK(found != busy_.end());
  Line& line = found->second;
  if (line.first == line.records.size()) {
    busy_.erase(found);
    return;
  }
  ready_.push_back(std::move(line.records[line.first]));
  ++line.first;
  --blocked_;
  // What was moved from is dropped in big steps, so that a long line costs no quadratic copying.
  if (line.first * 2 >= line.records.size() && line.first >= 64) {
    line.records.erase(line.records.begin(),
                       std::next(line.records.begin(), static_cast<std::ptrdiff_t>(line.first)));
    line.first = 0;
  }
}

}  // namespace headrace::producer
