#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "http/http2_client_for_test.h"
#include "http/http2_limits.h"
#include "http/http2_server_for_test.h"

namespace headrace::http {
namespace {

using std::chrono::milliseconds;

std::string patterned(std::size_t size) {
  std::string bytes(size, 'a');
  for (std::size_t i = 0; i < size; i += 7) {
    bytes[i] = static_cast<char>('a' + i % 26);
  }
  return bytes;
}

TEST(Http2, serves_a_client_that_begins_with_the_preface) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const auto first = client.wait(client.get("/fields?a=b", {{"x-one", "1"}}));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "GET a=b\n:authority=h.example:80\nx-one=1\nhost=h.example:80\nplain");
  EXPECT_EQ(first.fields.at("content-length"), std::to_string(first.body.size()));
  EXPECT_EQ(first.fields.at("date").size(), 29U);
  EXPECT_EQ(client.wait(client.post("/echo", "hello")).body, "hello");
  EXPECT_EQ(client.wait(client.post("/echo", "")).fields.at("content-length"), "0");
}

TEST(Http2, is_chosen_by_alpn_and_by_the_preface_without_it) {
  Http2Fixture fixture({}, true);
  for (const std::string alpn : {"h2", ""}) {
    Http2Client client(fixture.tls_port(), {.tls = true, .alpn = alpn});
    EXPECT_EQ(client.protocol(), alpn);
    EXPECT_TRUE(client.wait(client.get("/fields")).body.ends_with("secure"));
    const std::string large = patterned(3U << 20);
    EXPECT_EQ(client.wait(client.post("/echo", large)).body, large);
  }
}

TEST(Http2, takes_over_from_http_1_1_when_asked) {
  Http2Fixture fixture;
  Http2Client client(fixture.port(),
                     {.upgrade = true,
                      .socket_prefix = "POST /echo HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n"
                                       "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"
                                       "Connection: Upgrade, HTTP2-Settings\r\n"
                                       "Content-Length: 5\r\n\r\nhello"});
  EXPECT_EQ(client.wait(1).body, "hello");
  EXPECT_EQ(client.wait(client.post("/echo", "again")).body, "again");
}

TEST(Http2, the_authority_is_the_host) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  EXPECT_EQ(client.wait(client.get("/fields", {{"host", "only.example"}})).body,
            "GET \nhost=only.example\nplain");
  EXPECT_EQ(client.wait(client.get("/fields", {{":authority", "a"}, {"host", "A"}})).body,
            "GET \n:authority=a\nhost=A\nplain");
  EXPECT_EQ(client.wait(client.get("/fields", {{":authority", "a"}, {"host", "b"}})).status, 400);
}

TEST(Http2, refuses_heads_that_are_too_large_or_belong_to_a_connection) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  Http2Client::Fields many;
  for (int i = 0; i < 9; ++i) {
    many.emplace_back("x-" + std::to_string(i), std::string(8000, 'x'));
  }
  EXPECT_EQ(client.wait(client.get("/fields", many)).status, 431);
  EXPECT_EQ(client.wait(client.get("/fields", {{"connection", "close"}})).error,
            static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_EQ(client.wait(client.get("no-slash")).status, 0);
  EXPECT_EQ(client.wait(client.get("/fields")).status, 200);
}

TEST(Http2, sends_no_body_where_there_is_none) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const auto head = client.wait(client.request("HEAD", "/sized", nullptr));
  EXPECT_EQ(head.fields.at("content-length"), "8");
  EXPECT_EQ(head.body, "");
  EXPECT_FALSE(client.wait(client.get("/204")).fields.contains("content-length"));
  const auto not_modified = client.wait(client.get("/304"));
  EXPECT_EQ(not_modified.status, 304);
  EXPECT_EQ(not_modified.fields.at("content-length"), "1234");
}

TEST(Http2, streams_answers_and_resets_those_that_fail) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const auto sized = client.wait(client.get("/sized"));
  EXPECT_EQ(sized.body, "abcdefgh");
  EXPECT_EQ(sized.fields.at("content-length"), "8");
  const auto chunked = client.wait(client.get("/chunked"));
  EXPECT_EQ(chunked.body, "abcdefgh");
  EXPECT_FALSE(chunked.fields.contains("content-length"));
  EXPECT_EQ(chunked.error, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  for (const char* path : {"/short", "/broken"}) {
    const auto broken = client.wait(client.get(path));
    EXPECT_EQ(broken.body, "abc") << path;
    EXPECT_EQ(broken.error, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR)) << path;
  }
  EXPECT_EQ(client.wait(client.get("/failed")).status, 500);
}

