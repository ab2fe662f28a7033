#include "services/event_body.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "io/manual_clock.h"
#include "services/dispatch.h"
#include "wire/describe.h"
#include "wire/event_stream.h"

namespace headrace::services {
namespace {

struct Tick {
  std::int32_t number = 0;
  std::optional<Bytes> data;
  static constexpr auto shape = wire::structure(
      wire::member<&Tick::number>("Number", wire::required), wire::member<&Tick::data>("Data"));
};

struct Ticks {
  Tick tick;
  static constexpr auto shape =
      wire::structure(wire::member<&Ticks::tick>("TickEvent", wire::required),
                      wire::exception("ResourceInUseException"));
};

struct Request {
  std::int32_t count = 0;
  std::optional<std::string> ends_with;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::count>("Count", wire::required),
                      wire::member<&Request::ends_with>("EndsWith"));
};

struct Response {
  std::optional<std::string> note;
  wire::EventStream<Ticks> events;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::note>("Note"),
                      wire::member<&Response::events>("Events", wire::required));
};

boost::asio::awaitable<Result<std::optional<wire::Event>>> next(std::shared_ptr<int> number,
                                                                Request request) {
  if (*number < request.count) {
    const int n = ++*number;
    if (n == 2) {
      const auto write = [](wire::Format, std::string& out) { out += R"({"Number":-2})"; };
      co_return wire::Event{.name = "TickEvent", .value = nullptr, .write = write};
    }
    co_return wire::event("TickEvent", Tick{.number = n, .data = Bytes("ab")});
  }
  if (request.ends_with == "in use") co_return fail(ErrorCode::kInUse, "taken over");
  if (request.ends_with == "broken") co_return fail(ErrorCode::kInternal, "no disk");
  co_return std::nullopt;
}

boost::asio::awaitable<Result<Response>> watch(Caller, Request request) {
  if (request.count < 0) co_return fail(ErrorCode::kInUse, "not twice");
  Response response;
  response.events.next = std::bind_front(next, std::make_shared<int>(0), std::move(request));
  co_return response;
}

WireError wire_error(const Error& error) {
  if (error.code == ErrorCode::kInUse) return {"ResourceInUseException", 400};
  return {"InternalFailure", 500};
}

class EventBodyTest : public testing::Test {
 protected:
  template <typename T>
  static T run(boost::asio::awaitable<T> work) {
    std::optional<T> out;
    boost::asio::io_context context;
    boost::asio::co_spawn(context, std::move(work),
                          [&](std::exception_ptr, T value) { out = std::move(value); });
    context.run();
    return std::move(*out);
  }

  http::Response call(std::string body, std::string_view type = "application/x-amz-json-1.1") {
    http::Request request;
    request.method = "POST";
    request.target = request.path = "/";
    request.headers = {{"X-Amz-Target", "Clock_1.Watch"}, {"Content-Type", type}};
    http::StringBody content(std::move(body));
    return run(dispatcher_.answer(request, content));
  }

  // Every message of an answer's body.
  static std::vector<wire::EventMessage> messages(const http::Response& response) {
    std::vector<wire::EventMessage> out;
    wire::EventStreamReader reader;
    while (true) {
      const auto piece = run(response.source());
      EXPECT_TRUE(piece);
      if (!piece || piece->empty()) break;
      reader.add(*piece);
      auto message = reader.next();
      EXPECT_TRUE(message && *message) << "each message is sent as soon as it is there";
      if (!message || !*message) break;
      out.push_back(std::move(**message));
    }
    EXPECT_TRUE(reader.at_end());
    return out;
  }

  static wire::EventMessage event(std::string_view type, std::string_view payload) {
    const bool initial = type == "initial-response";
    return {{{":event-type", std::string(type)},
             {":content-type", initial ? "application/x-amz-json-1.1" : "application/json"},
             {":message-type", "event"}},
            std::string(payload)};
  }

