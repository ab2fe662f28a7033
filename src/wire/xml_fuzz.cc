// Documents from anywhere: reading never crashes, and what was read and written reads the same.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "wire/bind.h"
#include "wire/rest_xml.h"

namespace {

using namespace headrace;

struct Item {
  std::string key;
  std::optional<std::int64_t> size;
  std::optional<std::string> kind;
  static constexpr auto shape = wire::structure(
      wire::member<&Item::key>("Key", wire::required), wire::member<&Item::size>("Size"),
      wire::member<&Item::kind>("Type", wire::xml_name("xsi:type"), wire::attribute));
};

struct Document {
  std::vector<Item> items;
  std::optional<bool> quiet;
  std::optional<std::vector<std::string>> names;
  static constexpr auto shape = wire::structure(
      wire::member<&Document::items>("Items", wire::xml_name("Item"), wire::flattened),
      wire::member<&Document::quiet>("Quiet"),
      wire::member<&Document::names>("Names", wire::item("Name")));
};

bool read(std::string_view text, Document& document) {
  const Result<wire::Value> value = wire::parse_xml(text, Document::shape);
  return value && wire::bind(*value, Document::shape, wire::Scalars::kText, &document);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Document first;
  if (!read({reinterpret_cast<const char*>(data), size}, first)) return 0;
  std::string written = wire::encode_rest_xml(Document::shape, &first, "Root", "").body;
  Document second;
  CHECK(read(written, second));
  CHECK(wire::encode_rest_xml(Document::shape, &second, "Root", "").body == written);
  return 0;
}