TEST(Http2, serves_a_hundred_streams_at_a_time) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(client.get("/wait"));
  }
  client.flush();
  fixture.stage.wait_for(fixture.stage.entered, 100);
  fixture.stage.open = true;
  for (const std::int32_t id : ids) {
    EXPECT_EQ(client.wait(id).body, "waited");
  }
}

TEST(Http2, carries_large_bodies_both_ways) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const std::string bytes = patterned(10U << 20);
  const auto length = std::to_string(bytes.size());
  EXPECT_EQ(client.wait(client.post("/echo", bytes, {{"content-length", length}})).body, bytes);
  EXPECT_EQ(client.wait(client.post("/echo", bytes)).body, bytes);
  fixture.stage.open = true;
  EXPECT_EQ(client.wait(client.post("/pieces", bytes)).body, bytes);
  EXPECT_EQ(client.wait(client.post("/echo", bytes + bytes)).body, "request too large");
}

TEST(Http2, a_handler_that_does_not_read_holds_its_client_back) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const std::string bytes = patterned(4U << 20);
  const std::int32_t held = client.request("POST", "/pieces", &bytes);
  // The window is used up, yet others are served.
  EXPECT_TRUE(client.until([&] { return client.sent_of(held) >= kStreamWindowBytes; }));
  EXPECT_EQ(client.wait(client.post("/echo", "other")).body, "other");
  EXPECT_EQ(client.sent_of(held), kStreamWindowBytes);
  fixture.stage.open = true;
  const auto answer = client.wait(held);
  EXPECT_EQ(answer.body, bytes);
  EXPECT_EQ(answer.fields.at("x-name"), "a  b");
  EXPECT_FALSE(answer.fields.contains("connection"));
}

TEST(Http2, an_answer_that_is_not_read_is_not_pulled) {
  Http2Fixture fixture;
  Http2Client client(fixture.port(), {.consume = false});
  const std::int32_t endless = client.get("/endless");
  // The initial window of a stream and of the connection.
  const auto received = [&] { return client.answer(endless).body.size(); };
  EXPECT_TRUE(client.until([&] { return received() == 65535; }));
  const std::int32_t small = client.request("HEAD", "/sized", nullptr);
  EXPECT_EQ(client.wait(small).status, 200);
  EXPECT_LE(fixture.stage.pulled, 2);
  nghttp2_session_consume(client.session(), endless, 65535);
  EXPECT_TRUE(client.until([&] { return received() == std::size_t{2} * 65535; }));
  EXPECT_LE(fixture.stage.pulled, 3);
  nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, endless, NGHTTP2_CANCEL);
  EXPECT_EQ(client.wait(client.request("HEAD", "/sized", nullptr)).status, 200);
}

TEST(Http2, continues_only_a_body_that_is_wanted) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  std::string bytes;
  bool open = true;
  const std::int32_t wanted =
      client.request("POST", "/echo", &bytes, {{"expect", "100-continue"}}, &open);
  EXPECT_TRUE(client.until([&] { return client.answer(wanted).informational == 100; }));
  bytes = "body";
  open = false;
  client.resume(wanted);
  EXPECT_EQ(client.wait(wanted).body, "body");
  EXPECT_EQ(client.wait(client.post("/fields", "x", {{"expect", "miracles"}})).status, 417);
}

