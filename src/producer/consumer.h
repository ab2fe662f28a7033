// Reads every shard of a stream in order.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "producer/aws_client.h"
#include "producer/event.h"
#include "wire/value.h"

namespace headrace::producer {

// Views die with the call that hands them out.
struct ConsumedRecord {
  std::string_view shard_id;
  std::string_view sequence_number;
  std::string_view partition_key;
  WallTime arrival;
  std::string_view data;
};

// A shard begins once its parents have been read to their ends, so what a key's records say stays
// in order over splits and merges. Shards that are open take turns. Lives on its client's executor.
class Consumer {
 public:
  struct Options {
    std::string stream;  // name or ARN
    enum class From { kTrimHorizon, kLatest, kTime };
    From from = From::kTrimHorizon;
    WallTime time = {};                   // kTime
    bool follow = false;                  // otherwise the end is the tip of every shard
    std::chrono::milliseconds poll{250};  // between reads of one shard; 5 a second are allowed
    std::chrono::milliseconds backoff_base{100};
    std::chrono::milliseconds backoff_max{5'000};
    std::chrono::milliseconds give_up_after{300'000};  // of failures in a row
  };
  // False: enough.
  using Take = std::function<bool(const ConsumedRecord&)>;

  Consumer(AwsClient& client, Options options, Clock& clock, Random& random, Take take);

  // Returns at the end, after stop(), when `take` has enough, or with what cannot be helped. The
  // client's connection is closed by then.
  boost::asio::awaitable<Status> run();
  // On the executor's thread.
  void stop();
  std::uint64_t records() const { return records_; }

 private:
  enum class Progress { kWaiting, kReading, kAtTip, kDone };
  struct Shard {
    std::vector<std::string> parents;
    bool open = true;
    Progress progress = Progress::kWaiting;
    bool from_start = false;  // appeared while its parents were read
    std::string iterator;     // empty: to be had
    std::string last;         // sequence number of the last record
    MonotonicTime next_read = {};
  };

  boost::asio::awaitable<Status> read_all();
  boost::asio::awaitable<Status> find_shards(bool first);
  Status add_shards(const wire::Value& answer, bool first);
  bool may_begin(const Shard& shard) const;
  boost::asio::awaitable<Status> get_iterator(std::string id);
  boost::asio::awaitable<Status> read(std::string id);
  Status take_records(const std::string& id, Shard& shard, const wire::Value& answer);
  boost::asio::awaitable<Result<Answer>> call(std::string operation, std::string body);
  std::string iterator_request(const std::string& id, const Shard& shard) const;

  AwsClient& client_;
  Options options_;
  Clock& clock_;
  Random& random_;
  Take take_;
  Event stop_event_;
  bool stopped_ = false;
  std::map<std::string, Shard> shards_;
  std::uint64_t records_ = 0;
};

}  // namespace headrace::producer
