#include "http/tls_context.h"

#include <openssl/ssl.h>

#include <array>
#include <string_view>

namespace headrace::http {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr std::array<unsigned char, 12> kServed = {2,   'h', '2', 8,   'h', 't',
                                                   't', 'p', '/', '1', '.', '1'};
constexpr std::array<unsigned char, 9> kSpoken = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void* /*argument*/) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kServed.data(), kServed.size(), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::unique_ptr<ssl::context> make_context(ssl::context::method method) {
  auto context = std::make_unique<ssl::context>(method);
  SSL_CTX* handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

std::unexpected<Error> invalid(std::string_view what, const std::string& path,
                               const error_code& error) {
  return fail(ErrorCode::kInvalidArgument,
              std::string(what) + " " + path + " does not load: " + error.message());
}

}  // namespace

Result<std::unique_ptr<ssl::context>> server_context(const TlsIdentity& identity) {
  auto context = make_context(ssl::context::tls_server);
  error_code error;
  context->use_certificate_chain_file(identity.certificate_path, error);
  if (error) {
    return invalid("certificate", identity.certificate_path, error);
  }
  context->use_private_key_file(identity.key_path, ssl::context::pem, error);
  if (error) {
    return invalid("private key", identity.key_path, error);
  }
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
  return context;
}

Result<std::unique_ptr<ssl::context>> client_context(const std::string& ca_file) {
  auto context = make_context(ssl::context::tls_client);
  error_code error;
  if (ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(ca_file, error);
  }
  if (error) {
    return invalid("authorities", ca_file, error);
  }
  context->set_verify_mode(ssl::verify_peer, error);
  // Returns 0 on success, unlike its neighbours.
  if (error ||
      SSL_CTX_set_alpn_protos(context->native_handle(), kSpoken.data(), kSpoken.size()) != 0) {
    return invalid("authorities", ca_file, error);
  }
  return context;
}

}  // namespace headrace::http
