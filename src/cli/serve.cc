// headrace serve: runs until SIGTERM or SIGINT, then drains.

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/hex.h"
#include "cli/commands.h"
#include "cli/config_file.h"
#include "server/configuration.h"
#include "server/server.h"

namespace headrace::cli {
namespace {

// The flags whose values are one of two words.
struct Words {
  std::string auth = "open";
  std::string limits = "aws";
  std::string durability = "fsync";
  std::string clock = "system";
};

int complain(const std::string& message) {
  std::fprintf(stderr, "headrace: %s\n", message.c_str());
  return 1;
}

// Each connection and each segment that was read has one. The usual soft limit of 1,024 is for
// programs that use select().
void raise_open_files_limit() {
  constexpr rlim_t kWanted = 1 << 20;  // above what Linux allows by default nothing is granted
  constexpr rlim_t kFew = 4096;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlimit raised{.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kWanted)),
                      .rlim_max = limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  if (limit.rlim_cur >= kFew) return;
  std::fprintf(stderr,
               "headrace: no more than %llu files may be open at once, connections among them; "
               "raise the hard limit (ulimit -Hn)\n",
               static_cast<unsigned long long>(limit.rlim_cur));
}

// A secret has no flag, which every user of the machine could see.
Status take_kms_root(server::Configuration& configuration) {
  const char* const digits = std::getenv("HEADRACE_KMS_ROOT_KEY");
  if (digits == nullptr) return {};
  auto root = from_hex(digits);
  if (!root || root->size() != 32) {
    return fail(ErrorCode::kInvalidArgument, "HEADRACE_KMS_ROOT_KEY must be 64 hexadecimal digits");
  }
  configuration.kms_root = std::move(*root);
  return {};
}

int serve(server::Configuration configuration, const Words& words) {
  raise_open_files_limit();
  if (const Status taken = take_kms_root(configuration); !taken) {
    return complain(taken.error().message);
  }
  configuration.enforce = words.auth == "enforce";
  configuration.limits = words.limits == "aws";
  configuration.sync = words.durability == "fsync";
  configuration.virtual_clock = words.clock == "virtual";
  if (const Status checked = server::check(configuration); !checked) {
    return complain(checked.error().message);
  }
  // Blocked before the first thread is made, so that only sigwait sees them.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  auto started = server::Server::start(std::move(configuration));
  if (!started) return complain(started.error().message);
  server::Server& running = **started;
  std::printf("headrace ready http=%s https=%s\n", running.http_address().c_str(),
              running.https_address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  // A second signal ends the process at once.
  pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  if (!running.drain()) {
    complain("a request does not end; stopping without it");
    std::_Exit(0);
  }
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, Command& command) {
  CLI::App* sub = app.add_subcommand("serve", "Run the server");
  const auto configuration = std::make_shared<server::Configuration>();
  const auto words = std::make_shared<Words>();
  const auto flag = [sub](const std::string& name, auto& value, const char* what) {
    std::string variable = "HEADRACE_" + name.substr(2);
    for (char& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
    return sub->add_option(name, value, what)->envname(variable)->capture_default_str();
  };
  flag("--listen", configuration->listen, "HOST:PORT of HTTP; port 0 picks a free one");
  flag("--tls-listen", configuration->tls_listen, "HOST:PORT of HTTPS");
  flag("--tls-cert", configuration->tls_cert, "PEM certificate of your own")
      ->check(CLI::ExistingFile);
  flag("--tls-key", configuration->tls_key, "its PEM key")->check(CLI::ExistingFile);
  flag("--data-dir", configuration->data_dir, "where everything is kept");
  flag("--region", configuration->region, "of requests that name none");
  flag("--auth", words->auth, "open: any credentials; enforce: signatures are verified")
      ->check(CLI::IsMember({"open", "enforce"}));
  flag("--limits", words->limits, "aws: shard throughput as on AWS; none: as fast as it goes")
      ->check(CLI::IsMember({"aws", "none"}));
  flag("--durability", words->durability,
       "fsync: acknowledged is on the disk; os: the operating system has it")
      ->check(CLI::IsMember({"fsync", "os"}));
  flag("--clock", words->clock, "virtual: stands still until POST /_headrace/clock moves it")
      ->check(CLI::IsMember({"system", "virtual"}));
  flag("--transition-ms", configuration->transition_ms,
       "how long a stream is CREATING, UPDATING or DELETING, in milliseconds")
      ->check(CLI::Range(0, 60'000));
  flag("--threads", configuration->threads, "I/O threads; 0: one for each processor")
      ->check(CLI::Range(0, 1024));
  sub->add_flag("--insecure", configuration->insecure,
                "Listen beyond loopback though anyone may come in")
      ->envname("HEADRACE_INSECURE");
  const auto config = std::make_shared<std::string>();
  flag("--config", *config, "TOML file with any of these flags, without their dashes");
  sub->callback([&command, sub, configuration, words, config] {
    Status configured;
    if (!config->empty()) configured = apply_config_file(*sub, *config);
    command = [configuration, words, configured] {
      return configured ? serve(*configuration, *words) : complain(configured.error().message);
    };
  });
}

}  // namespace headrace::cli
