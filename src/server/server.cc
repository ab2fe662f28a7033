#include "server/server.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "access/credentials.h"
#include "http/io_threads.h"
#include "http/server.h"
#include "http/tls.h"
#include "io/blocking_pool.h"
#include "io/manual_clock.h"
#include "io/posix_disk.h"
#include "io/system_clock.h"
#include "io/system_random.h"
#include "server/admin.h"
#include "server/domains.h"
#include "services/dispatch.h"
#include "storage/store.h"
#include "wire/http_date.h"

namespace headrace::server {
namespace {

constexpr unsigned kPoolThreadsMin = 8;

unsigned processors() { return std::max(1U, std::thread::hardware_concurrency()); }

std::string shown(const std::string& asked, std::uint16_t port) {
  if (port == 0) return "-";
  return asked.substr(0, asked.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

// Made from top to bottom, destroyed from bottom to top.
struct Server::State {
  explicit State(Configuration c)
      : configuration(std::move(c)),
        manual_clock(configuration.virtual_clock
                         ? std::make_unique<io::ManualClock>(system_clock.wall_now())
                         : nullptr),
        clock(manual_clock ? static_cast<Clock&>(*manual_clock) : system_clock) {}
  // First end the threads that call into what is destroyed below: those of requests, and the
  // alarms'.
  ~State() {
    http.reset();
    if (threads) threads->stop();
    system_clock.stop();
  }

  Status open();
  Status listen();
  // The answer, whose Date is by the clock that times and signatures are judged by.
  boost::asio::awaitable<http::Response> dated(http::Request& request, http::Body& body);
  std::optional<std::string> secret_of(std::string_view access_key) const {
    if (access_key != root.access_key) return std::nullopt;
    return root.secret_key;
  }

  const Configuration configuration;
  io::PosixDisk disk;
  io::SystemRandom random;
  io::SystemClock system_clock;
  std::unique_ptr<io::ManualClock> manual_clock;
  Clock& clock;
  // Above the threads of the store and of the pool, which may still be waking a request's.
  std::unique_ptr<http::IoThreads> threads;
  std::unique_ptr<storage::Store> store;
  access::RootCredentials root;
  io::BlockingPool pool{std::max(kPoolThreadsMin, processors())};
  std::unique_ptr<Domains> domains;
  Admin admin{clock, manual_clock.get(), pool, [this] { return domains->metrics(); }};
  std::unique_ptr<services::Dispatcher> dispatcher;
  std::unique_ptr<http::Server> http;
};

Status Server::State::open() {
  storage::Store::Options options;
  options.directory = configuration.data_dir;
  options.sync = configuration.sync;
  options.schemas = schemas();
  ASSIGN_OR_RETURN(store, storage::Store::open(disk, clock, std::move(options)));
  for (const std::string& line : store->damage()) {
    std::fprintf(stderr, "headrace: damage: %s\n", line.c_str());
  }
  ASSIGN_OR_RETURN(root, access::ensure_root_credentials(disk, configuration.data_dir, random,
                                                         system_clock.wall_now()));
  domains =
      std::make_unique<Domains>(Domains::Environment{.store = *store,
                                                     .clock = clock,
                                                     .random = random,
                                                     .pool = pool,
                                                     .region = configuration.region,
                                                     .limits = configuration.limits,
                                                     .transition_ms = configuration.transition_ms,
                                                     .disk = disk,
                                                     .data_dir = configuration.data_dir,
                                                     .kms_root = configuration.kms_root,
                                                     .root_created = root.created});
  return domains->start();
}

Status Server::State::listen() {
  dispatcher = std::make_unique<services::Dispatcher>(services::Dispatcher::Environment{
      .clock = clock,
      .random = random,
      .region = configuration.region,
      .enforce = configuration.enforce,
      .secret_of = [this](std::string_view key) { return secret_of(key); },
      .admin = std::bind_front(&Admin::answer, &admin),
      .services = domains->services()});
  http::ServerOptions options{.listen = configuration.listen,
                              .tls_listen = configuration.tls_listen};
  if (!configuration.tls_cert.empty()) {
    options.tls = http::TlsIdentity{configuration.tls_cert, configuration.tls_key};
  } else if (!configuration.tls_listen.empty()) {
    ASSIGN_OR_RETURN(options.tls, http::local_identity(configuration.data_dir + "/tls",
                                                       system_clock.wall_now()));
  }
  threads = std::make_unique<http::IoThreads>(configuration.threads > 0 ? configuration.threads
                                                                        : processors());
  ASSIGN_OR_RETURN(
      http, http::Server::start(
                *threads, std::move(options),
                manual_clock ? http::Handler(std::bind_front(&State::dated, this))
                             : std::bind_front(&services::Dispatcher::answer, dispatcher.get())));
  return {};
}

boost::asio::awaitable<http::Response> Server::State::dated(http::Request& request,
                                                            http::Body& body) {
  http::Response response = co_await dispatcher->answer(request, body);
  response.headers.emplace_back("Date", wire::format_http_date(clock.wall_now()));
  co_return response;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(Configuration configuration) {
  auto state = std::make_unique<State>(std::move(configuration));
  RETURN_IF_ERROR(state->open());
  RETURN_IF_ERROR(state->listen());
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::string Server::http_address() const {
  return shown(state_->configuration.listen, state_->http->port());
}

std::string Server::https_address() const {
  return shown(state_->configuration.tls_listen, state_->http->tls_port());
}

bool Server::drain() {
  if (!state_->http->drain()) return false;
  state_->domains->stop();
  return true;
}

}  // namespace headrace::server
