// headrace api --json: what the server understands, for those who compare it with AWS's models.

#include <cstdio>

#include "cli/commands.h"
#include "server/describe.h"

namespace headrace::cli {

void add_api(CLI::App& app, Command& command) {
  CLI::App* sub = app.add_subcommand("api", "Print the declarations of every operation");
  sub->add_flag("--json")->description("as JSON")->required();
  sub->callback([&command] {
    command = [] {
      const auto described = server::describe();
      if (!described) {
        std::fprintf(stderr, "headrace: %s\n", described.error().message.c_str());
        return 1;
      }
      std::fwrite(described->data(), 1, described->size(), stdout);
      return 0;
    };
  });
}

}  // namespace headrace::cli
