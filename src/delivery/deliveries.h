// Every delivery stream of the server: made, listed, fed and removed here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/random.h"
#include "delivery/configuration.h"
#include "delivery/sink.h"
#include "delivery/worker.h"
#include "io/blocking_pool.h"
#include "storage/store.h"

namespace headrace::delivery {

storage::Schema schema();

// The source that a delivery stream reads, by its configuration; kNotFound when it is gone.
using FindSource = std::function<Result<Worker::Source>(const KinesisSource&)>;

// Thread-safe.
class Deliveries {
 public:
  struct Environment {
    storage::Store& store;
    Clock& clock;
    Random& random;
    ObjectSink& sink;
    io::BlockingPool& pool;
    FindSource find_source;
    Worker::Warn warn;
  };

  explicit Deliveries(Environment environment);
  ~Deliveries();  // stops

  // Loads what the database has and begins to deliver.
  Status start();
  // No turn begins after this; those under way end first.
  void stop();

  // Durable and delivering when it returns. kAlreadyExists.
  boost::asio::awaitable<Status> create(Configuration configuration, Tags tags);
  // What was buffered and not delivered is dropped, as the service does. kNotFound.
  boost::asio::awaitable<Status> remove(std::string account, std::string region, std::string name);
  // kNotFound, with the service's words.
  Result<Configuration> find(const std::string& account, const std::string& region,
                             const std::string& name) const;
  // Names in order.
  std::vector<Configuration> list(const std::string& account, const std::string& region) const;

  // Durable when it returns; one id for each record. kInvalidArgument for a delivery stream that
  // reads a Kinesis stream. `records` must not be empty.
  boost::asio::awaitable<Result<std::vector<std::string>>> put(std::string account,
                                                               std::string region, std::string name,
                                                               std::vector<Bytes> records);

  Result<Tags> tags(const std::string& account, const std::string& region,
                    const std::string& name) const;
  // kLimitExceeded past 50 tags.
  boost::asio::awaitable<Status> tag(std::string account, std::string region, std::string name,
                                     Tags tags);
  boost::asio::awaitable<Status> untag(std::string account, std::string region, std::string name,
                                       std::vector<std::string> keys);

 private:
  class Running;
  using Key = std::tuple<std::string, std::string, std::string>;  // account, region, name

  Result<std::shared_ptr<Running>> get(const std::string& account, const std::string& region,
                                       const std::string& name) const EXCLUDES(mutex_);
  Result<std::shared_ptr<Running>> make(std::uint64_t id, Configuration configuration);
  Status drop_left_overs(const std::vector<std::pair<std::uint64_t, Configuration>>& known);
  Worker::Source source_of(std::uint64_t id, const Configuration& configuration);

  Environment environment_;
  mutable Mutex mutex_;
  std::map<Key, std::shared_ptr<Running>> running_ GUARDED_BY(mutex_);
  std::uint64_t next_id_ GUARDED_BY(mutex_) = 1;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace headrace::delivery
