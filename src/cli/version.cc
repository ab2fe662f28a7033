#include <cstdio>

#include "cli/commands.h"

namespace headrace::cli {

void add_version(CLI::App& app, Command& command) {
  CLI::App* version = app.add_subcommand("version", "Print the version");
  version->callback([&command] {
    command = [] {
      std::puts("headrace " HEADRACE_VERSION);
      return 0;
    };
  });
}

}  // namespace headrace::cli
