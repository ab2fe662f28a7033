// From a Value to a C++ structure, by its shape, with AWS's constraint checks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "wire/date.h"
#include "wire/pattern.h"
#include "wire/shape.h"
#include "wire/value.h"

namespace headrace::wire {

enum class Scalars {
  kTyped,   // JSON: numbers are numbers, timestamps are seconds, blobs are base64
  kBinary,  // CBOR: the same, but whole timestamps are milliseconds and blobs are bytes
  kText,    // Query and XML: all is text, timestamps are ISO 8601
};

// Fills the body-bound members of `structure`, which has the type that `shape` describes.
//
// kSerialization: a value has the wrong type, in AWS's words. kValidation: constraints are broken,
// in one message, ten at most ("2 validation errors detected: Value ..."). kNotImplemented: a
// member is there that Headrace does not honour yet; `detail` is its path. Members that the shape
// does not know are ignored, as AWS does.
Status bind(const Value& value, StructureShape shape, Scalars scalars, void* structure);

// The parts of bind() for members that come from elsewhere (headers, query, labels).
class Binder {
 public:
  explicit Binder(Scalars scalars) : scalars_(scalars) {}

  void members(const Value& value, StructureShape shape, void* structure, const std::string& path);
  // `value` null: the member is absent.
  void member(const Value* value, const Member& member, void* structure, const std::string& path);
  // Once all is bound.
  Status result() const;

 private:
  void value(const Value& value, const TypeInfo& type, void* into, const Member& member,
             const Constraints& constraints, const std::string& path);
  void list(const Value& value, const TypeInfo& type, void* into, const Member& member,
            const Constraints& constraints, const std::string& path);
  void map(const Value& value, const TypeInfo& type, void* into, const Member& member,
           const Constraints& constraints, const std::string& path);
  void strings(const Value::List& list, const TypeInfo& type, void* into, const Member& member,
               const std::string& path);
  void string(const Value& value, void* into, const Constraints& constraints,
              const std::string& path);
  void blob(const Value& value, void* into, const Constraints& constraints,
            const std::string& path);
  void boolean(const Value& value, void* into);
  void real(const Value& value, void* into);
  void whole(const Value& value, const TypeInfo& type, void* into, const Constraints& constraints,
             const std::string& path);
  void timestamp(const Value& value, void* into);
  void check_text(const std::string& text, const Constraints& constraints, const std::string& path);
  void check_size(std::int64_t size, std::string_view shown, const Constraints& constraints,
                  const std::string& path);
  void null_violation(const std::string& path);
  void violation(std::string_view shown, const std::string& path, std::string_view constraint);
  void unserializable(std::string message);

  Scalars scalars_;
  std::vector<std::string> violations_;
  std::optional<Error> error_;
};

// "StreamName" -> "streamName"
std::string lower_camel(std::string_view name);

}  // namespace headrace::wire
