#include "producer/fan_out_consumer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "producer/describe_stream.h"
#include "producer/json_members.h"
#include "producer/list_shards.h"
#include "producer/position.h"
#include "wire/aws_json.h"

namespace headrace::producer {
namespace {

constexpr std::string_view kNotFound = "ResourceNotFoundException";
constexpr std::string_view kInUse = "ResourceInUseException";
constexpr std::string_view kInternal = "InternalFailureException";

using From = ConsumeOptions::From;
using Progress = Shard::Progress;

// An exception or error message of a stream, as an answer would have said it.
Answer exception_of(const wire::EventMessage& message) {
  Answer answer;
  if (message.text(":message-type") == "exception") {
    answer.code = message.text(":exception-type");
    const Result<wire::Value> payload = wire::parse_json(message.payload);
    if (payload) answer.message = text_of(*payload, "message");
    answer.status = answer.code == kInternal ? 500 : 400;
  } else {
    answer.code = message.text(":error-code");
    answer.message = message.text(":error-message");
    answer.status = 500;
  }
  if (answer.code.empty()) answer.code = kInternal;
  return answer;
}

}  // namespace

FanOutConsumer::FanOutConsumer(boost::asio::any_io_executor executor, Settings settings,
                               ConsumeOptions options, Clock& clock, Random& random,
                               TakeRecord take)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      stop_event_(clock),
      changed_(clock),
      client_(executor_, settings_, clock),
      calls_(client_, options_.patience, clock, random, stop_event_, options_.warn),
      taker_(std::move(take), !options_.aggregated) {}

void FanOutConsumer::stop() {
  stopped_ = true;
  calls_.stop();
  client_.close();
  for (AwsClient* each : subscriptions_) each->close();
  stop_event_.notify();
  changed_.notify();
}

boost::asio::awaitable<Status> FanOutConsumer::run() {
  Status status = co_await activate();
  if (status && !stopped_) status = co_await read_all();
  // What fails because it was stopped is no failure; outcome_ says why a subscription stopped it.
  if (stopped_) status = {};
  stop();
  while (running_ > 0) co_await changed_.wait();
  client_.close();
  co_return status ? std::move(outcome_) : std::move(status);
}

// Until the consumer can be subscribed with.
boost::asio::awaitable<Status> FanOutConsumer::activate() {
  CO_ASSIGN_OR_RETURN(const StreamSummary summary,
                      co_await describe_stream(calls_, options_.stream, clock_));
  if (summary.arn.empty()) {
    co_return fail(ErrorCode::kAccessDenied, "DescribeStreamSummary is not permitted");
  }
  began_ = summary.now;
  if (!summary.by_hash_key) taker_.expect_any_key();
  stream_arn_ = summary.arn;
  const std::string body = "{" + json_member("StreamARN", stream_arn_).substr(1) +
                           json_member("ConsumerName", options_.consumer) + "}";
  Backoff backoff(options_.patience, clock_, random_);
  while (!stopped_) {
    std::string sent = body;
    CO_ASSIGN_OR_RETURN(const Answer answer,
                        co_await calls_.call("DescribeStreamConsumer", std::move(sent)));
    if (answer.code == kNotFound) {
      CO_RETURN_IF_ERROR(co_await register_consumer(&backoff));
      continue;
    }
    if (!answer.ok()) co_return refused(answer);
    CO_ASSIGN_OR_RETURN(const wire::Value value, parse_answer(answer.body));
    const wire::Value* consumer = value.find("ConsumerDescription");
    if (consumer != nullptr && text_of(*consumer, "ConsumerStatus") == "ACTIVE") {
      consumer_arn_ = text_of(*consumer, "ConsumerARN");
      co_return Status{};
    }
    co_await stop_event_.wait(clock_.monotonic_now() + options_.poll);
  }
  co_return Status{};
}

// That it is there by now is one of the answers to try again after.
boost::asio::awaitable<Status> FanOutConsumer::register_consumer(Backoff* backoff) {
  std::string body = "{" + json_member("StreamARN", stream_arn_).substr(1) +
                     json_member("ConsumerName", options_.consumer) + "}";
  const Result<Answer> answer = co_await client_.call("RegisterStreamConsumer", std::move(body));
  if (answer && answer->ok()) co_return Status{};
  const bool again = !stopped_ && (!answer || remedy(*answer) == Remedy::kRetry);
  if (again && !backoff->exhausted()) {
    if (answer) calls_.warn_of(*answer);
    co_await stop_event_.wait(backoff->next());
    co_return Status{};
  }
  if (!answer) co_return std::unexpected(answer.error());
  co_return refused(*answer);
}

boost::asio::awaitable<Status> FanOutConsumer::read_all() {
  CO_RETURN_IF_ERROR(co_await list_shards(calls_, options_.stream, shards_, false));
  for (auto& [id, shard] : shards_.all()) {
    // Nothing of a closed shard is later than now.
    if (!shard.open && options_.from == From::kLatest) shard.progress = Progress::kDone;
  }
  while (!stopped_) {
    // As well as the children that were named: of a merge, they do not say where its other parents
    // come from. While one list comes another shard may end, and name children that are not in it.
    while (!stopped_ && std::exchange(unlisted_, false)) {
      CO_RETURN_IF_ERROR(co_await list_shards(calls_, options_.stream, shards_, true));
    }
    if (stopped_) break;
    for (std::string& id : shards_.begin()) {
      ++running_;
      boost::asio::co_spawn(executor_, follow(std::move(id)), boost::asio::detached);
    }
    if (unlisted_) continue;
    if (running_ == 0) break;
    co_await changed_.wait();
  }
  co_return Status{};
}

boost::asio::awaitable<void> FanOutConsumer::follow(std::string id) {
  AwsClient client(executor_, settings_, clock_);
  subscriptions_.insert(&client);
  Status status = co_await subscribe(id, client);
  client.close();
  subscriptions_.erase(&client);
  if (!status && !stopped_) {
    outcome_ = std::move(status);
    stop();
  }
  unlisted_ = unlisted_ || shards_.at(id).progress == Progress::kDone;
  --running_;
  changed_.notify();
}

std::string FanOutConsumer::request(const std::string& id) {
  const Position position = next_position(shards_.at(id), options_, began_);
  return "{" + json_member("ConsumerARN", consumer_arn_).substr(1) + json_member("ShardId", id) +
         ",\"StartingPosition\":{" + position.members("Type", "SequenceNumber").substr(1) + "}}";
}

// One subscription after the other, until the shard's end or its tip.
boost::asio::awaitable<Status> FanOutConsumer::subscribe(std::string id, AwsClient& client) {
  Backoff backoff(options_.patience, clock_, random_);
  while (!stopped_ && shards_.at(id).progress == Progress::kReading) {
    Heard heard;
    http::ClientBodySink sink = [this, &id, &heard](std::string_view piece) {
      return hear(piece, id, heard);
    };
    std::string body = request(id);
    const Result<Answer> answer =
        co_await client.call("SubscribeToShard", std::move(body), std::move(sink));
    if (stopped_ || shards_.at(id).progress != Progress::kReading) break;
    CO_ASSIGN_OR_RETURN(const Next next, judge(answer, heard));
    if (heard.events) backoff.reset();
    if (next == Next::kNow) continue;
    if (backoff.exhausted()) {
      if (!answer) co_return std::unexpected(answer.error());
      co_return refused(answer->ok() ? heard.exception : *answer);
    }
    if (answer) calls_.warn_of(answer->ok() ? heard.exception : *answer);
    co_await stop_event_.wait(backoff.next());
  }
  co_return Status{};
}

// Whether to subscribe again; the error of what does not get better.
Result<FanOutConsumer::Next> FanOutConsumer::judge(const Result<Answer>& answer,
                                                   const Heard& heard) const {
  if (!heard.status) return std::unexpected(heard.status.error());
  if (!answer) return Next::kLater;
  if (!answer->ok()) {
    if (remedy(*answer) != Remedy::kRetry) return refused(*answer);
    return Next::kLater;
  }
  if (heard.exception.ok()) {
    // The end of its time, unless it said nothing at all.
    return heard.events && heard.reader.at_end() ? Next::kNow : Next::kLater;
  }
  // Another subscribed as this consumer: to take the shard back would only go to and fro.
  if (heard.exception.code == kInUse || remedy(heard.exception) != Remedy::kRetry) {
    return refused(heard.exception);
  }
  return Next::kLater;
}

bool FanOutConsumer::hear(std::string_view piece, const std::string& id, Heard& heard) {
  heard.reader.add(piece);
  while (!stopped_) {
    auto message = heard.reader.next();
    if (!message) {
      heard.status = std::unexpected(std::move(message).error());
      return false;
    }
    if (!*message) return true;
    if (!hear_message(**message, id, heard)) return false;
  }
  return false;
}

bool FanOutConsumer::hear_message(const wire::EventMessage& message, const std::string& id,
                                  Heard& heard) {
  if (message.text(":message-type") != "event") {
    heard.exception = exception_of(message);
    return false;
  }
  if (message.text(":event-type") != "SubscribeToShardEvent") return true;
  const Result<wire::Value> event = parse_answer(message.payload);
  if (!event) {
    heard.status = std::unexpected(event.error());
    return false;
  }
  return hear_event(*event, id, heard);
}

bool FanOutConsumer::hear_event(const wire::Value& event, const std::string& id, Heard& heard) {
  Shard& shard = shards_.at(id);
  heard.events = true;
  const Result<bool> more = taker_.take(id, shard, event);
  if (!more) {
    heard.status = std::unexpected(more.error());
    return false;
  }
  if (!*more) {
    stop();
    return false;
  }
  std::string last = text_of(event, "ContinuationSequenceNumber");
  if (last.empty()) {
    shard.progress = Progress::kDone;
    shards_.add_children(event);
    return false;
  }
  shard.last = std::move(last);
  // A closed shard has no tip: its end is still to be told, and its children come after.
  if (!options_.follow && shard.open && caught_up(shard, event, began_)) {
    shard.progress = Progress::kAtTip;
    return false;
  }
  return true;
}

}  // namespace headrace::producer
