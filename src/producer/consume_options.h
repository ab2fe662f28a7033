#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "producer/retrying_client.h"

namespace headrace::producer {

struct ConsumeOptions {
  std::string stream;    // name or ARN
  std::string consumer;  // FanOutConsumer: the name of the registered consumer
  enum class From { kTrimHorizon, kLatest, kTime };
  From from = From::kTrimHorizon;
  WallTime time = {};  // kTime
  // Otherwise the end is the tip of every shard, as it was when the shard's reading began.
  bool follow = false;
  bool aggregated = false;              // aggregated records as they are stored
  std::chrono::milliseconds poll{250};  // between reads of one shard; 5 a second are allowed
  Patience patience = {};
  Warn warn = {};
};

}  // namespace headrace::producer
