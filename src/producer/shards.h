// The shards of a stream, and which of them may be read next.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "producer/aggregation.h"
#include "wire/value.h"

namespace headrace::producer {

struct Shard {
  std::vector<std::string> parents;
  HashKeyRange range;
  bool open = true;
  bool from_start = false;  // appeared while others were read: all of it is wanted
  enum class Progress { kWaiting, kReading, kAtTip, kDone };
  Progress progress = Progress::kWaiting;
  // All up to this sequence number has been taken; empty: nothing has.
  std::string last;
  bool asked = false;              // for a position in it
  std::optional<WallTime> newest;  // arrival of the last record that was taken
  std::optional<WallTime> until;   // what arrived later was not there when its reading began
};

// A shard begins once its parents have been read to their ends, so what a key's records say stays
// in order over splits and merges.
class Shards {
 public:
  // Adds what `answer`, of ListShards, lists and is not here yet. kMalformedHttp.
  Status add_listed(const wire::Value& answer, bool from_start);
  // The ChildShards of a shard that was read to its end, in what said so; there may be none.
  void add_children(const wire::Value& answer);
  // Ids of those that wait for nothing any more; they count as being read from here on.
  std::vector<std::string> begin();

  // The shard is known. References stay good.
  Shard& at(const std::string& id) { return shards_.at(id); }
  const Shard& at(const std::string& id) const { return shards_.at(id); }
  std::map<std::string, Shard>& all() { return shards_; }

 private:
  bool may_begin(const Shard& shard) const;

  std::map<std::string, Shard> shards_;
};

}  // namespace headrace::producer
