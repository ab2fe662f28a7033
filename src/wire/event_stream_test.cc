#include "wire/event_stream.h"

#include <gtest/gtest.h>

#include "base/crc.h"

namespace headrace::wire {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

Result<std::optional<EventMessage>> read_one(std::string_view bytes) {
  EventStreamReader reader;
  reader.add(bytes);
  return reader.next();
}

// A frame with right checksums around any content.
std::string framed(std::size_t headers, std::string_view content) {
  const auto number = [](std::size_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
    return out;
  };
  std::string out = number(content.size() + 16) + number(headers);
  out += number(crc32(out));
  out += content;
  return out + number(crc32(out));
}

// The messages of the format's published test cases.
TEST(EventStream, published_messages_are_read_and_written) {
  struct Case {
    EventMessage message;
    const char* hex;
  };
  const std::string payload = "{'foo':'bar'}";
  const Case cases[] = {
      {{}, "000000100000000005c248eb7d98c8ff"},
      {{{}, payload}, "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936"},
      {{{{"event-type", std::int32_t{40'972}}}, payload},
       "0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a27626172277d36f480a"
       "0"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(encode_event_message(c.message), bytes_of(c.hex));
    const auto read = read_one(bytes_of(c.hex));
    ASSERT_TRUE(read && *read) << c.hex;
    EXPECT_EQ(**read, c.message);
  }
}

TEST(EventStream, every_type_of_header_comes_back) {
  EventMessage message;
  message.headers = {{"t", true},
                     {"f", false},
                     {"byte", std::int8_t{-1}},
                     {"short", std::int16_t{-2}},
                     {"int", std::int32_t{-3}},
                     {"long", std::int64_t{INT64_MIN}},
                     {"bytes", Bytes(std::string("\0\xff", 2))},
                     {"text", "\xe2\x82\xac"},
                     {"time", WallTime{1'767'323'045'678}},
                     {"uuid", EventHeader::Uuid{1, 2, 3, 255}}};
  message.payload = std::string(100'000, 'x');
  const auto read = read_one(encode_event_message(message));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ(**read, message);
  EXPECT_EQ((*read)->text("text"), "\xe2\x82\xac");
  EXPECT_EQ((*read)->text("int"), "");
  EXPECT_EQ((*read)->text("none"), "");
}

TEST(EventStream, messages_come_out_of_pieces_of_any_size) {
  std::string body;
  for (int i = 0; i < 5; ++i) {
    body += encode_event_message(
        {{{"n", std::int32_t{i}}}, std::string(static_cast<std::size_t>(i) * 10, 'p')});
  }
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    EventStreamReader reader;
    int count = 0;
    for (std::size_t at = 0; at < body.size(); at += piece) {
      reader.add(std::string_view(body).substr(at, piece));
      while (true) {
        const auto message = reader.next();
        ASSERT_TRUE(message);
        if (!*message) break;
        EXPECT_EQ((*message)->payload.size(), static_cast<std::size_t>(count++) * 10);
      }
    }
    EXPECT_EQ(count, 5);
    EXPECT_TRUE(reader.at_end());
  }
  EventStreamReader reader;
  reader.add(std::string_view(body).substr(0, body.size() - 1));
  while (*reader.next()) {
  }
  EXPECT_FALSE(reader.at_end());
}

TEST(EventStream, a_changed_byte_is_noticed_wherever_it_is) {
  const std::string message = encode_event_message({{{"name", "value"}}, "payload"});
  for (std::size_t i = 0; i < message.size(); ++i) {
    std::string changed = message;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EventStreamReader reader;
    reader.add(changed);
    const auto read = reader.next();
    ASSERT_FALSE(read) << i;
    EXPECT_EQ(read.error().code, ErrorCode::kMalformedDocument);
    EXPECT_FALSE(reader.next()) << "an error does not go away";
  }
}

TEST(EventStream, sizes_out_of_bounds_are_refused_before_their_bytes_come) {
  struct Case {
    std::uint32_t total;
    std::uint32_t headers;
  };
  for (const auto& [total, headers] :
       {Case{0, 0}, Case{15, 0}, Case{16, 1}, Case{40, 0xffffffff}, Case{0xffffffff, 0},
        Case{200'000, 131'073}, Case{(24U << 20) + 17, 0}}) {
    std::string prelude;
    for (const std::uint32_t value : {total, headers}) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        prelude.push_back(static_cast<char>(value >> shift));
      }
    }
    const std::uint32_t sum = crc32(prelude);
    for (int shift = 24; shift >= 0; shift -= 8) prelude.push_back(static_cast<char>(sum >> shift));
    EXPECT_FALSE(read_one(prelude)) << total << " " << headers;
  }
}

TEST(EventStream, headers_that_do_not_parse_are_refused) {
  const std::string good("\x01n\x04\0\0\0\x07", 7);
  EXPECT_TRUE(read_one(framed(good.size(), good)));
  for (const std::string& headers :
       {std::string("\x00\x00", 2), std::string("\x05na", 3), std::string("\x01n", 2),
        std::string("\x01n\x0a", 3), std::string("\x01n\x04\0\0", 5),
        std::string("\x01n\x07\x00\x05"
                    "abc",
                    8),
        std::string("\x01n\x09\0\0", 5), good + good,
        std::string("\x01n\x06\x80\x00", 5) + std::string(32'768, 'x')}) {
    EXPECT_FALSE(read_one(framed(headers.size(), headers)));
  }
}

TEST(EventStream, a_text_past_its_bound_is_cut) {
  const auto read = read_one(encode_event_message({{{"m", std::string(70'000, 'x')}}, ""}));
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->text("m").size(), kEventValueBytesMax);
}

}  // namespace
}  // namespace headrace::wire
