// headrace verify DATA_DIR: 0 when every byte is what was written, 1 with a line for each that is
// not.

#include "server/verify.h"

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"

namespace headrace::cli {
namespace {

int verify(const std::string& data_dir) {
  const auto found = server::verify(data_dir);
  if (!found) {
    std::fprintf(stderr, "headrace: %s\n", found.error().message.c_str());
    return 1;
  }
  for (const std::string& line : found->damage) std::printf("damage: %s\n", line.c_str());
  std::printf("%s: %" PRIu64 " bytes of records, %" PRIu64 " objects of %" PRIu64
              " bytes, %zu damaged places\n",
              data_dir.c_str(), found->record_bytes, found->objects, found->object_bytes,
              found->damage.size());
  return found->damage.empty() ? 0 : 1;
}

}  // namespace

void add_verify(CLI::App& app, Command& command) {
  CLI::App* sub = app.add_subcommand("verify", "Read all of a data directory and report damage");
  const auto data_dir = std::make_shared<std::string>();
  sub->add_option("DATA_DIR", *data_dir, "of a server that does not run")->required();
  sub->callback([&command, data_dir] { command = [data_dir] { return verify(*data_dir); }; });
}

}  // namespace headrace::cli
