// Shapes: what a request or response consists of, declared once as a constant table that codecs,
// the validator and `headrace api --json` walk. Names, constraints and bindings are AWS's, from
// its service models (Smithy).
//
//   struct HashKeyRange {
//     std::string starting_hash_key;
//     std::string ending_hash_key;
//     static constexpr auto shape = wire::structure(
//         wire::member<&HashKeyRange::starting_hash_key>("StartingHashKey", wire::required,
//                                                        wire::pattern("0|([1-9]\\d{0,38})")),
//         wire::member<&HashKeyRange::ending_hash_key>("EndingHashKey", wire::required,
//                                                      wire::pattern("0|([1-9]\\d{0,38})")));
//   };
//
// C++ types of members: std::string, Bytes, bool, std::int32_t (integer), std::int64_t (long),
// double, WallTime (timestamp), a struct with `shape`, std::vector of these,
// std::map<std::string, T>, http::Body* (request stream), http::BodySource (response stream),
// EventStream (wire/event.h), and std::optional of any of these but the streams. What may be absent
// is std::optional.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "http/message.h"

namespace headrace::wire {

enum class Kind {
  kString,
  kBlob,
  kBoolean,
  kInteger,
  kLong,
  kDouble,
  kTimestamp,
  kStructure,
  kList,
  kMap,
  kStream,
  kEventStream,
};

enum class Location {
  kBody,           // a member of the document
  kHeader,         // wire_name is the header's name
  kPrefixHeaders,  // a map; wire_name is the prefix ("x-amz-meta-")
  kQuery,          // wire_name is the query parameter's name
  kLabel,          // part of the path; wire_name is the label's name
  kPayload,        // the whole body: a structure (its XML root is wire_name), blob or stream
  kStatus,         // the HTTP status
};

inline constexpr std::int64_t kNoMin = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kNoMax = std::numeric_limits<std::int64_t>::max();

// Bounds are of a string's characters, a blob's bytes, a list's or map's entries, or a number.
struct Constraints {
  std::int64_t min = kNoMin;
  std::int64_t max = kNoMax;
  std::string_view pattern;  // whole-string match; empty: none
  std::string_view one_of;   // enum values separated by '|'; empty: none
};

struct Member;

struct StructureShape {
  std::span<const Member> members;
};

// How to reach a C++ value of one type without knowing the type.
struct TypeInfo {
  Kind kind;
  bool optional = false;  // the C++ type is std::optional
  // kStructure; of kEventStream its events and exceptions.
  StructureShape (*structure)() = nullptr;
  const TypeInfo* element = nullptr;  // list's element, map's value
  // The value behind an optional, null when absent; `field` itself for other types.
  const void* (*get)(const void* field) = nullptr;
  // Makes the value (an optional is engaged) and returns it.
  void* (*emplace)(void* field) = nullptr;
  // On a value, not a field: lists and maps.
  std::size_t (*size)(const void* value) = nullptr;
  void* (*append)(void* value) = nullptr;                             // list
  const void* (*at)(const void* value, std::size_t index) = nullptr;  // list
  void* (*insert)(void* value, std::string_view key) = nullptr;       // map
  // Map: entries in key order.
  void (*each)(const void* value, void* context,
               void (*visit)(void* context, std::string_view key, const void* element)) = nullptr;
};

struct Member {
  std::string_view name;           // AWS's member name
  const TypeInfo* type = nullptr;  // null: declared, but refused when a request has it
  void* (*field)(void* structure) = nullptr;
  bool is_required = false;
  Constraints constraints{};
  Constraints element{};  // of list elements or map values
  Constraints key{};      // of map keys
  Location location = Location::kBody;
  std::string_view wire_name{};  // header, query, label or XML name; empty: same as name
  std::string_view item_name{};  // XML name of a list's elements; empty: "member"
  bool flattened = false;        // XML and Query: no wrapper around the list's elements
  bool attribute = false;        // XML attribute
  bool host_label = false;
  bool exception = false;  // of an event stream: an error that may end it
  bool iso8601 = false;    // a header or query timestamp in ISO 8601 (default: RFC 7231)
  bool refused() const { return type == nullptr; }
};

// Whether the document of a JSON or CBOR message says the member.
constexpr bool in_document(const Member& member) {
  return !member.refused() && member.location == Location::kBody &&
         member.type->kind != Kind::kEventStream;
}

template <std::size_t N>
struct Shape {
  std::array<Member, N> members;
  constexpr operator StructureShape() const { return {std::span<const Member>(members)}; }
};

// ---- Options of member() ----

struct Required {};
inline constexpr Required required{};
struct Length {
  std::int64_t min;
  std::int64_t max;
};
constexpr Length length(std::int64_t min, std::int64_t max = kNoMax) { return {min, max}; }
constexpr Length range(std::int64_t min, std::int64_t max = kNoMax) { return {min, max}; }
struct Pattern {
  std::string_view value;
};
constexpr Pattern pattern(std::string_view value) { return {value}; }
struct OneOf {
  std::string_view values;
};
constexpr OneOf one_of(std::string_view values) { return {values}; }
// each(length(1, 128)), each(pattern(...)), each(one_of(...)); keys(...) likewise for map keys.
template <typename Option>
struct Each {
  Option option;
};
template <typename Option>
constexpr Each<Option> each(Option option) {
  return {option};
}
template <typename Option>
struct Keys {
  Option option;
};
template <typename Option>
constexpr Keys<Option> keys(Option option) {
  return {option};
}
struct At {
  Location location;
  std::string_view wire_name;
};
constexpr At header(std::string_view name) { return {Location::kHeader, name}; }
constexpr At prefix_headers(std::string_view prefix) { return {Location::kPrefixHeaders, prefix}; }
constexpr At query(std::string_view name) { return {Location::kQuery, name}; }
constexpr At label(std::string_view name) { return {Location::kLabel, name}; }
constexpr At payload(std::string_view root = {}) { return {Location::kPayload, root}; }
constexpr At status() { return {Location::kStatus, {}}; }
constexpr At xml_name(std::string_view name) { return {Location::kBody, name}; }
struct Item {
  std::string_view name;
};
constexpr Item item(std::string_view name) { return {name}; }
struct Flattened {};
inline constexpr Flattened flattened{};
struct Attribute {};
inline constexpr Attribute attribute{};
struct Iso8601 {};
inline constexpr Iso8601 iso8601{};

constexpr void constrain(Constraints& c, Length o) {
  c.min = o.min;
  c.max = o.max;
}
constexpr void constrain(Constraints& c, Pattern o) { c.pattern = o.value; }
constexpr void constrain(Constraints& c, OneOf o) { c.one_of = o.values; }
constexpr void apply(Member& m, Required) { m.is_required = true; }
constexpr void apply(Member& m, Length o) { constrain(m.constraints, o); }
constexpr void apply(Member& m, Pattern o) { constrain(m.constraints, o); }
constexpr void apply(Member& m, OneOf o) { constrain(m.constraints, o); }
template <typename Option>
constexpr void apply(Member& m, Each<Option> o) {
  constrain(m.element, o.option);
}
template <typename Option>
constexpr void apply(Member& m, Keys<Option> o) {
  constrain(m.key, o.option);
}
constexpr void apply(Member& m, At o) {
  m.location = o.location;
  m.wire_name = o.wire_name;
}
constexpr void apply(Member& m, Item o) { m.item_name = o.name; }
constexpr void apply(Member& m, Flattened) { m.flattened = true; }
constexpr void apply(Member& m, Attribute) { m.attribute = true; }
constexpr void apply(Member& m, Iso8601) { m.iso8601 = true; }

// ---- From C++ types to tables ----

namespace detail {

template <typename T>
const void* get_plain(const void* field) {
  return field;
}
template <typename T>
void* emplace_plain(void* field) {
  return field;
}

template <typename T>
struct Describe;

template <Kind K>
struct Scalar {
  static constexpr TypeInfo info{.kind = K, .get = get_plain<void>, .emplace = emplace_plain<void>};
};
template <>
struct Describe<std::string> : Scalar<Kind::kString> {};
template <>
struct Describe<Bytes> : Scalar<Kind::kBlob> {};
template <>
struct Describe<bool> : Scalar<Kind::kBoolean> {};
template <>
struct Describe<std::int32_t> : Scalar<Kind::kInteger> {};
template <>
struct Describe<std::int64_t> : Scalar<Kind::kLong> {};
template <>
struct Describe<double> : Scalar<Kind::kDouble> {};
template <>
struct Describe<WallTime> : Scalar<Kind::kTimestamp> {};
template <>
struct Describe<http::Body*> : Scalar<Kind::kStream> {};
template <>
struct Describe<http::BodySource> : Scalar<Kind::kStream> {};

template <typename T>
StructureShape structure_of() {
  return T::shape;
}

template <typename T>
  requires requires { T::shape; }
struct Describe<T> {
  static constexpr TypeInfo info{.kind = Kind::kStructure,
                                 .structure = structure_of<T>,
                                 .get = get_plain<void>,
                                 .emplace = emplace_plain<void>};
};

template <typename T>
struct Describe<std::vector<T>> {
  static std::size_t size(const void* v) { return static_cast<const std::vector<T>*>(v)->size(); }
  static void* append(void* v) { return &static_cast<std::vector<T>*>(v)->emplace_back(); }
  static const void* at(const void* v, std::size_t i) {
    return &(*static_cast<const std::vector<T>*>(v))[i];
  }
  static constexpr TypeInfo info{.kind = Kind::kList,
                                 .element = &Describe<T>::info,
                                 .get = get_plain<void>,
                                 .emplace = emplace_plain<void>,
                                 .size = size,
                                 .append = append,
                                 .at = at};
};

template <typename T>
struct Describe<std::map<std::string, T>> {
  using Map = std::map<std::string, T>;
  static std::size_t size(const void* v) { return static_cast<const Map*>(v)->size(); }
  static void* insert(void* v, std::string_view key) {
    return &(*static_cast<Map*>(v))[std::string(key)];
  }
  static void each(const void* v, void* context,
                   void (*visit)(void*, std::string_view, const void*)) {
    for (const auto& [key, element] : *static_cast<const Map*>(v)) visit(context, key, &element);
  }
  static constexpr TypeInfo info{.kind = Kind::kMap,
                                 .element = &Describe<T>::info,
                                 .get = get_plain<void>,
                                 .emplace = emplace_plain<void>,
                                 .size = size,
                                 .insert = insert,
                                 .each = each};
};

template <typename T>
struct Describe<std::optional<T>> {
  static const void* get(const void* field) {
    const auto& o = *static_cast<const std::optional<T>*>(field);
    return o ? &*o : nullptr;
  }
  static void* emplace(void* field) { return &static_cast<std::optional<T>*>(field)->emplace(); }
  static constexpr TypeInfo make() {
    TypeInfo t = Describe<T>::info;
    t.optional = true;
    t.get = get;
    t.emplace = emplace;
    return t;
  }
  static constexpr TypeInfo info = make();
};

template <auto Pointer>
struct FieldOf;
template <typename C, typename T, T C::* Pointer>
struct FieldOf<Pointer> {
  using Type = T;
  static void* get(void* structure) {
    return static_cast<void*>(&(static_cast<C*>(structure)->*Pointer));
  }
};

}  // namespace detail

template <auto Pointer, typename... Options>
constexpr Member member(std::string_view name, Options... options) {
  Member m{.name = name,
           .type = &detail::Describe<typename detail::FieldOf<Pointer>::Type>::info,
           .field = detail::FieldOf<Pointer>::get};
  (apply(m, options), ...);
  return m;
}

// A member that AWS has and Headrace does not yet: a request that carries it is refused by name.
// Only its name and binding are declared.
template <typename... Options>
constexpr Member refused(std::string_view name, Options... options) {
  Member m{.name = name};
  (apply(m, options), ...);
  return m;
}

template <typename... Members>
constexpr Shape<sizeof...(Members)> structure(Members... members) {
  return {{members...}};
}

}  // namespace headrace::wire
