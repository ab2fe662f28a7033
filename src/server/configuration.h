// What `headrace serve` is told by flags, environment and file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"

namespace headrace::server {

struct Configuration {
  std::string listen = "127.0.0.1:4566";  // HOST:PORT; port 0: any free one
  std::string tls_listen = "127.0.0.1:4567";
  std::string tls_cert;  // PEM files of the user's own; empty: the local authority's
  std::string tls_key;
  std::string data_dir = "./headrace-data";
  std::string region = "us-east-1";
  std::string kms_root;  // the 32 bytes that the services' keys come from; empty: a file has them
  bool enforce = false;  // --auth enforce
  bool limits = true;    // --limits aws: shard throughput as on AWS
  bool sync = true;      // --durability fsync
  bool virtual_clock = false;        // --clock virtual
  bool insecure = false;             // listen beyond loopback without enforce
  std::int64_t transition_ms = 500;  // --transition-ms: how long states between two last
  std::size_t threads = 0;           // 0: one for each processor
};

// kInvalidArgument with one line for the user: what cannot be, or must not be without saying so.
Status check(const Configuration& configuration);

}  // namespace headrace::server
