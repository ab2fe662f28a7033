#include "base/base64.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace headrace {
namespace {

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foo"), "Zm9v");
  EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, DecodesWhatItEncodedAtEveryLength) {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 400; ++size) {
    const std::string bytes = random.bytes(size);
    const std::string text = base64_encode(bytes);
    std::string plain_text(base64_encoded_size(size), '?');
    EXPECT_EQ(plain::base64_encode(bytes, plain_text.data()), text.size());
    EXPECT_EQ(plain_text, text);
    EXPECT_EQ(base64_decode(text), bytes);
    std::string plain_bytes(base64_decoded_size_max(text.size()), '?');
    const auto written = plain::base64_decode(text, plain_bytes.data());
    ASSERT_TRUE(written);
    plain_bytes.resize(*written);
    EXPECT_EQ(plain_bytes, bytes);
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-_",
                           "====", "Z===", "Zh==", "Zm9=", "Zm9v=", "=Zm9", "Zm9v Zm9v"}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Base64, RefusesAForeignCharacterAtEveryPlace) {
  const std::string good = base64_encode(SeededRandom(2).bytes(150));
  std::string out(good.size(), '\0');
  for (std::size_t place = 0; place < good.size(); ++place) {
    for (int c = 0; c < 256; ++c) {
      std::string text = good;
      text[place] = static_cast<char>(c);
      EXPECT_EQ(base64_decode(text, out.data()), plain::base64_decode(text, out.data()))
          << place << ' ' << c;
    }
  }
}

TEST(Base64, FindsTheQuoteWhileItDecodes) {
  SeededRandom random(3);
  for (std::size_t size = 0; size < 300; ++size) {
    const std::string bytes = random.bytes(size);
    const std::string text = base64_encode(bytes);
    for (const std::size_t more : {0U, 1U, 5U, 40U, 100U}) {
      const std::string input = text + '"' + std::string(more, 'A');
      // Exactly the room that the contract asks for, on the heap, where the sanitizer sees more.
      std::vector<char> out(base64_decoded_size_max(input.size()));
      const auto found = decode_until_quote(input.data(), input.data() + input.size(), out.data());
      ASSERT_TRUE(found.ok) << size << ' ' << more;
      EXPECT_EQ(found.consumed, text.size());
      EXPECT_EQ(std::string_view(out.data(), found.written), bytes);
    }
  }
}

TEST(Base64, AgreesWithItsPlainTwinOnBrokenQuotedText) {
  SeededRandom random(4);
  for (int round = 0; round < 20'000; ++round) {
    std::string input = base64_encode(random.bytes(random.below(120))) + "\",\"PartitionKey\"";
    for (std::uint64_t hits = random.below(3); hits > 0; --hits) {
      input[random.below(input.size())] = static_cast<char>(random.next());
    }
    input.resize(random.below(input.size() + 1));
    std::vector<char> fast(base64_decoded_size_max(input.size()));
    std::vector<char> slow(fast.size());
    const char* end = input.data() + input.size();
    const auto a = decode_until_quote(input.data(), end, fast.data());
    const auto b = plain::decode_until_quote(input.data(), end, slow.data());
    ASSERT_EQ(a.ok, b.ok);
    if (!a.ok) continue;
    ASSERT_EQ(a.consumed, b.consumed);
    ASSERT_EQ(std::string_view(fast.data(), a.written), std::string_view(slow.data(), b.written));
  }
}

}  // namespace
}  // namespace headrace
