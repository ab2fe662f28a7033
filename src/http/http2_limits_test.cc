#include "http/http2_limits.h"

#include <gtest/gtest.h>

#include <string>

#include "http/http2_client_for_test.h"
#include "http/http2_server_for_test.h"

namespace headrace::http {
namespace {

class Http2Flood : public ::testing::Test {
 protected:
  void expect_calm() {
    client.flush();
    EXPECT_TRUE(client.closes());
    EXPECT_EQ(client.goaway_error(), NGHTTP2_ENHANCE_YOUR_CALM);
    fixture.wait_until_empty();
  }

  Http2Fixture fixture;
  Http2Client client{fixture.port()};
};

TEST_F(Http2Flood, of_pings) {
  for (int i = 0; i < 700; ++i) {
    nghttp2_submit_ping(client.session(), NGHTTP2_FLAG_NONE, nullptr);
  }
  expect_calm();
}

TEST_F(Http2Flood, of_settings) {
  for (int i = 0; i < 200; ++i) {
    nghttp2_submit_settings(client.session(), NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  expect_calm();
}

TEST_F(Http2Flood, of_resets) {
  // As many at a time as are allowed, each given up at once.
  for (int round = 0; round < 50 && client.goaway_error() < 0; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::int32_t id = client.get("/hold");
      client.flush();
      nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
    client.flush();
  }
  expect_calm();
  EXPECT_LE(fixture.stage.entered, 400);
}

TEST_F(Http2Flood, of_empty_data) {
  std::string bytes;
  bool open = true;
  const std::int32_t id = client.request("POST", "/echo", &bytes, {}, &open);
  client.flush();
  for (int i = 0; i < 1100; ++i) {
    client.send_raw(Http2Client::frame(NGHTTP2_DATA, 0, static_cast<std::uint32_t>(id), ""));
  }
  expect_calm();
}

TEST_F(Http2Flood, of_continuations) {
  client.flush();
  client.send_raw(Http2Client::frame(NGHTTP2_HEADERS, 0, 1, "\x82"));
  for (int i = 0; i < 100; ++i) {
    client.send_raw(Http2Client::frame(NGHTTP2_CONTINUATION, 0, 1, "\x86"));
  }
  expect_calm();
}

TEST_F(Http2Flood, of_priorities) {
  client.flush();
  for (int i = 0; i < 2100; ++i) {
    client.send_raw(Http2Client::frame(NGHTTP2_PRIORITY, 0, 3, std::string("\0\0\0\1\x10", 5)));
  }
  expect_calm();
}

TEST(FloodGuard, forgets_after_its_period) {
  FloodGuard guard;
  const auto start = FloodGuard::Time(std::chrono::hours(1));
  const auto max = FloodGuard::kCountsMax[static_cast<std::size_t>(FloodGuard::Kind::kPing)];
  for (std::uint32_t i = 0; i < max; ++i) {
    EXPECT_TRUE(guard.count(FloodGuard::Kind::kPing, start));
  }
  EXPECT_FALSE(guard.count(FloodGuard::Kind::kPing, start));
  EXPECT_TRUE(guard.count(FloodGuard::Kind::kReset, start));
  EXPECT_TRUE(guard.count(FloodGuard::Kind::kPing, start + FloodGuard::kPeriod));
}

}  // namespace
}  // namespace headrace::http
