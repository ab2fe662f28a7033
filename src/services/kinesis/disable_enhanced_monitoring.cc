// DisableEnhancedMonitoring: which metrics are kept for each shard; ALL stands for every one.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

boost::asio::awaitable<Result<EnhancedMonitoring>> handle(Kinesis& kinesis, Caller caller,
                                                          MonitoringRequest request) {
  return change_monitoring(kinesis, std::move(caller), std::move(request), false);
}

}  // namespace

Operation disable_enhanced_monitoring(Kinesis& kinesis) {
  return operation<MonitoringRequest, EnhancedMonitoring>(
      "DisableEnhancedMonitoring", "kinesis:DisableEnhancedMonitoring",
      std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
