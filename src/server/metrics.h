// Metrics as Prometheus reads them; names in docs/metrics.md.
#pragma once

#include <string>
#include <string_view>

#include "streams/streams.h"

namespace headrace::server {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// Every metric of every stream that has values, in Prometheus's text format 0.0.4: summaries whose
// quantiles 0 and 1 are the least and the greatest value since the start. Some ms for each thousand
// streams: not for an I/O thread.
std::string metrics_text(const streams::Streams& streams);

}  // namespace headrace::server
