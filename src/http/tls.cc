#include "http/tls.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.h"

namespace headrace::http {
namespace {

template <auto free_function>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

struct Pair {
  Certificate certificate;
  Key key;
};

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kAuthorityDays = 3650;
// What Apple's clients accept at most.
constexpr std::int64_t kServerDays = 825;
constexpr std::int64_t kRenewalDays = 30;
// A client's clock may be behind ours.
constexpr std::int64_t kBackdateS = 3600;

std::unexpected<Error> io_error(std::string_view what, const std::string& path) {
  const std::error_code error(errno, std::system_category());
  return fail(ErrorCode::kIo, std::string(what) + " " + path + ": " + error.message());
}

Status write_all(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return io_error("cannot write", path);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0 ? Status() : io_error("cannot sync", path);
}

Status sync_directory(const std::string& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) {
    return io_error("cannot open", directory);
  }
  const int synced = ::fsync(file);
  ::close(file);
  return synced == 0 ? Status() : io_error("cannot sync", directory);
}

// The old file or the whole new one, whatever happens in between. The name is synced by
// local_identity, once for all files: before it has returned nobody trusts them.
Status write_file(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) {
    return io_error("cannot create", temporary);
  }
  Status status = write_all(file, bytes, temporary);
  ::close(file);
  RETURN_IF_ERROR(std::move(status));
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return io_error("cannot rename", temporary);
  }
  return {};
}

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  return key;
}

std::string pem_of(const Bio& bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return pem_of(bio);
}

std::string to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return pem_of(bio);
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void set_serial(X509* certificate) {
  // 127 random bits, the highest set: RFC 5280 wants them positive and at most 20 bytes.
  const Number number(BN_new());
  CHECK(BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
  CHECK(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

Certificate make_certificate(EVP_PKEY* key, const char* subject, WallTime now, std::int64_t days) {
  Certificate certificate(X509_new());
  CHECK(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_serial(certificate.get());
  const std::time_t now_s = now.ms / 1000;
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), now_s - kBackdateS);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), now_s + days * kDayS);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto add = [name](const char* field, const char* value) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(value);
    CHECK(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes, -1, -1, 0) == 1);
  };
  add("O", "Headrace");
  add("CN", subject);
  CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

Pair make_authority(WallTime now) {
  Pair pair{.certificate = nullptr, .key = make_key()};
  pair.certificate =
      make_certificate(pair.key.get(), "Headrace local authority", now, kAuthorityDays);
  X509* certificate = pair.certificate.get();
  CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1);
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  CHECK(X509_sign(certificate, pair.key.get(), EVP_sha256()) > 0);
  return pair;
}

Pair issue(const Pair& authority, WallTime now) {
  Pair pair{.certificate = nullptr, .key = make_key()};
  pair.certificate = make_certificate(pair.key.get(), "localhost", now, kServerDays);
  X509* certificate = pair.certificate.get();
  X509* issuer = authority.certificate.get();
  CHECK(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1);
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, issuer, NID_subject_alt_name,
                "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
  CHECK(X509_sign(certificate, authority.key.get(), EVP_sha256()) > 0);
  return pair;
}

std::unexpected<Error> does_not_parse(const std::string& path) {
  return fail(ErrorCode::kInvalidArgument, path + " does not parse");
}

Result<Pair> load(const TlsIdentity& files) {
  Pair pair;
  // Files that cannot be read are told apart from files that do not parse.
  for (const std::string& path : {files.certificate_path, files.key_path}) {
    if (::access(path.c_str(), R_OK) != 0) {
      return io_error("cannot read", path);
    }
  }
  Bio bio(BIO_new_file(files.certificate_path.c_str(), "r"));
  pair.certificate.reset(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!pair.certificate) {
    return does_not_parse(files.certificate_path);
  }
  // An empty passphrase, so that OpenSSL never asks a terminal for one.
  std::string passphrase;
  bio.reset(BIO_new_file(files.key_path.c_str(), "r"));
  pair.key.reset(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, passphrase.data())
                     : nullptr);
  if (!pair.key) {
    return does_not_parse(files.key_path);
  }
  return pair;
}

// Keys go first: a certificate without its key would be of no use, the other way round both are
// made again.
Status store(const TlsIdentity& files, const Pair& pair) {
  if (::unlink(files.certificate_path.c_str()) != 0 && errno != ENOENT) {
    return io_error("cannot remove", files.certificate_path);
  }
  RETURN_IF_ERROR(write_file(files.key_path, to_pem(pair.key.get()), 0600));
  return write_file(files.certificate_path, to_pem(pair.certificate.get()), 0644);
}

bool both_exist(const TlsIdentity& files) {
  std::error_code ignored;
  return std::filesystem::exists(files.certificate_path, ignored) &&
         std::filesystem::exists(files.key_path, ignored);
}

bool is_usable(const Pair& server, const Pair& authority, WallTime now) {
  std::time_t limit = now.ms / 1000 + kRenewalDays * kDayS;
  X509* certificate = server.certificate.get();
  return X509_check_private_key(certificate, server.key.get()) == 1 &&
         X509_verify(certificate, authority.key.get()) == 1 &&
         X509_cmp_time(X509_get0_notAfter(certificate), &limit) > 0;
}

Result<Pair> load_or_make_authority(const std::string& directory, WallTime now) {
  const TlsIdentity files{.certificate_path = directory + "/ca.pem",
                          .key_path = directory + "/ca-key.pem"};
  if (!both_exist(files)) {
    Pair made = make_authority(now);
    RETURN_IF_ERROR(store(files, made));
    return made;
  }
  auto loaded = load(files);
  if (loaded && X509_check_private_key(loaded->certificate.get(), loaded->key.get()) != 1) {
    return fail(ErrorCode::kInvalidArgument,
                files.key_path + " is not the key of " + files.certificate_path);
  }
  return loaded;
}

}  // namespace

Result<TlsIdentity> local_identity(const std::string& directory, WallTime now) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return fail(ErrorCode::kIo, "cannot create " + directory + ": " + error.message());
  }
  auto authority = load_or_make_authority(directory, now);
  if (!authority) {
    return std::unexpected(std::move(authority).error());
  }
  TlsIdentity files{.certificate_path = directory + "/server.pem",
                    .key_path = directory + "/server-key.pem"};
  if (both_exist(files)) {
    auto server = load(files);
    if (!server) {
      return std::unexpected(std::move(server).error());
    }
    if (is_usable(*server, *authority, now)) {
      return files;
    }
  }
  RETURN_IF_ERROR(store(files, issue(*authority, now)));
  RETURN_IF_ERROR(sync_directory(directory));
  return files;
}

}  // namespace headrace::http
