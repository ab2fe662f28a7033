// The one way of every request: service, operation, authentication, decoding, handling, encoding.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "http/message.h"
#include "services/codec.h"
#include "services/service.h"
#include "wire/sigv4.h"

namespace headrace::services {

// Bodies that are not streamed; the largest that a service takes is PutRecords with 10 MiB.
inline constexpr std::size_t kDocumentBytesMax = 16UL << 20;
inline constexpr std::string_view kAdminPrefix = "/_headrace/";
inline constexpr std::string_view kDefaultAccount = "000000000000";

// Owned by the server; thread-safe once made.
class Dispatcher {
 public:
  using Admin = std::function<boost::asio::awaitable<http::Response>(
      std::string method, std::string path, std::string body)>;
  struct Environment {
    Clock& clock;
    Random& random;
    std::string region;    // of requests that name none
    bool enforce = false;  // --auth enforce
    wire::SecretLookup secret_of;
    Admin admin;  // what lies under kAdminPrefix
    std::vector<Service> services;
  };

  explicit Dispatcher(Environment environment);

  // Never fails: errors are answers in the service's own form.
  boost::asio::awaitable<http::Response> answer(http::Request& request, http::Body& body);

 private:
  using Authorization = std::optional<wire::Authorization>;

  boost::asio::awaitable<Result<http::Response>> serve(Call& call, http::Body& body,
                                                       const Result<Authorization>& authorization);
  boost::asio::awaitable<Result<http::Response>> handle(Call& call);
  boost::asio::awaitable<http::Response> answer_admin(const http::Request& request,
                                                      http::Body& body);
  const Service& find_service(const http::Request& request,
                              const Result<Authorization>& authorization) const;
  Status authenticate_document(Call& call, const Result<Authorization>& authorization);
  Status authenticate_stream(Call& call, http::Body& body,
                             const Result<Authorization>& authorization);
  // `service`: the only one that the signature may be for; empty: any.
  Result<wire::VerifiedSignature> verify(const http::Request& request,
                                         const Result<Authorization>& authorization,
                                         std::string_view hash, std::string_view service);
  void find_by_version(Call& call) const;
  void identify(Caller& caller, const Result<Authorization>& authorization) const;

  Environment environment_;
  wire::Verifier verifier_;
  Service unknown_json_;
  Service unknown_query_;
};

}  // namespace headrace::services
