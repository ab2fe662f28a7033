#include "storage/commit.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace headrace::storage {

namespace asio = boost::asio;

namespace {

thread_local Completions* current_completions = nullptr;

// The store that this thread will wake at the end of its turn. Shared with the handler that does,
// which may run, or be dropped, on another thread.
using WakeArranged = std::atomic<Store*>;

class EndOfTurn {
 public:
  EndOfTurn(std::shared_ptr<WakeArranged> arranged, Store& store)
      : arranged_(std::move(arranged)), store_(store) {}
  EndOfTurn(EndOfTurn&&) = default;
  EndOfTurn(const EndOfTurn&) = delete;
  EndOfTurn& operator=(const EndOfTurn&) = delete;
  EndOfTurn& operator=(EndOfTurn&&) = delete;
  ~EndOfTurn() {
    if (arranged_) arranged_->store(nullptr);
  }

  void operator()() {
    std::exchange(arranged_, nullptr)->store(nullptr);
    store_.wake();
  }

 private:
  std::shared_ptr<WakeArranged> arranged_;
  Store& store_;
};

// Behind all that the executor has ready now.
void wake_after_this_turn(const asio::any_io_executor& executor, Store& store) {
  thread_local const auto arranged = std::make_shared<WakeArranged>(nullptr);
  if (arranged->load() == &store) return;
  arranged->store(&store);
  asio::post(executor, EndOfTurn(arranged, store));
}

}  // namespace

struct CommitTicket::State {
  using Resume = std::move_only_function<void(Result<Committed>)>;

  Mutex mutex;
  std::optional<Result<Committed>> outcome GUARDED_BY(mutex);
  asio::any_io_executor executor GUARDED_BY(mutex);
  Resume resume GUARDED_BY(mutex);

  void complete(Result<Committed> result) EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (resume) {
      Completions::add(executor, {std::move(resume), std::move(result)});
    } else {
      outcome = std::move(result);
    }
  }

  void when_complete(const asio::any_io_executor& on, Resume waiting) EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (outcome) {
      Completions::add(on, {std::move(waiting), std::move(*outcome)});
    } else {
      executor = on;
      resume = std::move(waiting);
    }
  }
};

CommitTicket::CommitTicket(Store& store, Entry entry)
    : store_(&store), records_(entry.records), state_(std::make_shared<State>()) {
  store.submit(
      std::move(entry),
      [state = state_](Result<Committed> result) { state->complete(std::move(result)); },
      Store::Wake::kLater);
}

asio::awaitable<Result<Committed>> CommitTicket::wait() {
  auto executor = co_await asio::this_coro::executor;
  wake_after_this_turn(executor, *store_);
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                          void(std::exception_ptr, Result<Committed>)>(
      [state = state_, executor](auto handler) {
        state->when_complete(executor,
                             [handler = std::move(handler)](Result<Committed> result) mutable {
                               std::move(handler)(std::exception_ptr{}, std::move(result));
                             });
      },
      asio::use_awaitable);
}

asio::awaitable<Result<Committed>> commit(Store& store, Entry entry) {
  CommitTicket ticket(store, std::move(entry));
  co_return co_await ticket.wait();
}

Completions::Completions() { current_completions = this; }

Completions::~Completions() {
  current_completions = nullptr;
  for (Batch& batch : batches_) post(std::move(batch));
}

void Completions::add(const asio::any_io_executor& executor, Completion completion) {
  if (current_completions == nullptr) {
    Batch alone{executor, {}};
    alone.completions.push_back(std::move(completion));
    post(std::move(alone));
    return;
  }
  auto& batches = current_completions->batches_;
  auto batch = std::ranges::find(batches, executor, &Batch::executor);
  if (batch == batches.end()) batch = batches.emplace(batch, executor);
  batch->completions.push_back(std::move(completion));
}

void Completions::post(Batch batch) {
  asio::post(batch.executor, [completions = std::move(batch.completions)]() mutable {
    for (Completion& c : completions) c.resume(std::move(c.result));
  });
}

}  // namespace headrace::storage
