// Where the reading of a shard begins, goes on, and has had what it was asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "producer/consume_options.h"
#include "producer/shards.h"
#include "wire/value.h"

namespace headrace::producer {

struct Position {
  std::string_view type;  // as ShardIteratorType has it
  std::string after;      // sequence number, or empty
  std::optional<WallTime> time;

  // `,"TYPE_NAME":"..."` and what goes with it, to follow another member.
  std::string members(std::string_view type_name, std::string_view number_name) const;
};

// The next to ask for. LATEST is asked for once: asked for again, after a connection that broke
// say, it would leave out what was written between. Then it is `began`, the server's time when
// reading began, so that what came in the same second may be seen as well.
Position next_position(Shard& shard, const ConsumeOptions& options, WallTime began);

// Whether what was in an open shard when its reading began has been taken, as of `answer`, whose
// records have. More may have come since, and while a stream is written to there is always more.
bool caught_up(Shard& shard, const wire::Value& answer, WallTime began);

}  // namespace headrace::producer
