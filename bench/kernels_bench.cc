// What the kernels of src/base cost, each beside its plain twin.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/aes_gcm.h"
#include "base/base64.h"
#include "base/crc.h"
#include "base/md5.h"
#include "base/random.h"
#include "base/statistic.h"

namespace headrace {
namespace {

// One PutRecords of 500 records: their base64 with the closing quotes, as in the request's body.
struct Records {
  explicit Records(std::size_t record_bytes) {
    SeededRandom random(1);
    for (int i = 0; i < 500; ++i) {
      texts.push_back(base64_encode(random.bytes(record_bytes)) + '"' + std::string(48, ' '));
    }
    out.resize(texts.front().size());
  }
  std::vector<std::string> texts;
  std::string out;
};

template <auto kDecode>
void decode_records(benchmark::State& state) {
  Records records(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    for (const std::string& text : records.texts) {
      benchmark::DoNotOptimize(kDecode(text.data(), text.data() + text.size(), records.out.data()));
    }
  }
  state.SetItemsProcessed(state.iterations() * 500);
}
BENCHMARK(decode_records<decode_until_quote>)->Arg(100)->Arg(10'240);
BENCHMARK(decode_records<plain::decode_until_quote>)->Arg(100)->Arg(10'240);

template <std::size_t (*kEncode)(std::string_view, char*)>
void encode(benchmark::State& state) {
  const std::string bytes = SeededRandom(2).bytes(static_cast<std::size_t>(state.range(0)));
  std::string out(base64_encoded_size(bytes.size()), '\0');
  for (auto _ : state) benchmark::DoNotOptimize(kEncode(bytes, out.data()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode<base64_encode>)->Arg(100)->Arg(65'536);
BENCHMARK(encode<plain::base64_encode>)->Arg(100)->Arg(65'536);

template <auto kMd5Many>
void md5_of_500_keys(benchmark::State& state) {
  SeededRandom random(3);
  std::vector<std::string> owned;
  for (int i = 0; i < 500; ++i) owned.push_back("device-" + random.hex(4));
  const std::vector<std::string_view> keys(owned.begin(), owned.end());
  std::vector<Md5Digest> out(keys.size());
  for (auto _ : state) {
    kMd5Many(keys, out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * 500);
}
BENCHMARK(md5_of_500_keys<md5_many>);
BENCHMARK(md5_of_500_keys<plain::md5_many>);

template <auto kCrc>
void checksum(benchmark::State& state) {
  const std::string bytes = SeededRandom(4).bytes(65'536);
  for (auto _ : state) benchmark::DoNotOptimize(kCrc(bytes, 0));
  state.SetBytesProcessed(state.iterations() * 65'536);
}
BENCHMARK(checksum<crc32c>);
BENCHMARK(checksum<plain::crc32c>);
BENCHMARK(checksum<crc32>);
BENCHMARK(checksum<plain::crc32>);
BENCHMARK(checksum<crc64nvme>);
BENCHMARK(checksum<plain::crc64nvme>);

void seal(benchmark::State& state) {
  const std::string data = SeededRandom(5).bytes(static_cast<std::size_t>(state.range(0)));
  const std::string nonce(AesGcm::kNonceBytes, 'n');
  const std::string bound = "stream and partition key";
  std::string out(data.size() + AesGcm::kOverhead, '\0');
  AesGcm key(std::string(AesGcm::kKeyBytes, 'k'));
  for (auto _ : state) {
    key.seal(nonce, bound, data, out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(seal)->Arg(100)->Arg(1'000)->Arg(10'240);

void unseal(benchmark::State& state) {
  const std::string data = SeededRandom(6).bytes(static_cast<std::size_t>(state.range(0)));
  AesGcm key(std::string(AesGcm::kKeyBytes, 'k'));
  const std::string sealed = key.seal(std::string(AesGcm::kNonceBytes, 'n'), "bound", data);
  std::string out(data.size(), '\0');
  for (auto _ : state) benchmark::DoNotOptimize(key.open(sealed, "bound", out.data()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(unseal)->Arg(100)->Arg(1'000)->Arg(10'240);

void statistic(benchmark::State& state) {
  static Statistic shared;
  std::int64_t value = 0;
  for (auto _ : state) shared.add(++value & 1'023);
}
BENCHMARK(statistic)->Threads(1)->Threads(2);

}  // namespace
}  // namespace headrace
