
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "io/system_clock.h"
#include "io/system_random.h"
#include "producer/event.h"
#include "producer/input.h"
#include "producer/lines.h"
#include "producer/producer.h"
#include "producer/rejected_file.h"
#include "producer/settings.h"
#include "wire/date.h"

namespace headrace::cli {
namespace {

constexpr std::chrono::milliseconds kFollowPoll{200};
constexpr std::chrono::milliseconds kProgressEvery{500};

struct Options {
  producer::SettingFlags settings;
  producer::Producer::Options producer;
  std::vector<std::string> files = {"-"};
  std::string format = "lines";
  std::string partition_key = "random";
  std::string rate;
  std::int64_t linger_ms = 100;
  std::string rejected;
  bool follow = false;
};

// Lives from the first byte to the summary.
struct Session {
  Session(const Options& o, producer::Settings settings, Clock& c, Random& random,
          boost::asio::io_context& context, std::string rejected_path)
      : clock(c),
        follow(o.follow),
        input(o.files),
        rejected(std::move(rejected_path)),
        records(
            context.get_executor(), std::move(settings), o.producer, clock, random,
            [this](std::string_view data, std::string_view reason) { rejected.add(data, reason); }),
        lines(
            {.format = o.format == "ndjson" ? producer::Format::kNdjson : producer::Format::kLines,
             .key_field = o.partition_key == "random" ? "" : o.partition_key},
            random, [this](producer::Record record) { records.put(std::move(record)); },
            [this](std::string_view data, std::string_view reason) {
              records.reject(data, reason);
            }),
        wake(clock),
        signals(context, SIGINT, SIGTERM),
        began(clock.monotonic_now()) {}

  double seconds() const {
    return std::chrono::duration<double>(clock.monotonic_now() - began).count();
  }

