// Records on their way to a stream, in an order that keeps each partition key's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace headrace::producer {

struct Record {
  std::string data;
  std::string key;
  // The key is the user's: records of it must arrive in order. Random keys are used once.
  bool ordered = false;
  bool tried = false;
  MonotonicTime first_failure = {};  // once tried

  std::size_t size() const { return data.size() + key.size(); }
};

// At most one record of an ordered key is out at a time, so none can overtake another, whatever
// becomes of it: PutRecords itself promises no order among the records of one call. Not
// thread-safe.
class RecordQueue {
 public:
  void push(Record record);
  // Moves up to `count` records of together at most `bytes` behind those in `out`; into an empty
  // one the first fits whatever its size.
  void take(std::size_t count, std::size_t bytes, std::vector<Record>& out);
  // A record that was taken has arrived or is given up: the next of its key is ready.
  void done(const Record& record);

  std::size_t ready() const { return ready_.size(); }
  std::size_t blocked() const { return blocked_; }  // behind one of the same key
  std::size_t bytes() const { return bytes_; }      // pushed and not done

 private:
  struct Line {
    std::vector<Record> records;
    std::size_t first = 0;
  };
  std::deque<Record> ready_;
  std::unordered_map<std::string, Line> busy_;  // keys with a record ready or out
  std::size_t blocked_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace headrace::producer
