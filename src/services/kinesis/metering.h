// What the operations count of a stream (streams/metrics.h), one call for each request.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "streams/stream.h"

namespace headrace::services::kinesis {

// `began` is when the request was taken to the stream.
void count_put_record(streams::Stream& stream, const Result<streams::Put>& put, const Clock& clock,
                      MonotonicTime began);
void count_put_records(streams::Stream& stream, const Result<streams::Put>& put,
                       std::size_t records, const Clock& clock, MonotonicTime began);
void count_get_records(streams::Stream& stream, const Result<streams::Read>& read,
                       const Clock& clock, MonotonicTime began);

}  // namespace headrace::services::kinesis
