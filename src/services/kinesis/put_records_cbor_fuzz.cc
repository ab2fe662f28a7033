#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "services/kinesis/put_records_cbor.h"
#include "wire/aws_cbor.h"

// Whatever the fast reader takes, the general one takes too, and they see the same records.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace headrace;  // NOLINT(google-build-using-namespace)
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  const auto text = services::kinesis::read_put_records_cbor(body);
  if (!text) return 0;
  const auto value = wire::parse_cbor(body);
  CHECK(value.has_value());
  const wire::Value* records = value->find("Records");
  CHECK(records != nullptr && records->list() != nullptr);
  CHECK(records->list()->size() == text->draft.records->size());
  for (std::size_t i = 0; i < records->list()->size(); ++i) {
    const wire::Value& record = (*records->list())[i];
    const wire::Value* key = record.find("PartitionKey");
    const wire::Value* data = record.find("Data");
    CHECK(key != nullptr && key->string() != nullptr);
    CHECK(*key->string() == text->draft.records->key(i));
    CHECK(data != nullptr && data->bytes() != nullptr);
    CHECK(data->bytes()->view() == text->draft.records->data(i));
  }
  return 0;
}
