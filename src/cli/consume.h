// headrace consume: the records of a stream to standard output.
#pragma once

#include <CLI/App.hpp>
#include <functional>

namespace headrace::cli {

// Declares the subcommand; call what it returns when `app` was given that subcommand, for the exit
// code.
std::function<int()> add_consume(CLI::App& app);

}  // namespace headrace::cli
