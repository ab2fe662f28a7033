#include "streams/accounts.h"

#include <algorithm>

#include "storage/commit.h"

namespace headrace::streams {

namespace asio = boost::asio;

Status Accounts::load() {
  std::map<Key, Commitment> commitments;
  RETURN_IF_ERROR(store_.metadata().query(
      "SELECT account, region, committed_ms, ended_ms FROM stream_accounts", {},
      [&](const storage::Row& row) {
        commitments[{row.text(0), row.text(1)}] = {row.integer(2), row.integer(3)};
        return true;
      }));
  MutexLock lock(mutex_);
  commitments_ = std::move(commitments);
  return {};
}

Commitment Accounts::commitment(const std::string& account, const std::string& region) const {
  MutexLock lock(mutex_);
  const auto found = commitments_.find({account, region});
  return found == commitments_.end() ? Commitment{} : found->second;
}

bool Accounts::committed(const std::string& account, const std::string& region) const {
  const Commitment now = commitment(account, region);
  return now.started_ms != 0 && now.ended_ms == 0;
}

asio::awaitable<Result<Commitment>> Accounts::commit(std::string account, std::string region) {
  const std::int64_t now = clock_.wall_now().ms;
  Commitment wanted = commitment(account, region);
  if (!wanted.in_force(now)) wanted.started_ms = now;
  wanted.ended_ms = 0;
  co_return co_await store({std::move(account), std::move(region)}, wanted);
}

asio::awaitable<Result<Commitment>> Accounts::end(std::string account, std::string region) {
  Commitment wanted = commitment(account, region);
  if (wanted.started_ms == 0 || wanted.ended_ms != 0) co_return wanted;
  wanted.ended_ms = std::max(clock_.wall_now().ms, wanted.earliest_end_ms());
  co_return co_await store({std::move(account), std::move(region)}, wanted);
}

asio::awaitable<Result<Commitment>> Accounts::store(Key key, Commitment commitment) {
  storage::Entry entry;
  entry.mutations.push_back({"INSERT OR REPLACE INTO stream_accounts VALUES(?1, ?2, ?3, ?4)",
                             {key.first, key.second, commitment.started_ms, commitment.ended_ms}});
  const auto committed = co_await storage::commit(store_, std::move(entry));
  if (!committed) co_return std::unexpected(committed.error());
  MutexLock lock(mutex_);
  commitments_[std::move(key)] = commitment;
  co_return commitment;
}

}  // namespace headrace::streams
