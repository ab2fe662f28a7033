#include "wire/aws_cbor.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "wire/aws_json.h"
#include "wire/bind.h"
#include "wire/cbor.h"
#include "wire/document.h"
#include "wire/shapes_for_test.h"

namespace headrace::wire {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::string text(std::string_view value) {
  std::string out;
  append_cbor_text(out, value);
  return out;
}

// A map of one member.
std::string with(std::string_view name, std::string_view value) {
  return "\xa1" + text(name) + std::string(value);
}

// What one member besides Text is read as, or the error.
std::string bound(std::string_view name, std::string_view hex, Outer& into) {
  std::string body = "\xa2" + text("Text") + text("a") + text(name) + bytes_of(hex);
  const Status status = decode_document(Format::kCbor, body, Outer::shape, &into);
  return status ? "" : status.error().message;
}

TEST(AwsCbor, a_structure_encodes_in_the_order_of_its_shape) {
  Outer outer;
  outer.text = "ab";
  outer.blob = Bytes(std::string("\0\xff", 2));
  outer.flag = true;
  outer.number = 500;
  outer.real = 1.5;
  outer.time = WallTime{1'767'323'045'678};
  outer.inners = {{.name = "a", .size = {}}};
  outer.tags.emplace()["k"] = "v";
  std::string out;
  append_cbor(out, Outer::shape, &outer);
  EXPECT_EQ(out, "\xa8" + text("Text") +
                     "\x62"
                     "ab" +
                     text("Blob") + std::string("\x42\0\xff", 3) + text("Flag") + "\xf5" +
                     text("Number") + bytes_of("1901f4") + text("Real") +
                     bytes_of("fb3ff8000000000000") + text("Time") +
                     bytes_of("c11b0000019b7ca98f2e") + text("Inners") + "\x81\xa1" + text("Name") +
                     "\x61"
                     "a" +
                     text("Tags") + "\xa1\x61k\x61v");
}

TEST(AwsCbor, definite_and_indefinite_forms_mean_the_same) {
  const std::string definite =
      "\xa2" + text("Keys") + "\x82" + text("k") + text("l") + text("Text") + text("ab");
  const std::string indefinite = "\xbf" + text("Keys") + "\x9f" + text("k") + "\x7f" + text("l") +
                                 "\xff\xff\x7f\x62Te\x62xt\xff" +
                                 "\x7f\x61"
                                 "a\x61"
                                 "b\xff\xff";
  Outer first;
  Outer second;
  ASSERT_TRUE(decode_document(Format::kCbor, definite, Outer::shape, &first));
  ASSERT_TRUE(decode_document(Format::kCbor, indefinite, Outer::shape, &second));
  EXPECT_EQ(first.text, "ab");
  EXPECT_EQ(first, second);
}

TEST(AwsCbor, an_empty_body_is_an_empty_map) {
  const auto value = parse_cbor("");
  ASSERT_TRUE(value && value->object() != nullptr);
  EXPECT_TRUE(value->object()->empty());
}

TEST(AwsCbor, timestamps_are_milliseconds_or_seconds_as_a_float) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"c11b0000019b7ca98f2e", 1'767'323'045'678},
      {"1b0000019b7ca98f2e", 1'767'323'045'678},
      {"c1fb41da5546b96b645a", 1'767'185'125'678},
      {"c100", 0},
      {"c120", -1},
      {"c1f93c00", 1000},
  };
  for (const auto& [hex, ms] : cases) {
    Outer outer;
    EXPECT_EQ(bound("Time", hex, outer), "") << hex;
    EXPECT_EQ(outer.time, (WallTime{ms})) << hex;
  }
  const char* const refused = "can not be converted to milliseconds since epoch";
  for (const char* hex : {"c11b7fffffffffffffff", "c1fb426d1a94a2000000", "fb7ff8000000000000"}) {
    Outer outer;
    EXPECT_NE(bound("Time", hex, outer).find(refused), std::string::npos) << hex;
  }
}

