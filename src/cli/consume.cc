
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/base64.h"
#include "cli/commands.h"
#include "io/system_clock.h"
#include "io/system_random.h"
#include "producer/aws_client.h"
#include "producer/consume_options.h"
#include "producer/consumer.h"
#include "producer/fan_out_consumer.h"
#include "producer/settings.h"
#include "wire/aws_json.h"
#include "wire/date.h"

namespace headrace::cli {
namespace {

using producer::ConsumedRecord;
using producer::ConsumeOptions;
using producer::Consumer;
using producer::FanOutConsumer;

struct Options {
  producer::SettingFlags settings;
  ConsumeOptions consumer;
  std::string from = "trim";
  std::string format = "raw";
};

bool write_out(std::string_view bytes, bool flush) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
         (!flush || std::fflush(stdout) == 0);
}

bool write_raw(const ConsumedRecord& record, bool flush) {
  const bool ends = record.data.ends_with('\n');
  return write_out(record.data, flush && ends) && (ends || write_out("\n", flush));
}

bool write_json(const ConsumedRecord& record, bool flush) {
  std::string line = "{\"ShardId\":";
  wire::append_json_string(line, record.shard_id);
  line += ",\"SequenceNumber\":";
  wire::append_json_string(line, record.sequence_number);
  if (record.sub_sequence_number) {
    line += ",\"SubSequenceNumber\":" + std::to_string(*record.sub_sequence_number);
  }
  line += ",\"ApproximateArrivalTimestamp\":";
  wire::append_json_timestamp(line, record.arrival);
  line += ",\"PartitionKey\":";
  wire::append_json_string(line, record.partition_key);
  line += ",\"Data\":\"" + base64_encode(record.data) + "\"}\n";
  return write_out(line, flush);
}

// trim, latest, ISO 8601 or seconds since 1970.
bool read_from(const std::string& text, ConsumeOptions& options) {
  if (text == "trim" || text == "latest") {
    options.from =
        text == "trim" ? ConsumeOptions::From::kTrimHorizon : ConsumeOptions::From::kLatest;
    // What there is now is not wanted: only waiting shows anything.
    options.follow = options.follow || text == "latest";
    return true;
  }
  options.from = ConsumeOptions::From::kTime;
  double seconds = 0;
  if (const auto time = wire::parse_iso8601(text)) {
    options.time = *time;
    return true;
  }
  if (!CLI::detail::lexical_cast(text, seconds) || !(seconds >= 0 && seconds < 1e11)) return false;
  options.time = {std::llround(seconds * 1000)};
  return true;
}

// `consumer` outlives the context that runs this.
template <typename AnyConsumer>
boost::asio::awaitable<void> run(AnyConsumer& consumer, boost::asio::signal_set& signals,
                                 Status& outcome) {
  outcome = co_await consumer.run();
  signals.cancel();
}

// Aggregated records that did not come out as their writer meant it.
void warn(const producer::RecordTaker::Counts& counts) {
  if (counts.out_of_range > 0) {
    fmt::print(stderr,
               "headrace: dropped {} aggregated record(s) with a record of another shard inside\n",
               counts.out_of_range);
  }
  if (counts.inconsistent > 0) {
    fmt::print(stderr, "headrace: {} aggregated record(s) written as stored: their keys are lost\n",
               counts.inconsistent);
  }
}

// Until the end, or SIGINT or SIGTERM.
template <typename AnyConsumer>
Status run_all(boost::asio::io_context& context, AnyConsumer& consumer) {
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    consumer.stop();
    signals.clear();  // the next one ends the process
  });
  Status outcome;
  boost::asio::co_spawn(context, run(consumer, signals, outcome), boost::asio::detached);
  context.run();
  warn(consumer.counts());
  return outcome;
}

int consume(Options options) {
  if (!read_from(options.from, options.consumer)) {
    fmt::print(stderr, "headrace consume: --from takes trim, latest or a time\n");
    return 2;
  }
  Result<producer::Settings> settings =
      producer::resolve_settings(options.settings, producer::process_environment());
  if (!settings) {
    fmt::print(stderr, "headrace consume: {}\n", settings.error().message);
    return 2;
  }
  boost::asio::io_context context(1);
  io::SystemClock clock;  // stops before the context dies
  io::SystemRandom random;
  const bool raw = options.format == "raw";
  const bool flush = options.consumer.follow;
  bool written = true;
  const auto take = [&](const ConsumedRecord& record) {
    written = raw ? write_raw(record, flush) : write_json(record, flush);
    return written;
  };
  options.consumer.warn = [](std::string_view what) {
    fmt::print(stderr, "headrace: waiting after {}\n", what);
  };
  Status outcome;
  if (options.consumer.consumer.empty()) {
    producer::AwsClient client(context.get_executor(), std::move(*settings), clock);
    Consumer consumer(client, options.consumer, clock, random, take);
    outcome = run_all(context, consumer);
  } else {
    FanOutConsumer consumer(context.get_executor(), std::move(*settings), options.consumer, clock,
                            random, take);
    outcome = run_all(context, consumer);
  }
  if (std::fflush(stdout) != 0) written = false;
  if (!outcome) fmt::print(stderr, "headrace: {}\n", outcome.error().message);
  if (!written) fmt::print(stderr, "headrace: standard output could not be written\n");
  return outcome && written ? 0 : 1;
}

}  // namespace

void add_consume(CLI::App& app, Command& command) {
  auto options = std::make_shared<Options>();  // shared with CLI11, which fills it
  CLI::App* sub =
      app.add_subcommand("consume", "Print the records of every shard of a stream, in order.");
  sub->add_option("--stream", options->consumer.stream, "Name or ARN")->required();
  sub->add_option("--region", options->settings.region, "AWS region");
  sub->add_option("--endpoint-url", options->settings.endpoint_url,
                  "Server; default AWS_ENDPOINT_URL, else AWS");
  sub->add_option("--from", options->from, "trim, latest, or a time (ISO 8601, or seconds)")
      ->capture_default_str();
  sub->add_option("--format", options->format,
                  "raw: the data, each ending in a line feed; json: a line with the data in base64")
      ->check(CLI::IsMember({"raw", "json"}))
      ->capture_default_str();
  sub->add_flag("--follow", options->consumer.follow,
                "Wait for more instead of ending with what was there at the start\n"
                "(always with --from latest)");
  sub->add_option("--consumer", options->consumer.consumer,
                  "Read by enhanced fan-out as this consumer, registered when it is not");
  sub->add_flag("--raw", options->consumer.aggregated,
                "Aggregated records (Kinesis Producer Library) as stored, not taken apart");
  sub->callback([&command, options] { command = [options] { return consume(*options); }; });
}

}  // namespace headrace::cli
