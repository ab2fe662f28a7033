// Bytes: a blob as AWS's models mean it, so that shapes can tell it from text.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace headrace {

struct Bytes {
  std::string value;

  Bytes() = default;
  explicit Bytes(std::string v) : value(std::move(v)) {}
  std::string_view view() const { return value; }
  std::size_t size() const { return value.size(); }
  bool operator==(const Bytes&) const = default;
};

}  // namespace headrace
