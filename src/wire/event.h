// Event streams: the output of an operation that answers with events as they happen. The union of
// what may come is declared like any structure, one member an event or an exception:
//
//   struct SubscribeToShardEventStream {
//     SubscribeToShardEvent event;
//     static constexpr auto shape = wire::structure(
//         wire::member<&SubscribeToShardEventStream::event>("SubscribeToShardEvent",
//                                                           wire::required),
//         wire::exception("ResourceInUseException"));
//   };
//   struct Response {
//     wire::EventStream<SubscribeToShardEventStream> events;
//     static constexpr auto shape =
//         wire::structure(wire::member<&Response::events>("EventStream", wire::required));
//   };
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "wire/document.h"
#include "wire/shape.h"

namespace headrace::wire {

struct Event {
  std::string_view name;              // the union's member, "SubscribeToShardEvent"
  std::shared_ptr<const void> value;  // of that member's type
  // Hot events only: appends the payload, past the general codec; `value` may then be null.
  std::function<void(Format format, std::string& payload)> write = nullptr;
};

template <typename T>
Event event(std::string_view name, T value) {
  return {name, std::make_shared<const T>(std::move(value))};
}

// Pulled by the connection as fast as its reader takes what came before; destroyed with the answer,
// wherever it stands.
struct EventSource {
  // The next event; nothing ends the stream, and an error does after it was sent as an exception.
  std::function<boost::asio::awaitable<Result<std::optional<Event>>>()> next;
  // Where next() may wait for long: nobody reads any more, so that it ends, also one that is under
  // way. From any thread.
  std::function<void()> cancel = nullptr;
};

template <typename Union>
struct EventStream : EventSource {};

namespace detail {

template <typename Union>
struct Describe<EventStream<Union>> {
  static const void* get(const void* field) {
    return static_cast<const EventSource*>(static_cast<const EventStream<Union>*>(field));
  }
  static void* emplace(void* field) {
    return static_cast<EventSource*>(static_cast<EventStream<Union>*>(field));
  }
  static constexpr TypeInfo info{
      .kind = Kind::kEventStream, .structure = structure_of<Union>, .get = get, .emplace = emplace};
};

}  // namespace detail

// What every modelled exception consists of.
struct Exception {
  std::optional<std::string> message;
  static constexpr auto shape = structure(member<&Exception::message>("message"));
};

// A union's member of that name; the service's table of errors says when it comes.
constexpr Member exception(std::string_view name) {
  return {.name = name, .type = &detail::Describe<Exception>::info, .exception = true};
}

// The member of an output that is its event stream; null when it has none.
const Member* event_stream_of(StructureShape output);

}  // namespace headrace::wire