  Clock& clock;
  bool follow;
  producer::Input input;
  producer::RejectedFile rejected;
  producer::Producer records;
  producer::Lines lines;
  producer::Event wake;  // of what waits for the clock
  boost::asio::signal_set signals;
  MonotonicTime began;
  bool interrupted = false;
  bool over = false;
  std::optional<Error> input_error = {};
};

// The session outlives the context that runs these.
boost::asio::awaitable<void> feed(Session& session) {
  while (!session.records.stopped()) {
    Result<std::string> piece = co_await session.input.next();
    if (!piece) {
      session.input_error = std::move(piece).error();
      break;
    }
    if (piece->empty()) {
      if (!session.follow || session.interrupted) break;
      co_await session.wake.wait(session.clock.monotonic_now() + kFollowPoll);
      continue;
    }
    if (Status added = session.lines.add(*piece); !added) {
      session.input_error = std::move(added).error();
      break;
    }
    co_await session.records.room();
  }
  session.lines.finish();
  session.records.close();
}

boost::asio::awaitable<void> send(Session& session) {
  co_await session.records.run();
  session.over = true;
  session.wake.notify();
  session.signals.cancel();
}

boost::asio::awaitable<void> show_progress(Session& session) {
  while (!session.over) {
    const auto& sum = session.records.summary();
    fmt::print(stderr, "\r\x1b[K{} records, {:.1f} MB, {:.0f} records/s, {} retries, {} failures",
               sum.records, static_cast<double>(sum.bytes) / 1e6,
               static_cast<double>(sum.records) / session.seconds(), sum.retries, sum.failures);
    co_await session.wake.wait(session.clock.monotonic_now() + kProgressEvery);
  }
  fmt::print(stderr, "\r\x1b[K");
}

// The first signal ends the reading, a second one the sending.
void on_signal(Session& session) {
  session.signals.async_wait([&session](const boost::system::error_code& error, int) {
    if (error) return;
    if (session.interrupted) session.records.stop("interrupted");
    session.interrupted = true;
    session.input.stop();
    session.wake.notify();
    on_signal(session);
  });
}

int report(Session& session) {
  const auto& sum = session.records.summary();
  const Status written = session.rejected.close();
  if (session.input_error) fmt::print(stderr, "headrace: {}\n", session.input_error->message);
  if (!sum.fatal.empty()) fmt::print(stderr, "headrace: stopped: {}\n", sum.fatal);
  if (!written) fmt::print(stderr, "headrace: {}\n", written.error().message);
  if (sum.failures > 0) {
    fmt::print(stderr, "headrace: {} records were not accepted; they are in {}\n", sum.failures,
               session.rejected.path());
    for (const auto& [reason, count] : session.rejected.reasons()) {
      fmt::print(stderr, "  {} x {}\n", count, reason);
    }
  }
  fmt::print("records={} bytes={} seconds={:.3f} retries={} failures={}\n", sum.records, sum.bytes,
             session.seconds(), sum.retries, sum.failures);
  const bool good = !session.input_error && sum.fatal.empty() && written && sum.failures == 0;
  return good ? 0 : 1;
}

// "1000" or "1000/s"; nothing when it is neither.
std::optional<std::uint64_t> parse_rate(std::string text) {
  if (text.ends_with("/s")) text.resize(text.size() - 2);
  std::uint64_t rate = 0;
  if (!CLI::detail::lexical_cast(text, rate) || rate == 0) return std::nullopt;
  return rate;
}

int usage(std::string_view message) {
  fmt::print(stderr, "headrace produce: {}\n", message);
  return 2;
}

int produce(Options options) {
  if (options.format == "lines" && options.partition_key != "random") {
    return usage("--partition-key FIELD needs --format ndjson");
  }
  if (!options.rate.empty()) {
    const auto rate = parse_rate(options.rate);
    if (!rate) return usage("--rate takes records a second, for example 1000/s");
    options.producer.rate = *rate;
  }
  options.producer.linger = std::chrono::milliseconds(options.linger_ms);
  Result<producer::Settings> settings =
      producer::resolve_settings(options.settings, producer::process_environment());
  if (!settings) return usage(settings.error().message);

  boost::asio::io_context context(1);
  io::SystemClock clock;  // stops before the context dies
  io::SystemRandom random;
  std::string rejected = options.rejected;
  if (rejected.empty()) {
    std::string when = wire::format_iso8601(clock.wall_now());
    std::erase_if(when, [](char c) { return c == ':' || c == '-'; });
    rejected = "headrace-rejected-" + when + (options.format == "ndjson" ? ".ndjson" : ".txt");
  }
  Session session(options, std::move(*settings), clock, random, context, std::move(rejected));
  on_signal(session);
  boost::asio::co_spawn(context, feed(session), boost::asio::detached);
  boost::asio::co_spawn(context, send(session), boost::asio::detached);
  if (::isatty(STDERR_FILENO) != 0) {
    boost::asio::co_spawn(context, show_progress(session), boost::asio::detached);
  }
  context.run();
  return report(session);
}

}  // namespace

void add_produce(CLI::App& app, Command& command) {
  auto options = std::make_shared<Options>();  // shared with CLI11, which fills it
  CLI::App* sub = app.add_subcommand(
      "produce",
      "Send lines to a stream. A record is a line with its line feed; blank lines are "
      "skipped.");
  sub->add_option("--stream", options->producer.stream, "Name or ARN")->required();
  sub->add_option("--region", options->settings.region, "AWS region");
  sub->add_option("--endpoint-url", options->settings.endpoint_url,
                  "Server; default AWS_ENDPOINT_URL, else AWS");
  sub->add_option("--file", options->files, "Files to read, - for standard input (default)");
  sub->add_flag("--follow", options->follow, "Go on as the last file grows, like tail -f");
  sub->add_option("--format", options->format, "lines, or ndjson: each line a JSON object")
      ->check(CLI::IsMember({"lines", "ndjson"}))
      ->capture_default_str();
  sub->add_option("--partition-key", options->partition_key,
                  "Member of each object that is the partition key, or random. A request carries "
                  "one record of a key, so that a key's records keep their order")
      ->capture_default_str();
  sub->add_option("--batch-records", options->producer.batch_records, "Records in a request")
      ->check(CLI::Range(std::size_t{1}, producer::kBatchRecordsMax))
      ->capture_default_str();
  sub->add_option("--rate", options->rate, "At most this many records a second");
  sub->add_option("--linger", options->linger_ms, "Milliseconds that a batch waits to fill")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{60'000}))
      ->capture_default_str();
  sub->add_option("--rejected", options->rejected,
                  "File for records that were not accepted; default headrace-rejected-TIME");
  sub->callback([&command, options] { command = [options] { return produce(*options); }; });
}

}  // namespace headrace::cli
