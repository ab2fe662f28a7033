// Reads every shard of a stream in order, by enhanced fan-out: records are pushed as they come.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "producer/aws_client.h"
#include "producer/consume_options.h"
#include "producer/event.h"
#include "producer/record_taker.h"
#include "producer/retrying_client.h"
#include "producer/settings.h"
#include "producer/shards.h"
#include "wire/event_stream.h"

namespace headrace::producer {

// Registers its consumer unless it is there, and leaves it registered. Each shard that is open has
// a subscription, and so a connection, of its own; after its five minutes comes the next, from
// where it ended. Lives on `executor`, which has one thread.
class FanOutConsumer {
 public:
  FanOutConsumer(boost::asio::any_io_executor executor, Settings settings, ConsumeOptions options,
                 Clock& clock, Random& random, TakeRecord take);

  // Returns at the end, after stop(), when `take` has enough, or with what cannot be helped. Every
  // connection is closed by then.
  boost::asio::awaitable<Status> run();
  // On the executor's thread.
  void stop();
  const RecordTaker::Counts& counts() const { return taker_.counts(); }

 private:
  // What one subscription has said.
  struct Heard {
    wire::EventStreamReader reader;
    bool events = false;
    Answer exception;  // code is empty: none
    Status status;     // what was said makes no sense
  };
  enum class Next { kNow, kLater };

  boost::asio::awaitable<Status> activate();
  boost::asio::awaitable<Status> register_consumer(Backoff* backoff);
  boost::asio::awaitable<Status> read_all();
  boost::asio::awaitable<void> follow(std::string id);
  boost::asio::awaitable<Status> subscribe(std::string id, AwsClient& client);
  std::string request(const std::string& id);
  // False: nothing more is wanted of this subscription.
  bool hear(std::string_view piece, const std::string& id, Heard& heard);
  bool hear_message(const wire::EventMessage& message, const std::string& id, Heard& heard);
  bool hear_event(const wire::Value& event, const std::string& id, Heard& heard);
  Result<Next> judge(const Result<Answer>& answer, const Heard& heard) const;

  boost::asio::any_io_executor executor_;
  Settings settings_;
  ConsumeOptions options_;
  Clock& clock_;
  Random& random_;
  Event stop_event_;
  Event changed_;  // a shard was read to its end, or its reading is over
  bool stopped_ = false;
  AwsClient client_;
  RetryingClient calls_;
  RecordTaker taker_;
  WallTime began_ = {};  // by the server's clock
  std::string stream_arn_;
  std::string consumer_arn_;
  Shards shards_;
  std::set<AwsClient*> subscriptions_;
  std::size_t running_ = 0;  // follow()s
  bool unlisted_ = false;    // a shard has ended since shards were listed
  Status outcome_;
};

}  // namespace headrace::producer
