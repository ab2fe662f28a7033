#include "producer/retrying_client.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace headrace::producer {

void Backoff::reset() {
  failures_ = 0;
  began_ = clock_.monotonic_now();
}

MonotonicTime Backoff::next() {
  constexpr unsigned kDoublingsMax = 20;
  const std::int64_t bound =
      std::min<std::int64_t>(patience_.backoff_max.count(),
                             patience_.backoff_base.count() << std::min(failures_, kDoublingsMax));
  ++failures_;
  const auto wait = std::chrono::milliseconds(random_.below(static_cast<std::uint64_t>(bound) + 1));
  return clock_.monotonic_now() + wait;
}

void RetryingClient::warn_of(const Answer& answer) {
  if (!warn_ || answer.code != "LimitExceededException") return;
  std::exchange(warn_, nullptr)(answer.code + ": " + answer.message);
}

boost::asio::awaitable<Result<Answer>> RetryingClient::call(std::string operation,
                                                            std::string body) {
  Backoff backoff(patience_, clock_, random_);
  while (true) {
    std::string sent = body;
    Result<Answer> answer = co_await client_.call(operation, std::move(sent));
    const bool again = !answer || (!answer->ok() && remedy(*answer) == Remedy::kRetry);
    if (!again || stopped_ || backoff.exhausted()) co_return answer;
    if (answer) warn_of(*answer);
    co_await stop_.wait(backoff.next());
    if (stopped_) co_return answer;
  }
}

}  // namespace headrace::producer
