#include "http/tls.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace headrace::http {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr WallTime kNow{1'800'000'000'000};

struct Directory {
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "headrace-tls-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path + "/" + name).rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
  }

  std::string path;
};

struct Freed {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, Freed>;

Certificate parse(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  Certificate certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  return certificate;
}

std::string alternative_names(X509* certificate) {
  const int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
  BIO* bio = BIO_new(BIO_s_mem());
  X509V3_EXT_print(bio, X509_get_ext(certificate, at), 0, 0);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio, &text);
  std::string names(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return names;
}

int days_between(const ASN1_TIME* from, const ASN1_TIME* to) {
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, from, to);
  return days;
}

TEST(LocalIdentity, is_an_end_entity_for_the_local_names) {
  const Directory directory;
  const auto identity = local_identity(directory.path, kNow);
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->certificate_path, directory.path + "/server.pem");
  EXPECT_EQ(identity->key_path, directory.path + "/server-key.pem");
  const Certificate authority = parse(directory.read("ca.pem"));
  const Certificate server = parse(directory.read("server.pem"));
  ASSERT_TRUE(authority && server);
  EXPECT_EQ(X509_check_ca(authority.get()), 1);
  EXPECT_EQ(X509_check_ca(server.get()), 0);
  EXPECT_EQ(X509_get_key_usage(authority.get()) & KU_KEY_CERT_SIGN, KU_KEY_CERT_SIGN);
  EXPECT_EQ(X509_get_key_usage(server.get()), KU_DIGITAL_SIGNATURE);
  EXPECT_EQ(X509_get_extended_key_usage(server.get()), XKU_SSL_SERVER);
  EXPECT_EQ(alternative_names(server.get()),
            "DNS:localhost, DNS:*.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  EXPECT_EQ(X509_verify(server.get(), X509_get0_pubkey(authority.get())), 1);
  EXPECT_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(server.get())), 256);
  EXPECT_EQ(days_between(X509_get0_notBefore(server.get()), X509_get0_notAfter(server.get())), 825);
  EXPECT_EQ(days_between(X509_get0_notBefore(authority.get()), X509_get0_notAfter(authority.get())),
            3650);
}

TEST(LocalIdentity, keeps_its_keys_to_itself) {
  const Directory directory;
  ASSERT_TRUE(local_identity(directory.path + "/new/tls", kNow).has_value());
  for (const char* name : {"ca-key.pem", "server-key.pem"}) {
    struct stat status{};
    ASSERT_EQ(::stat((directory.path + "/new/tls/" + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

TEST(LocalIdentity, stays_until_thirty_days_before_its_end) {
  const Directory directory;
  ASSERT_TRUE(local_identity(directory.path, kNow).has_value());
  const std::string authority = directory.read("ca.pem");
  const std::string server = directory.read("server.pem");
  ASSERT_TRUE(local_identity(directory.path, {kNow.ms + 794 * kDayMs}).has_value());
  EXPECT_EQ(directory.read("server.pem"), server);
  ASSERT_TRUE(local_identity(directory.path, {kNow.ms + 796 * kDayMs}).has_value());
  EXPECT_NE(directory.read("server.pem"), server);
  EXPECT_EQ(directory.read("ca.pem"), authority);
}

TEST(LocalIdentity, is_issued_again_by_a_new_authority) {
  const Directory directory;
  ASSERT_TRUE(local_identity(directory.path, kNow).has_value());
  const std::string server = directory.read("server.pem");
  const std::string server_key = directory.read("server-key.pem");
  std::filesystem::remove(directory.path + "/ca.pem");
  ASSERT_TRUE(local_identity(directory.path, kNow).has_value());
  EXPECT_NE(directory.read("server.pem"), server);
  // A key that is not the certificate's, as a crash between two writes leaves it.
  directory.write("server-key.pem", server_key);
  const std::string second = directory.read("server.pem");
  ASSERT_TRUE(local_identity(directory.path, kNow).has_value());
  EXPECT_NE(directory.read("server.pem"), second);
}

TEST(LocalIdentity, says_which_file_is_wrong) {
  for (const char* name : {"ca.pem", "ca-key.pem", "server.pem", "server-key.pem"}) {
    const Directory directory;
    ASSERT_TRUE(local_identity(directory.path, kNow).has_value());
    directory.write(name, "not PEM");
    const auto refused = local_identity(directory.path, kNow);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(refused.error().message.contains(name));
  }
  const Directory directory;
  directory.write("file", "");
  EXPECT_EQ(local_identity(directory.path + "/file/tls", kNow).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace headrace::http
