// headrace credentials: the root credentials of a data directory, for a shell to evaluate.

#include "access/credentials.h"

#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "io/posix_disk.h"

namespace headrace::cli {

void add_credentials(CLI::App& app, Command& command) {
  CLI::App* sub = app.add_subcommand("credentials", "Print the root credentials");
  const auto data_dir = std::make_shared<std::string>("./headrace-data");
  sub->add_option("--data-dir", *data_dir, "of the server")
      ->envname("HEADRACE_DATA_DIR")
      ->capture_default_str();
  sub->callback([&command, data_dir] {
    command = [data_dir] {
      io::PosixDisk disk;
      const auto root = access::load_root_credentials(disk, *data_dir);
      if (!root) {
        std::fprintf(stderr, "headrace: %s\n", root.error().message.c_str());
        return 1;
      }
      std::printf("export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n",
                  root->access_key.c_str(), root->secret_key.c_str());
      return 0;
    };
  });
}

}  // namespace headrace::cli
