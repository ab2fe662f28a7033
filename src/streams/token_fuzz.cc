#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "streams/names.h"
#include "streams/sequence_number.h"
#include "streams/token.h"

// Nothing that was not sealed opens; numbers and names that parse are what they are written as.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace headrace::streams;  // NOLINT(google-build-using-namespace)
  static headrace::SeededRandom random(1);
  static const TokenSeal seal(std::string(TokenSeal::kSecretBytes, 'k'), random);
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  CHECK(!seal.open(text, "iterator"));
  if (const auto number = SequenceNumber::parse(text)) CHECK(number->text() == text);
  if (const auto shard = ShardId::parse(text)) CHECK(shard->text() == text);
  if (const auto key = StreamKey::parse_arn(text)) CHECK(StreamKey::parse_arn(key->arn()) == *key);
  return 0;
}
