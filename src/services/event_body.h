// An operation's events as the body of its answer.
#pragma once

#include <stop_token>
#include <string>

#include "http/message.h"
#include "services/service.h"
#include "wire/event.h"

namespace headrace::services {

// Messages of application/vnd.amazon.eventstream: `initial-response` with `initial` as its payload
// first, then each event of `source`. An error ends the stream, as an exception where `events`
// declares the name that the service gives it, else as an error message. `service` outlives it.
// `stop` cancels the source.
http::BodySource event_body(const Service& service, wire::StructureShape events,
                            wire::Format format, std::string initial, wire::EventSource source,
                            std::stop_token stop);

}  // namespace headrace::services
