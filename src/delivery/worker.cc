#include "delivery/worker.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace headrace::delivery {
namespace {

constexpr std::uint64_t kReadBytesMax = 2ULL << 20;
constexpr std::chrono::seconds kBackOffFirst{1};
constexpr std::chrono::seconds kBackOffMax{60};

Prefix parse_accepted(const std::string& text) {
  auto prefix = Prefix::parse(text, Prefix::Use::kPrefix);
  CHECK(prefix.has_value());  // checked when the delivery stream was made
  return std::move(*prefix);
}

}  // namespace

Worker::Worker(std::uint64_t id, Configuration configuration, Source source, storage::Store& store,
               ObjectSink& sink, Clock& clock, Random& random, Warn warn)
    : id_(id),
      configuration_(std::move(configuration)),
      source_(std::move(source)),
      store_(store),
      sink_(sink),
      clock_(clock),
      random_(random),
      warn_(std::move(warn)),
      prefix_(parse_accepted(configuration_.prefix)) {}

Status Worker::load() {
  return store_.metadata().query("SELECT lane, next FROM delivery_checkpoints WHERE delivery=?1",
                                 {static_cast<std::int64_t>(id_)}, [&](const storage::Row& row) {
                                   checkpoints_[static_cast<std::uint32_t>(row.integer(0))] =
                                       static_cast<std::uint64_t>(row.integer(1));
                                   return true;
                                 });
}

std::optional<MonotonicTime> Worker::turn() {
  if (cancelled_) return std::nullopt;
  if (retry_at_ && clock_.monotonic_now() < *retry_at_) return retry_at_;
  retry_at_.reset();
  while (!stopping_ && !size_met() && !(buffer_ && buffer_->object)) {
    const Result<bool> more = fill();
    if (!more) return back_off(more.error());
    if (!*more) break;
  }
  if (stopping_ || !buffer_) return std::nullopt;
  const bool ready = buffer_->object || size_met();
  const auto when = due();
  if (!ready && (!when || clock_.monotonic_now() < *when)) return when;
  const Status delivered = deliver();
  if (cancelled_) {
    buffer_.reset();
    return std::nullopt;
  }
  if (!delivered) return back_off(delivered.error());
  failures_ = 0;
  return clock_.monotonic_now();
}

// One round over the lanes; true when any of them had something. A full buffer ends it early, and
// the next one begins there, so that each lane has its share of the objects.
Result<bool> Worker::fill() {
  bool any = false;
  const std::vector<std::uint32_t> lanes = source_.lanes();
  const std::size_t first = first_lane_;
  for (std::size_t i = 0; i < lanes.size() && !size_met(); ++i) {
    first_lane_ = (first + i + 1) % lanes.size();
    ASSIGN_OR_RETURN(const bool some, fill_from(lanes[(first + i) % lanes.size()]));
    any = any || some;
  }
  return any;
}

// Damaged for good: say so, and go on with what lies behind. Records that retention has taken leave
// holes, which are stepped over as well.
Result<storage::Slice> Worker::read_from(std::uint32_t lane, std::uint64_t from) {
  const std::uint64_t wanted = static_cast<std::uint64_t>(configuration_.hints.size_mib) << 20;
  const std::uint64_t left = wanted - (buffer_ ? std::min(buffer_->bytes, wanted) : 0);
  storage::ReadLimits limits;
  limits.bytes_max = static_cast<std::size_t>(std::clamp<std::uint64_t>(left, 1, kReadBytesMax));
  limits.not_before_ms = source_.not_before_ms();
  for (;;) {
    auto slice = store_.records().read(source_.stream, lane, from, limits);
    if (slice) {
      if (source_.open) {
        ASSIGN_OR_RETURN(*slice, source_.open(lane, std::move(*slice)));
      }
      if (!slice->records.empty() || slice->at_tip || slice->next <= from) return slice;
      from = slice->next;
      continue;
    }
    const std::string& detail = slice.error().detail;
    std::uint64_t behind = 0;
    std::from_chars(detail.data(), detail.data() + detail.size(), behind);
    if (slice.error().code != ErrorCode::kCorruption || behind <= from) return slice;
    warn_(configuration_.name + ": " + slice.error().message + "; these records are not delivered");
    storage::Slice skipped;
    skipped.next = behind;
    return skipped;
  }
}

Result<bool> Worker::fill_from(std::uint32_t lane) {
  std::uint64_t from = checkpoints_[lane];
  if (buffer_ && buffer_->next.contains(lane)) from = buffer_->next[lane];
  ASSIGN_OR_RETURN(const storage::Slice slice, read_from(lane, from));
  // Also at the tip: what cannot be delivered is told once.
  const bool skipped = slice.records.empty() && slice.next > from;
  if (slice.records.empty() && !skipped) return false;
  RETURN_IF_ERROR(add(lane, slice));
  return true;
}

