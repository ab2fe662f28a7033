// --config: a TOML file that gives a subcommand's flags their values.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/error.h"

namespace headrace::cli {

// Gives every option of `sub` that neither the command line nor the environment set the value that
// the file at `path` has under its name without the dashes. kInvalidArgument names the file and
// what is wrong with it: not TOML, a name that no option has, a table or an array. A value that the
// option's own checks refuse is thrown by CLI11, as on the command line.
Status apply_config_file(CLI::App& sub, const std::string& path);

}  // namespace headrace::cli
