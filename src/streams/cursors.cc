// Shard iterators and page tokens: places that clients carry for us.
#include <array>
#include <ctime>

#include "base/check.h"
#include "storage/encoding.h"
#include "streams/streams.h"

namespace headrace::streams {
namespace {

std::string iterator_bound(const std::string& account, const std::string& region) {
  return "iterator/" + account + "/" + region;
}

std::string calendar(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a %b %d %H:%M:%S UTC %Y", &parts);
  return {text.data(), size};
}

Error iterator_expired(std::int64_t made_ms, std::int64_t now_ms) {
  return {ErrorCode::kIteratorExpired,
          "Iterator expired. The iterator was created at time " + calendar(made_ms) +
              " while right now it is " + calendar(now_ms) +
              " which is further in the future than the tolerated delay of " +
              std::to_string(Streams::kTokenLifeMs) + " milliseconds."};
}

}  // namespace

std::string Streams::make_iterator(const Iterator& iterator) const {
  std::string plain;
  storage::put<std::uint64_t>(plain, iterator.stream->id());
  storage::put<std::uint32_t>(plain, iterator.shard.index);
  storage::put<std::uint64_t>(plain, iterator.next);
  storage::put<std::uint64_t>(plain, static_cast<std::uint64_t>(environment_.clock.wall_now().ms));
  const StreamKey& key = iterator.stream->key();
  return seal_->seal(plain, iterator_bound(key.account, key.region));
}

Result<Iterator> Streams::open_iterator(std::string_view token, const std::string& account,
                                        const std::string& region) const {
  const auto plain = seal_->open(token, iterator_bound(account, region));
  if (!plain) return fail(ErrorCode::kInvalidArgument, "Invalid ShardIterator.");
  storage::Decoder in(*plain);
  const auto id = in.get<std::uint64_t>();
  const auto shard = in.get<std::uint32_t>();
  const auto next = in.get<std::uint64_t>();
  const auto made_ms = static_cast<std::int64_t>(in.get<std::uint64_t>());
  CHECK(in.at_end());  // we sealed it
  const std::int64_t now = environment_.clock.wall_now().ms;
  if (now - made_ms > kTokenLifeMs) return std::unexpected(iterator_expired(made_ms, now));
  const auto stream = by_id(id);
  if (!stream || stream->status() == StreamStatus::kGone) {
    return fail(ErrorCode::kNotFound, "The stream of the ShardIterator was not found.");
  }
  if (stream->shards()->find(ShardId{shard}) == nullptr) {
    return stream->no_such_shard(ShardId{shard}.text());
  }
  return Iterator{stream, ShardId{shard}, next};
}

std::string Streams::make_page(std::string_view text, std::string_view bound) const {
  std::string plain;
  storage::put<std::uint64_t>(plain, static_cast<std::uint64_t>(environment_.clock.wall_now().ms));
  plain.append(text);
  return seal_->seal(plain, bound);
}

Result<std::string> Streams::open_page(std::string_view token, std::string_view bound) const {
  const auto plain = seal_->open(token, bound);
  if (!plain) return fail(ErrorCode::kInvalidArgument, "Invalid NextToken.");
  storage::Decoder in(*plain);
  const auto made_ms = static_cast<std::int64_t>(in.get<std::uint64_t>());
  if (environment_.clock.wall_now().ms - made_ms > kTokenLifeMs) {
    return fail(ErrorCode::kTokenExpired, "The NextToken has expired.");
  }
  return std::string(in.take(in.left()));
}

}  // namespace headrace::streams
