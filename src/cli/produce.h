// headrace produce: lines of files or of standard input into a stream.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace headrace::cli {

// Declares the subcommand; call what it returns when `app` was given that subcommand, for the exit
// code: 0 when every record was accepted.
std::function<int()> add_produce(CLI::App& app);

}  // namespace headrace::cli
