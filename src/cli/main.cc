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
  CLI11_PARSE(app, argc, argv);
  return command();
}
