#include "services/kinesis/call_rates.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "streams/rate.h"
#include "streams/resource.h"

namespace headrace::services::kinesis {
namespace {

enum class Scope { kAccount, kStream };

struct CallLimit {
  std::string_view operation;
  Scope scope;
  std::int64_t per_second;
};

// The data plane has limits of its own, by shards.
constexpr CallLimit kLimits[] = {
    {"AddTagsToStream", Scope::kAccount, 5},
    {"CreateStream", Scope::kAccount, 5},
    {"DecreaseStreamRetentionPeriod", Scope::kStream, 5},
    {"DeleteResourcePolicy", Scope::kAccount, 5},
    {"DeleteStream", Scope::kAccount, 5},
    {"DeregisterStreamConsumer", Scope::kStream, 5},
    {"DescribeAccountSettings", Scope::kAccount, 5},
    {"DescribeLimits", Scope::kAccount, 1},
    {"DescribeStream", Scope::kAccount, 10},
    {"DescribeStreamConsumer", Scope::kStream, 20},
    {"DescribeStreamSummary", Scope::kAccount, 20},
    {"DisableEnhancedMonitoring", Scope::kStream, 5},
    {"EnableEnhancedMonitoring", Scope::kStream, 5},
    {"GetResourcePolicy", Scope::kAccount, 5},
    {"IncreaseStreamRetentionPeriod", Scope::kStream, 5},
    {"ListShards", Scope::kStream, 1000},
    {"ListStreamConsumers", Scope::kStream, 5},
    {"ListStreams", Scope::kAccount, 5},
    {"ListTagsForStream", Scope::kStream, 5},
    {"MergeShards", Scope::kStream, 5},
    {"PutResourcePolicy", Scope::kAccount, 5},
    {"RegisterStreamConsumer", Scope::kStream, 5},
    {"RemoveTagsFromStream", Scope::kStream, 5},
    {"SplitShard", Scope::kStream, 5},
    {"UpdateAccountSettings", Scope::kAccount, 5},
    {"UpdateShardCount", Scope::kStream, 10},
    {"UpdateStreamWarmThroughput", Scope::kAccount, 5},
};

// Thread-safe.
class CallRates {
 public:
  explicit CallRates(Clock& clock) : clock_(clock) {}

  bool admit(std::string key, std::int64_t per_second) EXCLUDES(mutex_) {
    const MonotonicTime now = clock_.monotonic_now();
    MutexLock lock(mutex_);
    if (rates_.size() >= kRatesMax) forget_idle(now);
    streams::Rate& rate = rates_.try_emplace(std::move(key), per_second).first->second;
    rate.refill(now);
    if (!rate.holds(1)) return false;
    rate.take(1);
    return true;
  }

 private:
  // Names need not be those of streams that exist, so the table could grow without bound.
  static constexpr std::size_t kRatesMax = 10'000;

  // What is full again is as good as new. A second on, everything is.
  void forget_idle(MonotonicTime now) REQUIRES(mutex_) {
    std::erase_if(rates_, [now](const auto& entry) { return entry.second.full_at() <= now; });
    if (rates_.size() >= kRatesMax) rates_.clear();
  }

  Clock& clock_;
  Mutex mutex_;
  std::map<std::string, streams::Rate> rates_ GUARDED_BY(mutex_);
};

// The text of a member of that name; nothing when the shape or the request has none.
std::optional<std::string_view> text_of(wire::StructureShape shape, void* input,
                                        std::string_view name) {
  const auto member = std::ranges::find(shape.members, name, &wire::Member::name);
  if (member == shape.members.end() || member->refused()) return std::nullopt;
  const void* value = member->type->get(member->field(input));
  if (value == nullptr) return std::nullopt;
  return *static_cast<const std::string*>(value);
}

// The name of the stream that a request is about; empty when it does not say one.
std::string stream_of(wire::StructureShape shape, void* input) {
  if (const auto name = text_of(shape, input, "StreamName")) return std::string(*name);
  for (const std::string_view member : {"StreamARN", "ConsumerARN", "ResourceARN", "StreamId"}) {
    const auto text = text_of(shape, input, member);
    if (!text) continue;
    const auto key = streams::ResourceKey::parse_arn(*text);
    return key ? key->stream.name.text() : std::string(*text);
  }
  return {};
}

using Handle = decltype(Operation::handle);

// A free coroutine, so that its frame holds copies of what it needs.
boost::asio::awaitable<Result<std::shared_ptr<void>>> handle_limited(
    std::shared_ptr<CallRates> rates, CallLimit limit, wire::StructureShape shape, Handle handle,
    Caller caller, std::shared_ptr<void> input) {
  const std::string stream = stream_of(shape, input.get());
  const bool by_stream = limit.scope == Scope::kStream;
  const std::string key = std::string(limit.operation) + "/" + caller.region + "/" +
                          caller.account + (by_stream ? "/" + stream : "");
  if (!rates->admit(key, limit.per_second)) {
    const std::string whose =
        by_stream && !stream.empty() ? "stream " + stream + " under account " : "account ";
    co_return fail(ErrorCode::kLimitExceeded, "Rate exceeded for " + whose + caller.account + ".");
  }
  co_return co_await handle(std::move(caller), std::move(input));
}

}  // namespace

void limit_call_rates(std::vector<Operation>& operations, Clock& clock) {
  const auto rates = std::make_shared<CallRates>(clock);
  for (Operation& operation : operations) {
    const auto limit = std::ranges::find(kLimits, operation.name, &CallLimit::operation);
    if (limit == std::end(kLimits)) continue;
    operation.handle = std::bind_front(handle_limited, rates, *limit, operation.input,
                                       std::move(operation.handle));
  }
}

}  // namespace headrace::services::kinesis