Status Worker::add(std::uint32_t lane, const storage::Slice& slice) {
  if (!buffer_) {
    ASSIGN_OR_RETURN(auto upload, sink_.begin());
    buffer_.emplace(Buffer{.upload = std::move(upload),
                           .formatter = Formatter(configuration_.compression),
                           .next = {},
                           .object = std::nullopt});
  }
  const auto sink = [this](std::string_view bytes) { return buffer_->upload->append(bytes); };
  for (const storage::RecordView& record : slice.records) {
    const Status added = buffer_->formatter.add(record.data, sink);
    if (!added) {
      // Half of it may be staged: start this buffer anew.
      buffer_.reset();
      return added;
    }
    buffer_->oldest_ms = std::min(buffer_->oldest_ms, record.arrival_ms);
    buffer_->bytes += record.data.size();
    ++buffer_->records;
  }
  buffer_->next[lane] = slice.next;
  return {};
}

bool Worker::size_met() const {
  return buffer_ && buffer_->bytes >= static_cast<std::uint64_t>(configuration_.hints.size_mib)
                                          << 20;
}

// The interval counts from the arrival of the buffer's first record, so that a restart changes
// nothing about it.
std::optional<MonotonicTime> Worker::due() const {
  if (!buffer_ || buffer_->records == 0) return std::nullopt;
  const std::int64_t interval_ms = configuration_.hints.interval_s * 1000LL;
  const std::int64_t age_ms = clock_.wall_now().ms - buffer_->oldest_ms;
  // A wall clock that was set back must not stretch it.
  const std::int64_t left_ms = std::clamp<std::int64_t>(interval_ms - age_ms, 0, interval_ms);
  return clock_.monotonic_now() + std::chrono::milliseconds(left_ms);
}

void Worker::name_object() {
  const WallTime oldest{buffer_->records > 0 ? buffer_->oldest_ms : clock_.wall_now().ms};
  const std::string extension = configuration_.file_extension.empty()
                                    ? std::string(file_extension(configuration_.compression))
                                    : configuration_.file_extension;
  DeliveredObject object;
  object.account = configuration_.account;
  object.bucket = configuration_.bucket;
  object.key =
      prefix_.evaluate(oldest, random_) +
      object_suffix(configuration_.name, configuration_.version, oldest, random_.uuid(), extension);
  object.content_encoding = std::string(content_encoding(configuration_.compression));
  buffer_->object = std::move(object);
}

std::vector<storage::Mutation> Worker::checkpoint() const {
  std::vector<storage::Mutation> mutations;
  for (const auto& [lane, next] : buffer_->next) {
    const auto known = checkpoints_.find(lane);
    const std::uint64_t before = known == checkpoints_.end() ? 0 : known->second;
    const auto id = static_cast<std::int64_t>(id_);
    mutations.push_back(
        {"INSERT OR IGNORE INTO delivery_checkpoints SELECT id, ?2, 0 FROM delivery_streams WHERE "
         "id=?1",
         {id, static_cast<std::int64_t>(lane)}});
    mutations.push_back(
        {"UPDATE delivery_checkpoints SET next=?3 WHERE delivery=?1 AND lane=?2 AND next=?4",
         {id, static_cast<std::int64_t>(lane), static_cast<std::int64_t>(next),
          static_cast<std::int64_t>(before)},
         true});
  }
  return mutations;
}

Status Worker::deliver() {
  if (!buffer_->object) {
    const auto sink = [this](std::string_view bytes) { return buffer_->upload->append(bytes); };
    const Status finished = buffer_->formatter.finish(sink);
    if (!finished) {
      buffer_.reset();
      return finished;
    }
    name_object();
  }
  const Status committed = buffer_->upload->commit(*buffer_->object, checkpoint());
  if (!committed) {
    cancelled_ = committed.error().code == ErrorCode::kCancelled;
    return committed;
  }
  for (const auto& [lane, next] : buffer_->next) checkpoints_[lane] = next;
  const std::int64_t delivered_up_to = buffer_->oldest_ms;
  buffer_.reset();
  if (source_.trims) store_.records().trim(source_.stream, delivered_up_to);
  return {};
}

MonotonicTime Worker::back_off(const Error& error) {
  failures_ = std::min(failures_ + 1, 16U);
  const auto ceiling =
      std::min<std::chrono::nanoseconds>(kBackOffMax, kBackOffFirst * (1LL << (failures_ - 1)));
  const auto half = static_cast<std::uint64_t>(ceiling.count() / 2);
  const auto delay =
      std::chrono::nanoseconds(static_cast<std::int64_t>(half + random_.below(half)));
  warn_(configuration_.name + ": delivery to " + configuration_.bucket + " failed (" +
        error.message + "); trying again in " +
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()) +
        " ms");
  // What the service would have lost by now goes here too: nothing else bounds what gathers.
  if (source_.trims) {
    static_cast<void>(store_.records().trim(source_.stream, source_.not_before_ms()));
  }
  retry_at_ = clock_.monotonic_now() + delay;
  return *retry_at_;
}

}  // namespace headrace::delivery
