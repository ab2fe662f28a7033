#include "server/describe.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "io/blocking_pool.h"
#include "io/manual_clock.h"
#include "io/posix_disk.h"
#include "io/system_random.h"
#include "server/domains.h"
#include "storage/store.h"
#include "wire/describe.h"

namespace headrace::server {
namespace {

std::string describe(const services::Service& service) {
  std::vector<wire::OperationShape> shapes;
  shapes.reserve(service.operations.size());
  for (const services::Operation& operation : service.operations) {
    shapes.push_back({.name = operation.name,
                      .method = operation.method,
                      .uri = operation.uri,
                      .input = operation.input,
                      .output = operation.output});
  }
  return wire::describe_json(service.signing_name, shapes);
}

Result<std::string> describe_in(const std::string& directory, Random& random) {
  io::PosixDisk disk;
  io::ManualClock clock;
  storage::Store::Options options{.directory = directory, .sync = false, .schemas = schemas()};
  ASSIGN_OR_RETURN(const auto store, storage::Store::open(disk, clock, std::move(options)));
  io::BlockingPool pool(1);
  Domains domains({.store = *store,
                   .clock = clock,
                   .random = random,
                   .pool = pool,
                   .region = "us-east-1",
                   .disk = disk,
                   .data_dir = directory});
  std::string out = "{\"services\":[";
  for (const services::Service& service : domains.services()) {
    if (out.back() == '}') out += ',';
    out += describe(service);
  }
  return out + "]}\n";
}

}  // namespace

Result<std::string> describe() {
  io::SystemRandom random;
  std::error_code error;
  const auto root = std::filesystem::temp_directory_path(error);
  if (error) return fail(ErrorCode::kIo, "no temporary directory: " + error.message());
  const std::string directory = (root / ("headrace-api-" + random.hex(8))).string();
  Result<std::string> out = describe_in(directory, random);
  std::filesystem::remove_all(directory, error);
  return out;
}

}  // namespace headrace::server