  io::ManualClock clock_;
  SeededRandom random_{1};
  Dispatcher dispatcher_{
      {.clock = clock_,
       .random = random_,
       .region = "us-east-1",
       .enforce = false,
       .secret_of = [](std::string_view) { return std::nullopt; },
       .admin = {},
       .services = {{.signing_name = "clock",
                     .protocol = Protocol::kAwsJson,
                     .target_prefix = "Clock_1",
                     .operations = {operation<Request, Response>("Watch", "clock:Watch", watch)},
                     .wire_error = wire_error}}}};
};

TEST_F(EventBodyTest, events_follow_the_initial_response_as_they_happen) {
  const http::Response response = call(R"({"Count":3})");
  EXPECT_EQ(response.status, 200);
  ASSERT_EQ(response.headers.size(), 2U);
  EXPECT_EQ(response.headers[1].first, "Content-Type");
  EXPECT_EQ(response.headers[1].second, "application/vnd.amazon.eventstream");
  ASSERT_TRUE(response.source);
  EXPECT_EQ(response.source_size, -1);
  const std::vector<wire::EventMessage> expected = {
      event("initial-response", "{}"), event("TickEvent", R"({"Number":1,"Data":"YWI="})"),
      event("TickEvent", R"({"Number":-2})"), event("TickEvent", R"({"Number":3,"Data":"YWI="})")};
  EXPECT_EQ(messages(response), expected);
}

TEST_F(EventBodyTest, an_error_that_the_stream_declares_ends_it_as_an_exception) {
  const auto all = messages(call(R"({"Count":1,"EndsWith":"in use"})"));
  ASSERT_EQ(all.size(), 3U);
  const wire::EventMessage expected{{{":exception-type", "ResourceInUseException"},
                                     {":content-type", "application/json"},
                                     {":message-type", "exception"}},
                                    R"({"message":"taken over"})"};
  EXPECT_EQ(all.back(), expected);
}

TEST_F(EventBodyTest, any_other_error_ends_it_as_an_error_message) {
  const auto all = messages(call(R"({"Count":0,"EndsWith":"broken"})"));
  ASSERT_EQ(all.size(), 2U);
  const wire::EventMessage expected{{{":error-code", "InternalFailure"},
                                     {":error-message", "no disk"},
                                     {":message-type", "error"}},
                                    ""};
  EXPECT_EQ(all.back(), expected);
}

TEST_F(EventBodyTest, a_cbor_caller_gets_events_and_exceptions_in_cbor) {
  const std::string body =
      "\xa2\x65"
      "Count\x01\x68"
      "EndsWith\x66in use";
  const http::Response response = call(body, "application/x-amz-cbor-1.1");
  EXPECT_EQ(response.headers[1].second, "application/vnd.amazon.eventstream");
  const auto all = messages(response);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].text(":content-type"), "application/x-amz-cbor-1.1");
  EXPECT_EQ(all[0].payload, "\xa0");
  EXPECT_EQ(all[1].text(":content-type"), "application/cbor");
  EXPECT_EQ(all[1].payload,
            "\xa2\x66Number\x01\x64"
            "Data\x42"
            "ab");
  EXPECT_EQ(all[2].text(":exception-type"), "ResourceInUseException");
  EXPECT_EQ(all[2].text(":content-type"), "application/cbor");
  EXPECT_EQ(all[2].payload, "\xa1\x67message\x6ataken over");
}

TEST_F(EventBodyTest, an_error_before_the_stream_is_an_ordinary_answer) {
  const http::Response response = call(R"({"Count":-1})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"__type":"ResourceInUseException","message":"not twice"})");
  EXPECT_FALSE(response.source);
}

TEST(EventShapes, a_stream_is_described_with_its_events_and_exceptions) {
  const wire::OperationShape operations[] = {
      {.name = "Watch", .method = {}, .uri = {}, .input = {}, .output = Response::shape}};
  const std::string text = wire::describe_json("clock", operations);
  EXPECT_NE(text.find(R"({"name":"Events","location":"body","required":true,"type":"eventstream",)"
                      R"("members":[{"name":"TickEvent","location":"body","required":true,)"
                      R"("type":"structure","members":[)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"({"name":"ResourceInUseException","location":"body","exception":true,)"
                      R"("type":"structure","members":[{"name":"message","location":"body",)"
                      R"("type":"string"}]})"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace headrace::services
