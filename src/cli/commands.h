// The subcommands. Each add_... declares its flags; parsing it sets `command` to what main runs,
// whose result is the exit code: 0 all well, 1 it failed (with one line on standard error).
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace headrace::cli {

using Command = std::function<int()>;

void add_serve(CLI::App& app, Command& command);
void add_produce(CLI::App& app, Command& command);
void add_consume(CLI::App& app, Command& command);
void add_verify(CLI::App& app, Command& command);
void add_credentials(CLI::App& app, Command& command);
void add_api(CLI::App& app, Command& command);
void add_version(CLI::App& app, Command& command);

}  // namespace headrace::cli
