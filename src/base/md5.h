// MD5 (RFC 1321) of partition keys: many short messages at once. Not for secrets, and not for large
// data, which OpenSSL hashes faster.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace headrace {

using Md5Digest = std::array<unsigned char, 16>;

Md5Digest md5(std::string_view message);

// The digest of keys[i] goes to out[i]; `out` has room for keys.size(). Eight keys at a time where
// the processor has AVX2, keys of up to 55 bytes (one block) fastest; any length is correct.
void md5_many(std::span<const std::string_view> keys, Md5Digest* out);

// One key after the other: what other processors run, and the tests' measure.
namespace plain {
void md5_many(std::span<const std::string_view> keys, Md5Digest* out);
}  // namespace plain

}  // namespace headrace
