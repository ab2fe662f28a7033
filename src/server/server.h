// The whole server: one data directory, its domains, its services, its ports.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "server/configuration.h"

namespace headrace::server {

class Server {
 public:
  // Recovers the data directory and listens; ready when it returns. The error's message is one line
  // for the user: a port in use, a directory that is locked or not permitted, files of a newer
  // version. Damage that recovery found is told on standard error, a line each, and does not stop
  // the start.
  static Result<std::unique_ptr<Server>> start(Configuration configuration);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // As bound, "127.0.0.1:4566"; "-" when not listened on.
  std::string http_address() const;
  std::string https_address() const;

  // Lets requests in flight finish and ends deliveries after their turn. False: a request is stuck
  // past all patience; then end the process at once, as a crash would, for which the store is made.
  // Blocks; once.
  bool drain();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace headrace::server
