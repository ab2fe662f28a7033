// The object graph between the store and the wire: every domain, and every service over them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "io/blocking_pool.h"
#include "services/service.h"
#include "storage/store.h"

namespace headrace::server {

// The tables of all of them.
std::vector<storage::Schema> schemas();

// Owned by the server; what it is made from outlives it.
class Domains {
 public:
  struct Environment {
    storage::Store& store;
    Clock& clock;
    Random& random;
    io::BlockingPool& pool;
    std::string region;
    bool limits = true;                // shard throughput as on AWS
    std::int64_t transition_ms = 500;  // how long streams are CREATING, UPDATING and DELETING
    io::Disk& disk;                    // for what is kept beside the store
    std::string data_dir;
    std::string kms_root;     // the secret of the services' keys; empty: a file has it
    WallTime root_created{};  // of the root credentials
  };

  explicit Domains(const Environment& environment);
  ~Domains();
  Domains(const Domains&) = delete;
  Domains& operator=(const Domains&) = delete;

  // Loads what the store has, forgets records that nobody owns any more, begins to deliver. Blocks.
  Status start();
  // Ends what goes on by itself: deliveries after their turn, trimming. Blocks. Once.
  void stop();
  // Every service there is; they refer to this.
  std::vector<services::Service> services();
  // As Prometheus reads them.
  std::string metrics() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace headrace::server