TEST(AwsCbor, values_of_another_type_are_refused_in_aws_words) {
  struct Case {
    const char* name;
    const char* hex;
    const char* message;
  };
  const Case cases[] = {
      {"Number", "6131", "STRING_VALUE can not be converted to an Integer"},
      {"Number", "f5", "TRUE_VALUE can not be converted to an Integer"},
      {"Number", "f97e00", "NUMBER_VALUE can not be converted to an Integer"},
      {"Number", "c105", "TIMESTAMP_VALUE can not be converted to an Integer"},
      {"Blob", "6459513d3d", "STRING_VALUE can not be converted to a Blob"},
      {"Mode", "4446415354", "BYTES_VALUE can not be converted to a String"},
      {"Mode", "01", "NUMBER_VALUE can not be converted to a String"},
      {"Inner", "80", "Start of list found where not expected"},
      {"Keys", "a0", "Start of structure or map found where not expected."},
      {"Real", "634e614e", "STRING_VALUE can not be converted to a Double"},
  };
  for (const Case& c : cases) {
    Outer outer;
    EXPECT_EQ(bound(c.name, c.hex, outer), c.message) << c.name << " " << c.hex;
  }
}

TEST(AwsCbor, null_and_undefined_are_absent) {
  for (const char* hex : {"f6", "f7"}) {
    Outer outer;
    EXPECT_EQ(bound("Number", hex, outer), "");
    EXPECT_FALSE(outer.number);
  }
}

