// headrace: the Kinesis -> Firehose -> S3 pipeline in one program. One file for each subcommand.

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app("The Kinesis -> Firehose -> S3 pipeline in one program.", "headrace");
  app.require_subcommand(1);
  std::function<int()> command;
  headrace::cli::add_serve(app, command);
  headrace::cli::add_produce(app, command);
  headrace::cli::add_consume(app, command);
  headrace::cli::add_verify(app, command);
  headrace::cli::add_credentials(app, command);
  headrace::cli::add_api(app, command);
  headrace::cli::add_version(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // what was wrong, or the help that was asked for
    return app.exit(error) == 0 ? 0 : 1;
  }
  return command();
}
