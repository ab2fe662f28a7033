// One structure with a member of each type, for the codecs' tests and fuzzers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "wire/shape.h"

namespace headrace::wire {

struct Inner {
  std::string name;
  std::optional<std::int64_t> size;
  static constexpr auto shape =
      structure(member<&Inner::name>("Name", required, length(1, 8), pattern("[a-z]+")),
                member<&Inner::size>("Size", range(0, 100)));
  bool operator==(const Inner&) const = default;
};

struct Outer {
  std::string text;
  std::optional<Bytes> blob;
  std::optional<bool> flag;
  std::optional<std::int32_t> number;
  std::optional<std::int64_t> large;
  std::optional<double> real;
  std::optional<WallTime> time;
  std::optional<Inner> inner;
  std::optional<std::vector<Inner>> inners;
  std::optional<std::vector<std::string>> keys;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<std::string> mode;
  static constexpr auto shape = structure(
      member<&Outer::text>("Text", required, length(1, 128), pattern("[a-zA-Z0-9_.-]+")),
      member<&Outer::blob>("Blob", length(0, 16)), member<&Outer::flag>("Flag"),
      member<&Outer::number>("Number", range(1, 10'000)), member<&Outer::large>("Large"),
      member<&Outer::real>("Real"), member<&Outer::time>("Time"), member<&Outer::inner>("Inner"),
      member<&Outer::inners>("Inners", length(1, 3)),
      member<&Outer::keys>("Keys", length(1, 50), each(length(1, 4))),
      member<&Outer::tags>("Tags", length(1, 200), wire::keys(length(1, 4)), each(length(0, 6))),
      member<&Outer::mode>("Mode", one_of("FAST|SLOW")), refused("Later"));
  bool operator==(const Outer&) const = default;
};

}  // namespace headrace::wire
