// PutRecords and GetRecords from body to body: no HTTP, no signature, the log not synced.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/base64.h"
#include "base/check.h"
#include "io/posix_disk.h"
#include "io/system_clock.h"
#include "io/system_random.h"
#include "services/kinesis/kinesis.h"
#include "services/kinesis/put_records_cbor.h"
#include "services/kinesis/put_records_json.h"
#include "wire/cbor.h"

namespace headrace {
namespace {

constexpr int kInFlight = 16;
constexpr int kRecords = 500;

struct Bench {
  Bench() {
    directory = (std::filesystem::temp_directory_path() / "headrace-bench-XXXXXX").string();
    CHECK(mkdtemp(directory.data()) != nullptr);
    storage::Store::Options options;
    options.directory = directory + "/data";
    options.sync = false;
    options.schemas = {streams::schema()};
    store = std::move(*storage::Store::open(disk, clock, std::move(options)));
    pool.emplace(1);
    streams.emplace(streams::Streams::Environment{.store = *store,
                                                  .clock = clock,
                                                  .random = random,
                                                  .pool = *pool,
                                                  .limits = streams::Limits::kNone,
                                                  .transition_ms = 0,
                                                  .warn = nullptr});
    CHECK(streams->start().has_value());
    kinesis.emplace(services::kinesis::Kinesis{*streams, clock});
    operations = services::kinesis::operations(*kinesis);
    create_stream();
  }
  ~Bench() {
    streams.reset();
    pool.reset();
    store.reset();
    std::filesystem::remove_all(directory);
  }

  const services::Operation& find(std::string_view name) const {
    for (const auto& operation : operations) {
      if (operation.name == name) return operation;
    }
    CHECK(false);
  }

  void create_stream() {
    const streams::StreamKey key{"000000000000", "us-east-1", *streams::StreamName::parse("s")};
    boost::asio::io_context context;
    boost::asio::co_spawn(context, streams->create(key, 4, {}),
                          [](std::exception_ptr, Status status) { CHECK(status.has_value()); });
    context.run();
    stream = *streams->find(key);
  }

  std::string directory;
  io::PosixDisk disk;
  io::SystemClock clock;
  io::SystemRandom random;
  std::unique_ptr<storage::Store> store;
  std::optional<io::BlockingPool> pool;
  std::optional<streams::Streams> streams;
  std::optional<services::kinesis::Kinesis> kinesis;
  std::vector<services::Operation> operations;
  std::shared_ptr<streams::Stream> stream;
};

std::string put_body(int records, std::size_t size) {
  SeededRandom random(1);
  std::string body = "{\"StreamName\": \"s\", \"Records\": [";
  for (int i = 0; i < records; ++i) {
    body += std::string(i == 0 ? "" : ", ") + "{\"Data\": \"" + base64_encode(random.bytes(size)) +
            "\", \"PartitionKey\": \"" + random.hex(8) + "\"}";
  }
  return body + "]}";
}

std::string put_body_cbor(int records, std::size_t size) {
  SeededRandom random(1);
  std::string body = "\xbf";
  wire::append_cbor_text(body, "StreamName");
  wire::append_cbor_text(body, "s");
  wire::append_cbor_text(body, "Records");
  body += '\x9f';
  for (int i = 0; i < records; ++i) {
    body += '\xbf';
    wire::append_cbor_text(body, "Data");
    wire::append_cbor_bytes(body, random.bytes(size));
    wire::append_cbor_text(body, "PartitionKey");
    wire::append_cbor_text(body, random.hex(8));
    body += '\xff';
  }
  return body + "\xff\xff";
}

void together(const services::Operation& operation, const std::string& body,
              wire::Format format = wire::Format::kJson) {
  boost::asio::io_context context;
  for (int i = 0; i < kInFlight; ++i) {
    boost::asio::co_spawn(context, operation.handle_document(services::Caller{}, format, body),
                          [](std::exception_ptr, Result<std::string> answer) {
                            CHECK(answer.has_value());
                            benchmark::DoNotOptimize(answer->data());
                          });
  }
  context.run();
}

void put_records(benchmark::State& state) {
  Bench bench;
  const services::Operation& operation = bench.find("PutRecords");
  const std::string body =
      put_body(static_cast<int>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) together(operation, body);
  state.SetItemsProcessed(state.iterations() * kInFlight);
}

void put_records_cbor(benchmark::State& state) {
  Bench bench;
  const services::Operation& operation = bench.find("PutRecords");
  const std::string body =
      put_body_cbor(static_cast<int>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) together(operation, body, wire::Format::kCbor);
  state.SetItemsProcessed(state.iterations() * kInFlight);
}

void read_put_records_cbor(benchmark::State& state) {
  const std::string body =
      put_body_cbor(static_cast<int>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) {
    auto text = services::kinesis::read_put_records_cbor(body);
    CHECK(text.has_value());
    benchmark::DoNotOptimize(text->draft.records.get());
  }
}

void read_put_records(benchmark::State& state) {
  const std::string body =
      put_body(static_cast<int>(state.range(0)), static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) {
    auto text = services::kinesis::read_put_records(body);
    CHECK(text.has_value());
    benchmark::DoNotOptimize(text->draft.records.get());
  }
}

void get_records(benchmark::State& state) {
  Bench bench;
  const std::string body = put_body(kRecords, 100);
  for (int i = 0; i < 2; ++i) together(bench.find("PutRecords"), body);
  const std::string token = bench.streams->make_iterator({bench.stream, streams::ShardId{0}, 0});
  const std::string request = "{\"ShardIterator\":\"" + token + "\",\"Limit\":1000}";
  for (auto _ : state) together(bench.find("GetRecords"), request);
  state.SetItemsProcessed(state.iterations() * kInFlight);
}

// An iteration is kInFlight requests.
BENCHMARK(put_records)->Args({500, 100})->Args({100, 10240})->MinTime(1);
BENCHMARK(put_records_cbor)->Args({500, 100})->Args({100, 10240})->MinTime(1);
BENCHMARK(read_put_records)->Args({500, 100})->Args({100, 10240});
BENCHMARK(read_put_records_cbor)->Args({500, 100})->Args({100, 10240});
BENCHMARK(get_records)->MeasureProcessCPUTime()->MinTime(1);

}  // namespace
}  // namespace headrace
