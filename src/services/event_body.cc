#include "services/event_body.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/check.h"
#include "wire/event_stream.h"

namespace headrace::services {
namespace {

struct State {
  const Service& service;
  wire::StructureShape events;
  wire::Format format;
  std::string initial;
  wire::EventSource source;
  bool is_started = false;
  bool is_over = false;
  std::optional<std::stop_callback<std::function<void()>>> on_stop = std::nullopt;
};

const wire::Member* find(wire::StructureShape events, std::string_view name) {
  for (const wire::Member& member : events.members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

std::string initial_message(State& state) {
  std::string out;
  wire::EventMessageWriter writer(out);
  writer.header(":event-type", "initial-response");
  writer.header(":content-type", state.format == wire::Format::kJson
                                     ? "application/x-amz-json-1.1"
                                     : "application/x-amz-cbor-1.1");
  writer.header(":message-type", "event");
  writer.begin_payload();
  out += state.initial;
  writer.finish();
  return out;
}

std::string_view content_type(wire::Format format) {
  return format == wire::Format::kJson ? "application/json" : "application/cbor";
}

std::string event_message(const State& state, const wire::Event& event) {
  const wire::Member* member = find(state.events, event.name);
  CHECK(member != nullptr && !member->exception);
  std::string out;
  wire::EventMessageWriter writer(out);
  writer.header(":event-type", std::string(event.name));
  writer.header(":content-type", std::string(content_type(state.format)));
  writer.header(":message-type", "event");
  writer.begin_payload();
  if (event.write) {
    event.write(state.format, out);
  } else {
    wire::append_document(out, state.format, member->type->structure(), event.value.get());
  }
  writer.finish();
  return out;
}

std::string error_message(const State& state, const Error& error) {
  const WireError wire = state.service.wire_error(error);
  const wire::Member* member = find(state.events, wire.name);
  std::string out;
  wire::EventMessageWriter writer(out);
  if (member == nullptr || !member->exception) {
    writer.header(":error-code", std::string(wire.name));
    writer.header(":error-message", error.message);
    writer.header(":message-type", "error");
    writer.finish();
    return out;
  }
  writer.header(":exception-type", std::string(wire.name));
  writer.header(":content-type", std::string(content_type(state.format)));
  writer.header(":message-type", "exception");
  writer.begin_payload();
  const wire::Exception exception{error.message};
  wire::append_document(out, state.format, wire::Exception::shape, &exception);
  writer.finish();
  return out;
}

boost::asio::awaitable<Result<std::string>> next(std::shared_ptr<State> state) {
  if (!state->is_started) {
    state->is_started = true;
    co_return initial_message(*state);
  }
  if (state->is_over) co_return std::string();
  auto event = co_await state->source.next();
  state->is_over = !event || !*event;
  if (!event) co_return error_message(*state, event.error());
  if (!*event) co_return std::string();
  co_return event_message(*state, **event);
}

}  // namespace

http::BodySource event_body(const Service& service, wire::StructureShape events,
                            wire::Format format, std::string initial, wire::EventSource source,
                            std::stop_token stop) {
  const std::function<void()> cancel = source.cancel;
  // Shared by the source and the pull that is under way, whichever goes last.
  auto state =
      std::make_shared<State>(service, events, format, std::move(initial), std::move(source));
  if (cancel) state->on_stop.emplace(std::move(stop), cancel);
  return std::bind_front(next, std::move(state));
}

}  // namespace headrace::services
