// Reads every shard of a stream in order, asking for records.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "producer/aws_client.h"
#include "producer/consume_options.h"
#include "producer/event.h"
#include "producer/record_taker.h"
#include "producer/retrying_client.h"
#include "producer/shards.h"
#include "wire/value.h"

namespace headrace::producer {

// Shards that are open take turns. Lives on its client's executor.
class Consumer {
 public:
  using Options = ConsumeOptions;

  Consumer(AwsClient& client, Options options, Clock& clock, Random& random, TakeRecord take);

  // Returns at the end, after stop(), when `take` has enough, or with what cannot be helped. The
  // client's connection is closed by then.
  boost::asio::awaitable<Status> run();
  // On the executor's thread.
  void stop();
  const RecordTaker::Counts& counts() const { return taker_.counts(); }

 private:
  struct Reading {
    std::string iterator;  // empty: to be had
    MonotonicTime next_read = {};
  };
  // Shards to read now; if there are none, when there will be. Neither: the end.
  struct Due {
    std::vector<std::string> now;
    std::optional<MonotonicTime> earliest;
  };

  boost::asio::awaitable<Status> read_all();
  boost::asio::awaitable<Status> find_shards();
  Due due();
  boost::asio::awaitable<Status> get_iterator(std::string id);
  boost::asio::awaitable<Status> read(std::string id);
  boost::asio::awaitable<Status> take(std::string id, const wire::Value& answer);
  std::string iterator_request(const std::string& id);

  AwsClient& client_;
  Options options_;
  Clock& clock_;
  Event stop_event_;
  bool stopped_ = false;
  RetryingClient calls_;
  RecordTaker taker_;
  WallTime began_ = {};  // by the server's clock
  Shards shards_;
  std::map<std::string, Reading> readings_;  // those that have begun
};

}  // namespace headrace::producer
