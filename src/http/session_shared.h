// What the connections of a server share.
#pragma once

#include <atomic>

#include "http/message.h"
#include "http/server.h"

namespace headrace::http {

// Outlives them.
struct SessionShared {
  Handler handler;
  ServerLimits limits;
  std::atomic<bool> draining = false;
};

}  // namespace headrace::http