TEST(Http2, declines_a_long_body_that_is_not_wanted) {
  Http2Fixture fixture({.dropped_body_bytes_max = 100'000});
  Http2Client client(fixture.port());
  EXPECT_EQ(client.wait(client.post("/fields", std::string(100'000, 'x'))).error, 0U);
  const std::string endless(100U << 20, 'x');
  const std::int32_t id = client.request("POST", "/fields", &endless);
  const auto answer = client.wait(id);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.starts_with("POST"));
  EXPECT_EQ(answer.error, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_LT(client.sent_of(id), endless.size());
}

TEST(Http2, reads_trailers) {
  Http2Fixture fixture;
  fixture.stage.open = true;
  Http2Client client(fixture.port());
  const std::string bytes = "abc";
  bool open = true;
  const std::int32_t id = client.request("POST", "/pieces", &bytes, {}, &open);
  client.flush();
  std::string name = "x-sum";
  std::string value = "42";
  nghttp2_nv trailer{reinterpret_cast<std::uint8_t*>(name.data()),
                     reinterpret_cast<std::uint8_t*>(value.data()), name.size(), value.size(), 0};
  nghttp2_submit_headers(client.session(), NGHTTP2_FLAG_END_STREAM, id, nullptr, &trailer, 1,
                         nullptr);
  EXPECT_EQ(client.wait(id).fields.at("x-trailer"), "42");
}

TEST(Http2, settings_may_change_and_pings_are_answered) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  EXPECT_EQ(client.wait(client.get("/fields")).status, 200);
  const nghttp2_settings_entry one{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1};
  nghttp2_submit_settings(client.session(), NGHTTP2_FLAG_NONE, &one, 1);
  nghttp2_submit_ping(client.session(), NGHTTP2_FLAG_NONE, nullptr);
  EXPECT_TRUE(client.until([&] { return client.ping_acks() == 1; }));
  EXPECT_EQ(client.wait(client.get("/fields")).status, 200);
}

TEST(Http2, goes_on_with_open_streams_after_the_clients_goaway) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const std::int32_t id = client.get("/wait");
  client.flush();
  fixture.stage.wait_for(fixture.stage.entered, 1);
  nghttp2_submit_goaway(client.session(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  nghttp2_submit_ping(client.session(), NGHTTP2_FLAG_NONE, nullptr);
  EXPECT_TRUE(client.until([&] { return client.ping_acks() == 1; }));
  fixture.stage.open = true;
  EXPECT_EQ(client.wait(id).body, "waited");
  EXPECT_TRUE(client.closes());
  fixture.wait_until_empty();
}

TEST(Http2, closes_after_an_answer_that_says_so) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const std::int32_t waiting = client.get("/wait");
  client.flush();
  fixture.stage.wait_for(fixture.stage.entered, 1);
  EXPECT_EQ(client.wait(client.get("/close")).body, "closing");
  EXPECT_TRUE(client.until([&] { return client.goaway_error() == NGHTTP2_NO_ERROR; }));
  fixture.stage.open = true;
  EXPECT_EQ(client.wait(waiting).body, "waited");
  EXPECT_TRUE(client.closes());
}

TEST(Http2, turns_clients_away_past_its_connections) {
  Http2Fixture fixture({.connections_max = 1});
  Http2Client first(fixture.port());
  EXPECT_EQ(first.wait(first.get("/fields")).status, 200);
  Http2Client second(fixture.port());
  EXPECT_TRUE(second.closes());
  EXPECT_EQ(second.goaway_error(), NGHTTP2_ENHANCE_YOUR_CALM);
  EXPECT_EQ(first.wait(first.get("/fields")).status, 200);
}

// ---- Time ----

TEST(Http2, closes_connections_that_stay_idle) {
  Http2Fixture fixture({.idle_timeout = milliseconds(50)});
  Http2Client client(fixture.port());
  EXPECT_EQ(client.wait(client.get("/fields")).status, 200);
  EXPECT_TRUE(client.closes());
  EXPECT_EQ(client.goaway_error(), NGHTTP2_NO_ERROR);
  fixture.wait_until_empty();
}

TEST(Http2, gives_up_on_streams_that_stall_and_on_no_others) {
  Http2Fixture fixture({.progress_timeout = milliseconds(60)});
  Http2Client client(fixture.port(), {.consume = false});
  const std::int32_t subscription = client.get("/subscribe");
  EXPECT_TRUE(client.until([&] { return client.answer(subscription).body == "hello"; }));
  std::string bytes = "part";
  bool open = true;
  const std::int32_t upload = client.request("POST", "/echo", &bytes, {}, &open);
  EXPECT_TRUE(client.until([&] { return client.answer(upload).body == "request timeout"; }));
  const std::int32_t endless = client.get("/endless");
  EXPECT_EQ(client.wait(endless).error, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  // It has nothing to send, which is not a stall.
  EXPECT_FALSE(client.answer(subscription).closed);
}

TEST(Http2, gives_up_on_a_head_that_does_not_end) {
  Http2Fixture fixture({.progress_timeout = milliseconds(50)});
  Http2Client client(fixture.port());
  EXPECT_EQ(client.wait(client.get("/fields")).status, 200);
  client.flush();  // the settings are acknowledged; nothing may interrupt a head
  client.send_raw(Http2Client::frame(NGHTTP2_HEADERS, 0, 3, "\x82"));
  EXPECT_TRUE(client.closes());
  EXPECT_EQ(client.goaway_error(), NGHTTP2_ENHANCE_YOUR_CALM);
}

// ---- Ends ----

TEST(Http2, a_dropped_connection_stops_what_waits_on_it) {
  Http2Fixture fixture;
  Http2Client client(fixture.port());
  const std::int32_t subscription = client.get("/subscribe");
  client.get("/hold");
  EXPECT_TRUE(client.until([&] { return client.answer(subscription).body == "hello"; }));
  fixture.stage.wait_for(fixture.stage.entered, 2);
  client.vanish();
  fixture.wait_until_empty();
  EXPECT_EQ(fixture.stage.stopped, 2);
}

TEST(Http2, a_reset_stream_stops_what_waits_on_it) {
  Http2Fixture fixture({}, true);
  Http2Client client(fixture.tls_port(), {.tls = true});
  const std::int32_t subscription = client.get("/subscribe");
  EXPECT_TRUE(client.until([&] { return client.answer(subscription).body == "hello"; }));
  fixture.stage.wait_for(fixture.stage.entered, 1);
  nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, subscription, NGHTTP2_CANCEL);
  client.flush();
  fixture.stage.wait_for(fixture.stage.stopped, 1);
  EXPECT_EQ(client.wait(client.get("/fields")).status, 200);
}

TEST(Http2, drain_lets_streams_finish_and_tells_the_long_ones_to) {
  Http2Fixture fixture;
  Http2Client idle(fixture.port());
  EXPECT_EQ(idle.wait(idle.get("/fields")).status, 200);
  Http2Client busy(fixture.port());
  bool open = true;
  std::string bytes = "slow ";
  const std::int32_t upload = busy.request("POST", "/echo", &bytes, {}, &open);
  const std::int32_t subscription = busy.get("/subscribe");
  EXPECT_TRUE(busy.until([&] { return busy.answer(subscription).body == "hello"; }));
  fixture.stage.wait_for(fixture.stage.entered, 1);
  auto drained = std::async(std::launch::async, [&] { return fixture.server->drain(); });
  EXPECT_TRUE(idle.closes());
  EXPECT_EQ(idle.goaway_error(), NGHTTP2_NO_ERROR);
  const auto ended = busy.wait(subscription);
  EXPECT_EQ(ended.body, "hello");
  EXPECT_EQ(ended.error, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  bytes += "body";
  open = false;
  busy.resume(upload);
  EXPECT_EQ(busy.wait(upload).body, "slow body");
  EXPECT_TRUE(busy.closes());
  EXPECT_TRUE(drained.get());
}

TEST(Http2, drain_lets_a_slow_client_take_the_end_of_a_sized_answer) {
  Http2Fixture fixture;
  Http2Client slow(fixture.port(), {.slow_link = true});
  const std::int32_t large = slow.get("/large");
  slow.flush();
  fixture.stage.wait_for(fixture.stage.entered, 1);
  Http2Client stuck(fixture.port(), {.consume = false});
  const std::int32_t endless = stuck.get("/endless");
  EXPECT_TRUE(stuck.until([&] { return stuck.answer(endless).body.size() == 65535; }));
  auto drained = std::async(std::launch::async, [&] { return fixture.server->drain(); });
  // That is when answers without a length are given up.
  EXPECT_EQ(stuck.wait(endless).error, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  EXPECT_EQ(slow.wait(large).body.size(), kLargeBytes);
  EXPECT_TRUE(slow.closes());
  EXPECT_TRUE(drained.get());
}

TEST(Http2, drain_frees_handlers_that_watch_their_stop) {
  Http2Fixture fixture({.drain_timeout = milliseconds(50)});
  Http2Client client(fixture.port());
  const std::string bytes = patterned(100);
  bool open = true;
  client.request("POST", "/echo", &bytes, {}, &open);
  client.get("/hold");
  client.flush();
  fixture.stage.wait_for(fixture.stage.entered, 1);
  EXPECT_TRUE(fixture.server->drain());
}

}  // namespace
}  // namespace headrace::http
