#include "wire/sigv4.h"

#include <gtest/gtest.h>

#include "wire/date.h"

namespace headrace::wire {
namespace {

// A request whose strings live here.
struct Sent {
  std::string method = "GET";
  std::string target = "/";
  Headers headers;

  http::Request request() const {
    http::Request out;
    out.method = method;
    out.target = target;
    out.path = out.target.substr(0, out.target.find('?'));
    if (out.path.size() < out.target.size()) out.query = out.target.substr(out.path.size() + 1);
    for (const auto& [name, value] : headers) out.headers.push_back({name, value});
    return out;
  }
};

// ---- AWS's test suite for Signature Version 4 (aws-sig-v4-test-suite) ----

const Credentials kSuite = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const WallTime kSuiteTime = *parse_amz_date("20150830T123600Z");

SecretLookup one_secret(const Credentials& credentials) {
  return [credentials](std::string_view access_key) {
    return access_key == credentials.access_key ? std::optional(credentials.secret_key)
                                                : std::nullopt;
  };
}

std::string authorization_of(const Headers& added) { return added.back().second; }

std::string signature_in(const std::string& authorization) {
  return authorization.substr(authorization.rfind('=') + 1);
}

std::string signature_of(const Sent& sent, std::string_view body = "") {
  const Headers added =
      sign(kSuite, "us-east-1", "service",
           {sent.method, sent.target, sent.headers, payload_hash(body)}, kSuiteTime);
  return signature_in(authorization_of(added));
}

const Headers kHost = {{"Host", "example.amazonaws.com"}};

TEST(SigV4, the_authorization_header_is_as_published) {
  const Headers added =
      sign(kSuite, "us-east-1", "service", {"GET", "/", kHost, payload_hash("")}, kSuiteTime);
  const Headers expected = {
      {"X-Amz-Date", "20150830T123600Z"},
      {"Authorization",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
       "SignedHeaders=host;x-amz-date, "
       "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"}};
  EXPECT_EQ(added, expected);
}

TEST(SigV4, paths_and_queries_of_the_suite_sign_as_published) {
  const std::string vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
  const std::pair<std::string, std::string> cases[] = {
      {"//", vanilla},
      {"/./", vanilla},
      {"/example/..", vanilla},
      {"/example1/example2/../..", vanilla},
      {"/./example", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
      {"//example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
      {"/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
      {"/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"/\xe1\x88\xb4", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"/?Param2=value2&Param1=value1",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"/?Param1=value2&Param1=Value1",
       "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
      {"/?\xe1\x88\xb4=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
  };
  for (const auto& [target, expected] : cases) {
    EXPECT_EQ(signature_of({.target = target, .headers = kHost}), expected) << target;
  }
}

TEST(SigV4, header_values_are_trimmed_joined_and_kept_in_order) {
  EXPECT_EQ(signature_of({.headers = {{"Host", "example.amazonaws.com"},
                                      {"My-Header1", " value1"},
                                      {"My-Header2", " \"a   b   c\""}}}),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
  EXPECT_EQ(signature_of({.headers = {{"Host", "example.amazonaws.com"},
                                      {"My-Header1", "value2"},
                                      {"My-Header1", "value2"},
                                      {"My-Header1", "value1"}}}),
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea");
  EXPECT_EQ(signature_of({.headers = {{"Host", "example.amazonaws.com"},
                                      {"My-Header1", "value4"},
                                      {"My-Header1", "value1"},
                                      {"My-Header1", "value3"},
                                      {"My-Header1", "value2"}}}),
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01");
}

TEST(SigV4, a_form_signs_as_published) {
  EXPECT_EQ(signature_of({.method = "POST",
                          .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                                      {"Host", "example.amazonaws.com"}}},
                         "Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

// ---- The examples of the S3 documentation ----

const Credentials kS3 = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const WallTime kS3Time = *parse_amz_date("20130524T000000Z");
const std::string kS3Host = "examplebucket.s3.amazonaws.com";

std::string s3_signature(const std::string& method, const std::string& target,
                         const Headers& headers, const std::string& hash) {
  return signature_in(
      authorization_of(sign(kS3, "us-east-1", "s3", {method, target, headers, hash}, kS3Time)));
}

TEST(SigV4, s3_examples_sign_as_published) {
  EXPECT_EQ(s3_signature("GET", "/test.txt", {{"Host", kS3Host}, {"Range", "bytes=0-9"}},
                         payload_hash("")),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(s3_signature("PUT", "/test%24file.text",
                         {{"Host", kS3Host},
                          {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                         payload_hash("Welcome to Amazon S3.")),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(s3_signature("GET", "/?lifecycle", {{"Host", kS3Host}}, payload_hash("")),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(s3_signature("GET", "/?max-keys=2&prefix=J", {{"Host", kS3Host}}, payload_hash("")),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4, the_s3_example_of_a_presigned_url_is_as_published) {
  EXPECT_EQ(presign(kS3, "us-east-1", "s3", {"GET", "/test.txt", {{"Host", kS3Host}}, ""}, kS3Time,
                    86400),
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F"
            "20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires="
            "86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330"
            "da4c265957d157751f604d404");
}

// ---- The same requests, signed by botocore 1.44.5 ----

const Credentials kOurs = {"AKIDHEADRACE", "secret/+key"};
const WallTime kOurTime = *parse_amz_date("20260102T030405Z");

TEST(SigV4, requests_sign_as_botocore_signs_them) {
  Credentials session = kOurs;
  session.session_token = "a+token/=";
  const auto kinesis = sign(session, "eu-west-1", "kinesis",
                            {"POST",
                             "/",
                             {{"Host", "127.0.0.1:4566"},
                              {"Content-Type", "application/x-amz-json-1.1"},
                              {"X-Amz-Target", "Kinesis_20131202.PutRecords"}},
                             payload_hash("{\"StreamName\":\"s\"}")},
                            kOurTime);
  EXPECT_EQ(authorization_of(kinesis),
            "AWS4-HMAC-SHA256 Credential=AKIDHEADRACE/20260102/eu-west-1/kinesis/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
            "Signature=f059730987ed965101384c84a47f901fc85c2593b7b27b1d309640559812ef0f");
  const auto put = sign(kOurs, "us-east-1", "s3",
                        {"PUT",
                         "/b/a%20%2B%2B//./%E2%82%AC%28x%29?partNumber=1&uploadId=a%2Fb%3D",
                         {{"Host", "127.0.0.1:4566"}, {"x-amz-meta-a", " x   y "}},
                         payload_hash("body")},
                        kOurTime);
  EXPECT_EQ(authorization_of(put),
            "AWS4-HMAC-SHA256 Credential=AKIDHEADRACE/20260102/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-a, "
            "Signature=3322bbbd2b07fa12f52d2f11ec3396539efe8406216030bd1d9d85835fa83b41");
  const auto other = sign(
      kOurs, "us-east-1", "execute-api",
      {"GET", "/a%20b//c/../d?z=1&a=%20&a=", {{"Host", "h.example"}}, payload_hash("")}, kOurTime);
  EXPECT_EQ(signature_in(authorization_of(other)),
            "75842df6e5ea85f6a0f06d098b086dd092f35e2f9ae5c6d916afb8c7bb1445ba");
}

// ---- Verifying ----

Result<VerifiedSignature> verify(const Sent& sent, WallTime now, const SecretLookup& lookup,
                                 std::string_view hash) {
  const http::Request request = sent.request();
  auto authorization = parse_authorization(request);
  if (!authorization) return std::unexpected(authorization.error());
  if (!*authorization) return std::unexpected(missing_authentication());
  Verifier verifier;
  return verifier.verify(request, **authorization, hash, now, lookup);
}

Sent signed_put(WallTime at = kS3Time, const std::string& session_token = "") {
  Sent sent{"PUT", "/a%20b/c?x=1&partNumber=2", {{"Host", kS3Host}, {"x-amz-acl", "private"}}};
  Credentials credentials = kS3;
  credentials.session_token = session_token;
  const Headers added = sign(credentials, "us-east-1", "s3",
                             {sent.method, sent.target, sent.headers, payload_hash("body")}, at);
  sent.headers.insert(sent.headers.end(), added.begin(), added.end());
  return sent;
}

ErrorCode code_of(const Result<VerifiedSignature>& result) {
  return result ? ErrorCode::kInternal : result.error().code;
}

TEST(SigV4, what_was_signed_verifies) {
  const auto verified = verify(signed_put(), kS3Time, one_secret(kS3), payload_hash("body"));
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->scope, "20130524/us-east-1/s3/aws4_request");
  EXPECT_EQ(verified->amz_date, "20130524T000000Z");
  EXPECT_EQ(verified->signature, signature_in(signed_put().headers.back().second));
}

TEST(SigV4, any_change_to_what_was_signed_is_found) {
  const auto changed = [](void (*change)(Sent&), std::string_view body = "body") {
    Sent sent = signed_put();
    change(sent);
    return code_of(verify(sent, kS3Time, one_secret(kS3), payload_hash(body)));
  };
  EXPECT_EQ(changed([](Sent& s) { s.method = "POST"; }), ErrorCode::kInvalidSignature);
  EXPECT_EQ(changed([](Sent& s) { s.target = "/a%20b/d?x=1&partNumber=2"; }),
            ErrorCode::kInvalidSignature);
  EXPECT_EQ(changed([](Sent& s) { s.target += "&y=1"; }), ErrorCode::kInvalidSignature);
  EXPECT_EQ(changed([](Sent& s) { s.headers[0].second = "other"; }), ErrorCode::kInvalidSignature);
  EXPECT_EQ(changed([](Sent& s) { s.headers[1].second = "public-read"; }),
            ErrorCode::kInvalidSignature);
  EXPECT_EQ(changed([](Sent& s) { s.headers.back().second.back() ^= 1; }),
            ErrorCode::kInvalidSignature);
  EXPECT_EQ(changed([](Sent& s) { s.headers.back().second.pop_back(); }),
            ErrorCode::kInvalidSignature);
  EXPECT_EQ(changed([](Sent&) {}, "other body"), ErrorCode::kInvalidSignature);
  // How the same path and query are spelled does not matter.
  EXPECT_EQ(changed([](Sent& s) { s.target = "/%61%20b/c?partNumber=2&x=1"; }),
            ErrorCode::kInternal);
}

TEST(SigV4, the_secret_must_be_the_access_keys) {
  EXPECT_EQ(code_of(verify(signed_put(), kS3Time, one_secret(kSuite), payload_hash("body"))),
            ErrorCode::kUnknownAccessKey);
  EXPECT_EQ(code_of(verify(signed_put(), kS3Time, one_secret({kS3.access_key, "another"}),
                           payload_hash("body"))),
            ErrorCode::kInvalidSignature);
}

TEST(SigV4, a_kept_key_does_not_outlive_a_change_of_the_secret) {
  Verifier verifier;
  const Sent sent = signed_put();
  const http::Request request = sent.request();
  const auto authorization = parse_authorization(request);
  ASSERT_TRUE(authorization && *authorization);
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(
        verifier.verify(request, **authorization, payload_hash("body"), kS3Time, one_secret(kS3)));
  }
  EXPECT_FALSE(verifier.verify(request, **authorization, payload_hash("body"), kS3Time,
                               one_secret({kS3.access_key, "new"})));
}

TEST(SigV4, clocks_may_differ_by_a_quarter_of_an_hour) {
  const auto at = [](std::int64_t ms) {
    return verify(signed_put(), {kS3Time.ms + ms}, one_secret(kS3), payload_hash("body"));
  };
  EXPECT_TRUE(at(900'000));
  EXPECT_TRUE(at(-900'000));
  const auto late = at(901'000);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kRequestExpired);
  EXPECT_EQ(late.error().detail, "RequestTimeTooSkewed");
  EXPECT_EQ(late.error().message,
            "Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z "
            "(20130524T001501Z - 15 min.)");
  const auto early = at(-901'000);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().message,
            "Signature not yet current: 20130524T000000Z is still later than 20130523T235959Z "
            "(20130523T234459Z + 15 min.)");
}

TEST(SigV4, the_host_and_all_amz_headers_must_be_signed) {
  Sent added = signed_put();
  added.headers.emplace_back("X-Amz-Copy-Source", "/secret/object");
  EXPECT_EQ(code_of(verify(added, kS3Time, one_secret(kS3), payload_hash("body"))),
            ErrorCode::kIncompleteSignature);
  Sent no_host = signed_put();
  std::string& authorization = no_host.headers.back().second;
  authorization.replace(authorization.find("host;"), 5, "");
  EXPECT_EQ(code_of(verify(no_host, kS3Time, one_secret(kS3), payload_hash("body"))),
            ErrorCode::kIncompleteSignature);
}

TEST(SigV4, a_presigned_url_is_good_until_it_expires) {
  const auto at = [](std::int64_t s) {
    const std::string target = presign(kS3, "us-east-1", "s3",
                                       {"GET", "/a?b=c%20d", {{"Host", kS3Host}}, ""}, kS3Time, 60);
    return verify({"GET", target, {{"Host", kS3Host}}}, {kS3Time.ms + s * 1000}, one_secret(kS3),
                  kUnsignedPayload);
  };
  EXPECT_TRUE(at(0));
  EXPECT_TRUE(at(60));
  EXPECT_EQ(code_of(at(61)), ErrorCode::kRequestExpired);
  EXPECT_EQ(at(61).error().detail, "AccessDenied");
  EXPECT_EQ(code_of(at(-901)), ErrorCode::kRequestExpired);
}

TEST(SigV4, a_url_presigned_by_botocore_verifies) {
  const Sent sent = {
      "GET",
      "/b/k%20%2B?response-content-type=text%2Fplain%3B%20x&X-Amz-Algorithm=AWS4-HMAC-SHA256&"
      "X-Amz-Credential=AKIDHEADRACE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&"
      "X-Amz-Date=20260102T030405Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&"
      "X-Amz-Security-Token=tok%2F%3D&"
      "X-Amz-Signature=b8f216602a43df7866ed2cd75f52ddd08b04331c8e266a41d2659f4dc58cb7c3",
      {{"Host", "127.0.0.1:4566"}}};
  EXPECT_TRUE(verify(sent, kOurTime, one_secret(kOurs), kUnsignedPayload));
}

TEST(SigV4, an_authority_may_be_signed_under_its_http2_name) {
  const auto by_host =
      sign(kOurs, "r", "kinesis", {"POST", "/", kHost, payload_hash("")}, kOurTime);
  Sent sent{"POST", "/", kHost};
  sent.headers.insert(sent.headers.end(), by_host.begin(), by_host.end());
  std::string& header = sent.headers.back().second;
  header.replace(header.find("host;"), 5, ":authority;");
  // Computed with the canonical header line ":authority:example.amazonaws.com".
  header.replace(header.rfind('=') + 1, 64,
                 "af1767719ef1ea33ee9ce44349e276d1ec636e479316a107329f41145715332e");
  EXPECT_TRUE(verify(sent, kOurTime, one_secret(kOurs), payload_hash("")));
  // As an HTTP/2 request has it: under both names.
  sent.headers.insert(sent.headers.begin(), {":authority", kHost.front().second});
  EXPECT_TRUE(verify(sent, kOurTime, one_secret(kOurs), payload_hash("")));
  sent.headers.front().second = "other.example";
  EXPECT_FALSE(verify(sent, kOurTime, one_secret(kOurs), payload_hash("")));
}

// ---- Reading ----

TEST(Authorization, nothing_is_an_anonymous_request) {
  const auto none = parse_authorization(Sent{.target = "/b/k?x=1", .headers = kHost}.request());
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  // The older query form of the AWS CLI names no scope.
  const auto v2 =
      parse_authorization(Sent{.target = "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1"}.request());
  ASSERT_TRUE(v2);
  EXPECT_FALSE(*v2);
}

TEST(Authorization, the_header_is_read_with_any_spacing) {
  for (const char* separator : {",", ", ", " , ", ",  "}) {
    const std::string header =
        std::string("AWS4-HMAC-SHA256 Credential=AK/20150830/eu-west-1/kinesis/aws4_request") +
        separator + "SignedHeaders=host;x-amz-date" + separator + "Signature=abc";
    Sent sent;
    sent.headers = {{"AUTHORIZATION", header},
                    {"X-AMZ-Date", "20150830T123600Z"},
                    {"x-amz-security-token", "token"}};
    const auto read = parse_authorization(sent.request());
    ASSERT_TRUE(read && *read) << separator;
    EXPECT_EQ((*read)->access_key, "AK");
    EXPECT_EQ((*read)->date, "20150830");
    EXPECT_EQ((*read)->region, "eu-west-1");
    EXPECT_EQ((*read)->service, "kinesis");
    EXPECT_EQ((*read)->signed_headers, "host;x-amz-date");
    EXPECT_EQ((*read)->signature, "abc");
    EXPECT_EQ((*read)->amz_date, "20150830T123600Z");
    EXPECT_EQ((*read)->session_token, "token");
  }
}

TEST(Authorization, a_date_header_serves_where_there_is_no_other) {
  Sent sent;
  sent.headers = {{"Authorization",
                   "AWS4-HMAC-SHA256 Credential=AK/20150830/r/s/aws4_request, "
                   "SignedHeaders=date;host, Signature=abc"},
                  {"Date", "Sun, 30 Aug 2015 12:36:00 GMT"}};
  const auto read = parse_authorization(sent.request());
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->amz_date, "20150830T123600Z");
}

Error error_of(const Sent& sent) {
  const auto read = parse_authorization(sent.request());
  return read ? Error{ErrorCode::kInternal, "it was read"} : read.error();
}

TEST(Authorization, what_is_missing_is_named) {
  const Error error = error_of({.headers = {{"Authorization", "AWS4-HMAC-SHA256 "}}});
  EXPECT_EQ(error.code, ErrorCode::kIncompleteSignature);
  EXPECT_EQ(error.detail, "AuthorizationHeaderMalformed");
  EXPECT_EQ(error.message,
            "Authorization header requires 'Credential' parameter. Authorization header requires "
            "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            "(Hashed with SHA-256 and encoded with Base64) "
            "Authorization=CiYVUkvqEFxnqOZfl+qKLWniec690XZ/NzTormsckxs=");
  EXPECT_EQ(error_of({.target = "/?X-Amz-Signature=a&X-Amz-Date=b"}).message,
            "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string "
            "parameters must include 'X-Amz-Credential'. AWS query-string parameters must include "
            "'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Expires'. "
            "Re-examine the query-string parameters.");
}

TEST(Authorization, malformed_ones_are_refused) {
  const auto header = [](const std::string& value) {
    return error_of({.headers = {{"Authorization", value}, {"x-amz-date", "20150830T123600Z"}}});
  };
  EXPECT_EQ(header("Bearer abc").detail, "InvalidRequest");
  EXPECT_EQ(header("AWS AKID:signature").detail, "InvalidRequest");
  EXPECT_EQ(header("AWS4-HMAC-SHA256x Credential=a").detail, "InvalidRequest");
  EXPECT_EQ(header("AWS4-HMAC-SHA256 nonsense").code, ErrorCode::kIncompleteSignature);
  EXPECT_EQ(header("AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=x").message,
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term, got 'a/b/c'");
  EXPECT_EQ(
      header("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x").message,
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'.");
}

TEST(Authorization, an_expiry_is_a_number_of_seconds_up_to_a_week) {
  const auto expires = [](const std::string& value) {
    return error_of({.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20150830/r/s/"
                               "aws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&"
                               "X-Amz-Signature=x&X-Amz-Expires=" +
                               value})
        .message;
  };
  EXPECT_EQ(expires("604800"), "it was read");
  EXPECT_EQ(expires("0"), "it was read");
  EXPECT_EQ(expires("604801"),
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
            "must be less than 604800 seconds");
  EXPECT_EQ(expires("-1"), "X-Amz-Expires must be non-negative");
  EXPECT_EQ(expires("1h"), "X-Amz-Expires should be a number");
  EXPECT_EQ(expires("99999999999999999999"), "X-Amz-Expires should be a number");
}

}  // namespace
}  // namespace headrace::wire