TEST(AwsCbor, hostile_documents_are_refused_without_a_message) {
  const std::string deep(65, '\x81');
  const std::string endless(200'000, '\x9f');
  const std::string many = bytes_of("a161789b0000000000200000") + std::string(2 << 20, '\xf6');
  const std::string cases[] = {
      "\x80",  // not a map
      "\xf6",
      text("a"),
      "\xa0\xa0",  // two documents
      "\xa0" + std::string(1, '\0'),
      "\xa1",  // truncated
      "\xa1" + text("a"),
      "\xbf" + text("a"),
      "\xbf",
      "\xbf" + text("a") + "\xff",  // a key without a value
      "\xa1\x01\x02",               // a number as a key
      "\xa1\x41"
      "a\x02",            // bytes as a key
      with("a", "\xff"),  // a break where none is expected
      "\xff",
      with("a", "\x61\xff"),  // not UTF-8
      "\xa1\x61\xff\x01",
      with("a", bytes_of("c0616b")),  // tags that AWS does not use
      with("a", bytes_of("c24101")),
      with("a", bytes_of("d9d9f701")),
      with("a", bytes_of("c1616b")),  // a timestamp that is no number
      with("a", bytes_of("c1c101")),
      with("a", bytes_of("c11bffffffffffffffff")),
      with("a", bytes_of("3b8000000000000000")),  // below INT64_MIN
      with("a", bytes_of("e0")),                  // simple values without a meaning
      with("a", bytes_of("f8ff")),
      with("a", bytes_of("9bffffffffffffffff")),  // lengths beyond all memory
      with("a", bytes_of("bb7fffffffffffffff")),
      with("a", bytes_of("5b7fffffffffffffff")),
      with("a", deep),
      with("a", std::string(64, '\x81') + "\x01"),
      endless,
      with("a", endless),
      many,
  };
  for (const std::string& body : cases) {
    const auto value = parse_cbor(body);
    ASSERT_FALSE(value) << ::testing::PrintToString(body.substr(0, 40));
    EXPECT_EQ(value.error().code, ErrorCode::kSerialization);
    EXPECT_EQ(value.error().message, "");
  }
  EXPECT_TRUE(parse_cbor(with("a", std::string(63, '\x81') + "\x01")));
}

TEST(AwsCbor, the_last_of_members_with_one_name_counts) {
  const auto value =
      parse_cbor("\xa3" + text("a") + "\x01" + text("b") + "\x02" + text("a") + "\x03");
  ASSERT_TRUE(value);
  EXPECT_EQ(std::get<std::int64_t>(value->find("a")->is), 3);
  EXPECT_EQ(value->object()->size(), 2U);
}

TEST(AwsCbor, integers_beyond_63_bits_are_numbers_as_in_json) {
  const auto value = parse_cbor(with("a", bytes_of("1bffffffffffffffff")));
  ASSERT_TRUE(value);
  EXPECT_EQ(std::get<double>(value->find("a")->is), 18'446'744'073'709'551'615.0);
}

TEST(AwsCbor, errors_have_aws_members) {
  EXPECT_EQ(encode_cbor_error("ValidationException", "m"),
            "\xa2" + text("__type") + text("ValidationException") + text("message") + text("m"));
  EXPECT_EQ(encode_cbor_error("SerializationException", ""),
            "\xa1" + text("__type") + text("SerializationException"));
  EXPECT_EQ(encode_cbor_error("SerializationException", "x"),
            "\xa2" + text("__type") + text("SerializationException") + text("Message") + text("x"));
}

// Structures of every kind, many of which break a constraint.
class Outers {
 public:
  Outer next() {
    Outer out;
    out.text = string(6);
    if (coin()) out.blob = Bytes(random_.bytes(random_.below(20)));
    if (coin()) out.flag = coin();
    if (coin()) out.number = static_cast<std::int32_t>(random_.below(12'000)) - 500;
    if (coin()) out.large = static_cast<std::int64_t>(random_.below(UINT64_MAX));
    if (coin()) out.real = static_cast<double>(random_.below(1 << 20)) / 7 - 1000;
    if (coin()) out.time = WallTime{static_cast<std::int64_t>(random_.below(4'000'000'000'000))};
    if (coin()) out.inner = inner();
    if (coin()) {
      out.inners.emplace();
      for (auto n = random_.below(5); n > 0; --n) out.inners->push_back(inner());
    }
    if (coin()) {
      out.keys.emplace();
      for (auto n = random_.below(4); n > 0; --n) out.keys->push_back(string(6));
    }
    if (coin()) {
      out.tags.emplace();
      for (auto n = random_.below(4); n > 0; --n) out.tags->emplace(string(6), string(8));
    }
    if (coin()) out.mode = coin() ? "FAST" : string(4);
    return out;
  }

 private:
  bool coin() { return random_.below(2) == 0; }
  std::string string(std::uint64_t size_max) {
    static constexpr std::string_view kParts[] = {"a",  "Z",  "_",    "\xc3\xa4",
                                                  "\"", "\\", "\x01", "-"};
    std::string out;
    const auto parts = coin() ? 2U : std::size(kParts);
    for (auto n = random_.below(size_max); n > 0; --n) out += kParts[random_.below(parts)];
    return out;
  }
  Inner inner() {
    Inner out{.name = string(10), .size = {}};
    if (coin()) out.size = static_cast<std::int64_t>(random_.below(130)) - 10;
    return out;
  }

  SeededRandom random_{1};
};

TEST(AwsCbor, json_and_cbor_say_the_same_of_any_structure) {
  Outers outers;
  int accepted = 0;
  for (int i = 0; i < 5000; ++i) {
    const Outer outer = outers.next();
    Outer read[2];
    Status status[2];
    for (const Format format : {Format::kJson, Format::kCbor}) {
      std::string body;
      append_document(body, format, Outer::shape, &outer);
      const auto at = static_cast<std::size_t>(format);
      status[at] = decode_document(format, body, Outer::shape, &read[at]);
      if (!status[at]) continue;
      std::string again;
      append_document(again, format, Outer::shape, &read[at]);
      ASSERT_EQ(again, body);
    }
    ASSERT_EQ(status[0].has_value(), status[1].has_value());
    if (status[0]) {
      ASSERT_EQ(read[0], outer);
      ASSERT_EQ(read[1], outer);
      ++accepted;
    } else {
      ASSERT_EQ(status[0].error().message, status[1].error().message);
    }
  }
  EXPECT_GT(accepted, 100);
  EXPECT_LT(accepted, 4900);
}

}  // namespace
}  // namespace headrace::wire
