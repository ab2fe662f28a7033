#include "wire/cbor.h"

#include <gtest/gtest.h>

#include <cmath>

namespace headrace::wire {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// From RFC 8949, appendix A.
TEST(Cbor, integers_are_written_in_their_shortest_form) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "00"},
      {23, "17"},
      {24, "1818"},
      {255, "18ff"},
      {256, "190100"},
      {1000, "1903e8"},
      {65'535, "19ffff"},
      {65'536, "1a00010000"},
      {1'000'000, "1a000f4240"},
      {0xffffffff, "1affffffff"},
      {1'000'000'000'000, "1b000000e8d4a51000"},
      {INT64_MAX, "1b7fffffffffffffff"},
      {-1, "20"},
      {-10, "29"},
      {-100, "3863"},
      {-1000, "3903e7"},
      {INT64_MIN, "3b7fffffffffffffff"},
  };
  for (const auto& [value, hex] : cases) {
    std::string out;
    append_cbor_integer(out, value);
    EXPECT_EQ(out, bytes_of(hex)) << value;
    CborReader reader(out);
    const auto head = reader.head();
    ASSERT_TRUE(head);
    const auto argument = static_cast<std::int64_t>(head->argument);
    EXPECT_EQ(head->major == CborMajor::kNegative ? -1 - argument : argument, value);
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(Cbor, floats_of_every_width_are_read) {
  const std::pair<const char*, double> cases[] = {
      {"f90000", 0.0},
      {"f93c00", 1.0},
      {"f93e00", 1.5},
      {"f97bff", 65'504.0},
      {"f90001", 5.960464477539063e-8},
      {"f90400", 0.00006103515625},
      {"f9c400", -4.0},
      {"f97c00", HUGE_VAL},
      {"f9fc00", -HUGE_VAL},
      {"fa47c35000", 100'000.0},
      {"fa7f7fffff", 3.4028234663852886e+38},
      {"fa7f800000", HUGE_VAL},
      {"fb3ff199999999999a", 1.1},
      {"fbc010666666666666", -4.1},
      {"fb7e37e43c8800759c", 1.0e+300},
  };
  for (const auto& [hex, value] : cases) {
    const std::string bytes = bytes_of(hex);
    const auto head = CborReader(bytes).head();
    ASSERT_TRUE(head && head->real()) << hex;
    EXPECT_EQ(*head->real(), value) << hex;
  }
  for (const char* hex : {"f97e00", "fa7fc00000", "fb7ff8000000000000"}) {
    const std::string bytes = bytes_of(hex);
    EXPECT_TRUE(std::isnan(CborReader(bytes).head()->real().value_or(0))) << hex;
  }
  EXPECT_TRUE(std::signbit(*CborReader("\xf9\x80" + std::string(1, '\0')).head()->real()));
}

TEST(Cbor, a_length_beyond_the_document_is_refused_whatever_it_says) {
  for (const char* hex :
       {"41", "5818", "59ffff00", "5affffffff00", "5bffffffffffffffff00", "7bffffffffffffffff61"}) {
    const std::string bytes = bytes_of(hex);
    CborReader reader(bytes);
    const auto head = reader.head();
    std::string out;
    EXPECT_FALSE(head && reader.append_string(*head, out)) << hex;
    EXPECT_TRUE(out.empty());
  }
}

TEST(Cbor, bytes_that_begin_no_item_are_refused) {
  for (const char* hex : {"", "1c", "1d", "1e", "1f", "3f", "5c", "7d", "9e", "bc", "df", "fc",
                          "18", "1900", "1a000000", "1b00000000000000"}) {
    const std::string bytes = bytes_of(hex);
    EXPECT_FALSE(CborReader(bytes).head()) << hex;
  }
}

TEST(Cbor, chunks_are_joined_by_the_rules) {
  struct Case {
    const char* hex;
    std::optional<std::string> text;
  };
  const Case cases[] = {
      {"7f657374726561646d696e67ff", "streaming"},
      {"7fff", ""},
      {"7f6173ff", "s"},
      {"7f6173", std::nullopt},        // no break
      {"7f4173ff", std::nullopt},      // a byte string within a text
      {"7f7f6173ffff", std::nullopt},  // chunks within chunks
      {"7f01ff", std::nullopt},        // a number within a text
      {"7f6573ff", std::nullopt},      // a chunk that is cut off
      {"5f42010243030405ff", "\x01\x02\x03\x04\x05"},
      {"5f6101ff", std::nullopt},
  };
  for (const Case& c : cases) {
    const std::string bytes = bytes_of(c.hex);
    CborReader reader(bytes);
    const auto head = reader.head();
    ASSERT_TRUE(head);
    std::string out;
    EXPECT_EQ(reader.append_string(*head, out), c.text.has_value()) << c.hex;
    if (c.text) EXPECT_EQ(out, *c.text);
  }
}

TEST(Cbor, text_that_is_not_utf8_is_replaced) {
  std::string out;
  append_cbor_text(out, "a\xff\xc3\x28");
  EXPECT_EQ(out,
            "\x68"
            "a\xef\xbf\xbd\xef\xbf\xbd(");
}

}  // namespace
}  // namespace headrace::wire
