#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/base64.h"
#include "base/hex.h"
#include "services/s3/simulation_test.h"

namespace headrace::services::s3 {
namespace {

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr);
  return {reinterpret_cast<char*>(out), size};
}
std::string md5_hex(std::string_view bytes) { return to_hex(digest(EVP_md5(), bytes)); }
std::string md5_base64(std::string_view bytes) { return base64_encode(digest(EVP_md5(), bytes)); }

// ---- Buckets ----

TEST_F(S3Test, a_bucket_is_created_listed_located_and_deleted) {
  EXPECT_EQ(s3_.call("PUT", "/photos").status, 200);
  const TestAnswer head = s3_.call("HEAD", "/photos");
  EXPECT_EQ(head.header("x-amz-bucket-region"), "us-east-1");
  const TestAnswer buckets = s3_.call("GET", "/");
  EXPECT_EQ(buckets.elements("Name"), Strings{"photos"});
  EXPECT_NE(buckets.body.find("<ListAllMyBucketsResult xmlns="), std::string::npos);
  EXPECT_EQ(s3_.call("GET", "/photos?location").body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint "
            "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LocationConstraint>");
  EXPECT_EQ(s3_.call("DELETE", "/photos").status, 204);
  EXPECT_EQ(s3_.call("HEAD", "/photos").status, 404);
  const TestAnswer gone = s3_.call("DELETE", "/photos");
  EXPECT_EQ(gone.code, "NoSuchBucket");
  EXPECT_EQ(gone.element("Message"), "The specified bucket does not exist");
  EXPECT_EQ(gone.element("Resource"), "/photos");
}

TEST_F(S3Test, buckets_list_in_pages) {
  for (const char* bucket : {"/alpha", "/beta", "/gamma"}) s3_.call("PUT", bucket);
  const TestAnswer first = s3_.call("GET", "/?max-buckets=2");
  EXPECT_EQ(first.elements("Name"), (Strings{"alpha", "beta"}));
  const TestAnswer second =
      s3_.call("GET", "/?max-buckets=2&continuation-token=" + first.element("ContinuationToken"));
  EXPECT_EQ(second.elements("Name"), (Strings{"gamma", "photos"}));
  EXPECT_EQ(second.element("ContinuationToken"), "");
  EXPECT_EQ(s3_.call("GET", "/?prefix=al").elements("Name"), Strings{"alpha"});
}

TEST_F(S3Test, a_bucket_lies_where_its_constraint_says) {
  const auto create = [this](const std::string& endpoint, const std::string& constraint) {
    s3_.caller.region = endpoint;
    return s3_.call("PUT", "/elsewhere",
                    constraint.empty()
                        ? ""
                        : "<CreateBucketConfiguration><LocationConstraint>" + constraint +
                              "</LocationConstraint></CreateBucketConfiguration>");
  };
  EXPECT_EQ(create("us-east-1", "us-east-1").code, "InvalidLocationConstraint");
  EXPECT_EQ(create("eu-west-1", "").code, "IllegalLocationConstraintException");
  EXPECT_EQ(create("eu-west-1", "us-west-2").code, "IllegalLocationConstraintException");
  EXPECT_EQ(create("eu-west-1", "mars-1").code, "InvalidLocationConstraint");
  EXPECT_EQ(create("eu-west-1", "EU").status, 200);
  EXPECT_EQ(create("eu-west-1", "eu-west-1").code, "BucketAlreadyOwnedByYou");
  EXPECT_EQ(s3_.call("HEAD", "/elsewhere").header("x-amz-bucket-region"), "eu-west-1");
  s3_.caller.account = "111111111111";
  EXPECT_EQ(create("us-east-1", "").code, "BucketAlreadyExists");
}

TEST_F(S3Test, bad_names_and_unsupported_settings_make_no_bucket) {
  for (const std::string bad : {"ab", "UPPER", "under_score", "1.2.3.4", "-a-", "a..b"}) {
    EXPECT_EQ(s3_.call("PUT", "/" + bad).code, "InvalidBucketName") << bad;
  }
  const auto with = [this](const char* name, const char* value) {
    return s3_.call("PUT", "/other", {}, {{name, value}}).code;
  };
  EXPECT_EQ(with("x-amz-acl", "public-read"), "InvalidBucketAclWithObjectOwnership");
  EXPECT_EQ(with("x-amz-acl", "nonsense"), "InvalidArgument");
  EXPECT_EQ(with("x-amz-bucket-object-lock-enabled", "true"), "NotImplemented");
  EXPECT_EQ(with("x-amz-object-ownership", "ObjectWriter"), "NotImplemented");
  EXPECT_EQ(with("x-amz-grant-read", "id=x"), "NotImplemented");
  EXPECT_EQ(s3_.call("GET", "/").elements("Name"), Strings{"photos"});
  EXPECT_EQ(with("x-amz-acl", "private"), "");
}

TEST_F(S3Test, a_new_bucket_tells_the_truth_about_itself) {
  const auto read = [this](const std::string& what) { return s3_.call("GET", "/photos?" + what); };
  for (const auto& [what, code] : std::initializer_list<std::pair<const char*, const char*>>{
           {"policy", "NoSuchBucketPolicy"},
           {"policyStatus", "NoSuchBucketPolicy"},
           {"cors", "NoSuchCORSConfiguration"},
           {"website", "NoSuchWebsiteConfiguration"},
           {"lifecycle", "NoSuchLifecycleConfiguration"},
           {"replication", "ReplicationConfigurationNotFoundError"},
           {"object-lock", "ObjectLockConfigurationNotFoundError"},
           {"tagging", "NoSuchTagSet"}}) {
    EXPECT_EQ(read(what).code, code);
    EXPECT_EQ(read(what).status, 404) << what;
  }
  const auto inner = [&](const std::string& what) {
    const std::string body = read(what).body;
    const std::string start = "\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    return body.substr(body.find(start) + start.size());
  };
  EXPECT_EQ(inner("versioning"), "</VersioningConfiguration>");
  EXPECT_EQ(inner("accelerate"), "</AccelerateConfiguration>");
  EXPECT_EQ(inner("logging"), "</BucketLoggingStatus>");
  EXPECT_EQ(inner("notification"), "</NotificationConfiguration>");
  EXPECT_EQ(inner("requestPayment"), "<Payer>BucketOwner</Payer></RequestPaymentConfiguration>");
  EXPECT_EQ(inner("encryption"),
            "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
            "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"
            "</ServerSideEncryptionConfiguration>");
  EXPECT_EQ(inner("ownershipControls"),
            "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"
            "</OwnershipControls>");
  EXPECT_EQ(inner("publicAccessBlock"),
            "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
            "<BlockPublicPolicy>true</BlockPublicPolicy>"
            "<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>");
  const std::string acl = read("acl").body;
  EXPECT_NE(acl.find("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                     "xsi:type=\"CanonicalUser\"><ID>"),
            std::string::npos);
  EXPECT_NE(acl.find("<Permission>FULL_CONTROL</Permission>"), std::string::npos);
}

TEST_F(S3Test, the_expected_owner_must_own) {
  const TestHeaders other = {{"x-amz-expected-bucket-owner", "111111111111"}};
  const TestHeaders own = {{"x-amz-expected-bucket-owner", "000000000000"}};
  put("k", "x");
  for (const char* target : {"/photos", "/photos/k", "/photos?acl"}) {
    EXPECT_EQ(s3_.call("GET", target, {}, other).status, 403) << target;
    EXPECT_EQ(s3_.call("GET", target, {}, own).status, 200) << target;
  }
  EXPECT_EQ(put("k", "y", other).code, "AccessDenied");
  EXPECT_EQ(get("k").body, "x");
}

// ---- Objects ----

TEST_F(S3Test, an_object_comes_back_as_it_went_in) {
  for (const std::size_t size : {0UL, 1UL, 65'536UL, 65'537UL, kMiB + 7}) {
    const std::string body = pattern(size);
    const TestAnswer put_answer = put("a/b%20c", body,
                                      {{"Content-Type", "text/x"},
                                       {"X-Amz-Meta-Colour", "blue"},
                                       {"Cache-Control", "no-store"},
                                       {"Content-Encoding", "aws-chunked,gzip"},
                                       {"Expires", "not a date"}});
    ASSERT_EQ(put_answer.status, 200) << put_answer.message;
    EXPECT_EQ(put_answer.header("ETag"), "\"" + md5_hex(body) + "\"");
    EXPECT_EQ(put_answer.header("x-amz-checksum-type"), "FULL_OBJECT");
    EXPECT_FALSE(put_answer.header("x-amz-checksum-crc64nvme").empty());
    const TestAnswer got = get("a/b%20c");
    EXPECT_EQ(got.body, body);
    EXPECT_EQ(got.header("Content-Type"), "text/x");
    EXPECT_EQ(got.header("x-amz-meta-colour"), "blue");
    EXPECT_EQ(got.header("Cache-Control"), "no-store");
    EXPECT_EQ(got.header("Content-Encoding"), "gzip");
    EXPECT_EQ(got.header("Expires"), "not a date");
    EXPECT_EQ(got.header("accept-ranges"), "bytes");
    EXPECT_EQ(got.header("x-amz-checksum-crc64nvme"), "");
    const TestAnswer head =
        s3_.call("HEAD", "/photos/a/b%20c", {}, {{"x-amz-checksum-mode", "ENABLED"}});
    EXPECT_EQ(head.header("ETag"), put_answer.header("ETag"));
    EXPECT_EQ(head.header("x-amz-checksum-crc64nvme"),
              put_answer.header("x-amz-checksum-crc64nvme"));
  }
}

TEST_F(S3Test, what_is_not_there_is_named) {
  EXPECT_EQ(get("none").code, "NoSuchKey");
  EXPECT_EQ(get("none").element("Message"), "The specified key does not exist.");
  EXPECT_EQ(s3_.call("GET", "/no-such-bucket/k").code, "NoSuchBucket");
  EXPECT_EQ(s3_.call("PUT", "/no-such-bucket/k", "x").code, "NoSuchBucket");
  EXPECT_EQ(get("none?versionId=abc").code, "InvalidArgument");
  EXPECT_EQ(s3_.call("DELETE", "/photos/none").status, 204);
}

TEST_F(S3Test, ranges_overrides_and_types) {
  put("k", "0123456789");
  const TestAnswer range = get("k", {{"Range", "bytes=2-4"}, {"x-amz-checksum-mode", "ENABLED"}});
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.body, "234");
  EXPECT_EQ(range.header("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(range.header("x-amz-checksum-crc64nvme"), "");
  EXPECT_EQ(get("k", {{"Range", "bytes=10-"}}).status, 416);
  EXPECT_EQ(get("k").header("Content-Type"), "binary/octet-stream");
  const std::string overrides =
      "k?response-content-type=text%2Fplain&response-expires=Sun%2C%2006%20Nov%201994%2008%3A49%"
      "3A37"
      "%20GMT";
  const TestAnswer changed = get(overrides);
  EXPECT_EQ(changed.header("Content-Type"), "text/plain");
  EXPECT_EQ(changed.header("Expires"), "Sun, 06 Nov 1994 08:49:37 GMT");
  s3_.caller.access_key.clear();
  EXPECT_EQ(get(overrides).code, "InvalidRequest");
}

TEST_F(S3Test, a_read_or_a_write_may_be_conditional) {
  const std::string etag = put("k", "x").header("ETag");
  EXPECT_EQ(get("k", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(get("k", {{"If-Match", "\"other\""}}).code, "PreconditionFailed");
  EXPECT_EQ(put("k", "y", {{"If-None-Match", "*"}}).status, 412);
  EXPECT_EQ(put("k", "y", {{"If-Match", "\"other\""}}).status, 412);
  EXPECT_EQ(put("none", "y", {{"If-Match", etag}}).code, "NoSuchKey");
  EXPECT_EQ(put("k", "y", {{"If-None-Match", "\"e\""}}).code, "NotImplemented");
  EXPECT_EQ(get("k").body, "x");
  EXPECT_EQ(put("k", "y", {{"If-Match", etag}}).status, 200);
  EXPECT_EQ(s3_.call("DELETE", "/photos/k", {}, {{"If-Match", etag}}).status, 412);
  EXPECT_EQ(get("k").body, "y");
}

TEST_F(S3Test, what_is_not_honoured_is_refused_and_nothing_is_stored) {
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"x-amz-server-side-encryption", "aws:kms"},
           {"x-amz-server-side-encryption-customer-key", "k"},
           {"x-amz-object-lock-mode", "COMPLIANCE"},
           {"x-amz-website-redirect-location", "/x"},
           {"x-amz-storage-class", "GLACIER"},
           {"x-amz-tagging", "a=b"},
           {"x-amz-write-offset-bytes", "0"},
           {"x-amz-checksum-sha512", "x"},
           {"x-amz-grant-read", "id=x"}}) {
    const TestAnswer answer = put("k", "x", {{name, value}});
    EXPECT_EQ(answer.code, "NotImplemented") << name;
    EXPECT_EQ(answer.status, 501);
  }
  EXPECT_EQ(put("k", "x", {{"x-amz-acl", "public-read"}}).code, "AccessControlListNotSupported");
  EXPECT_EQ(put("k", "x", {{"x-amz-meta-a", std::string(2048, 'v')}}).code, "MetadataTooLarge");
  EXPECT_EQ(get("k?partNumber=1").code, "NotImplemented");
  EXPECT_TRUE(keys().empty());
}

// ---- Integrity ----

TEST_F(S3Test, a_checksum_is_verified_kept_and_returned) {
  const TestHeaders right = {
      {"x-amz-checksum-crc32", "y/Q5Jg=="},
      {"x-amz-checksum-crc32c", "4waSgw=="},
      {"x-amz-checksum-crc64nvme", base64_encode(*from_hex("ae8b14860a799888"))},
      {"x-amz-checksum-sha1", base64_encode(digest(EVP_sha1(), "123456789"))},
      {"x-amz-checksum-sha256", base64_encode(digest(EVP_sha256(), "123456789"))}};
  for (const auto& [name, sent] : right) {
    const TestAnswer answer = put("k", "123456789", {{name, sent}});
    EXPECT_EQ(answer.status, 200) << name << answer.message;
    EXPECT_EQ(answer.header(name), sent);
    EXPECT_EQ(get("k", {{"x-amz-checksum-mode", "ENABLED"}}).header(name), sent);
  }
}

TEST_F(S3Test, a_wrong_checksum_is_refused_and_nothing_is_stored) {
  const auto code = [this](const TestHeaders& headers) {
    return put("k", "content", headers).code;
  };
  EXPECT_EQ(code({{"x-amz-checksum-crc32", "AAAAAA=="}}), "BadDigest");
  EXPECT_EQ(code({{"x-amz-checksum-crc32", "AAAA"}}), "InvalidRequest");
  EXPECT_EQ(code({{"x-amz-checksum-crc32", "!"}}), "InvalidRequest");
  EXPECT_EQ(code({{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-checksum-crc32c", "AAAAAA=="}}),
            "InvalidRequest");
  EXPECT_EQ(code({{"x-amz-sdk-checksum-algorithm", "CRC32"}}), "InvalidRequest");
  EXPECT_EQ(code({{"x-amz-sdk-checksum-algorithm", "SHA512"}}), "NotImplemented");
  EXPECT_EQ(code({{"Content-MD5", "short"}}), "InvalidDigest");
  EXPECT_EQ(code({{"Content-MD5", md5_base64("other")}}), "BadDigest");
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(code({{"Content-MD5", md5_base64("content")}}), "");
}

TEST_F(S3Test, a_trailer_is_a_checksum_too) {
  const TestHeaders announced = {{"x-amz-trailer", "x-amz-checksum-crc32"},
                                 {"x-amz-sdk-checksum-algorithm", "CRC32"}};
  const auto call = [&](std::map<std::string, std::string> trailers) {
    return s3_.call("PUT", "/photos/k", "123456789", announced, std::move(trailers));
  };
  EXPECT_EQ(call({{"x-amz-checksum-crc32", "AAAAAA=="}}).code, "BadDigest");
  EXPECT_EQ(call({{"x-amz-checksum-crc32", "AAA"}}).code, "InvalidRequest");
  EXPECT_EQ(call({}).code, "MalformedTrailerError");
  EXPECT_TRUE(keys().empty());
  const TestAnswer right = call({{"x-amz-checksum-crc32", "y/Q5Jg=="}});
  EXPECT_EQ(right.status, 200);
  EXPECT_EQ(right.header("x-amz-checksum-crc32"), "y/Q5Jg==");
}

// ---- Copies and deletions ----

TEST_F(S3Test, a_copy_takes_or_replaces_attributes) {
  const std::string body = pattern(600'000);
  put("from%20%C3%BC", body, {{"Content-Type", "text/x"}, {"x-amz-meta-a", "1"}});
  const std::string source = "photos/from%20%C3%BC";
  const TestAnswer copied = put("copied", "", {{"x-amz-copy-source", source}});
  ASSERT_EQ(copied.status, 200) << copied.message;
  EXPECT_EQ(copied.element("ETag"), "&quot;" + md5_hex(body) + "&quot;");
  EXPECT_NE(copied.body.find("<CopyObjectResult xmlns="), std::string::npos);
  put("replaced", "",
      {{"x-amz-copy-source", "/" + source},
       {"x-amz-metadata-directive", "REPLACE"},
       {"Content-Type", "text/y"},
       {"x-amz-meta-b", "2"}});
  s3_.call("DELETE", "/photos/from%20%C3%BC");
  EXPECT_EQ(get("copied").body, body);
  EXPECT_EQ(get("copied").header("x-amz-meta-a"), "1");
  EXPECT_EQ(get("copied").header("Content-Type"), "text/x");
  EXPECT_EQ(get("replaced").body, body);
  EXPECT_EQ(get("replaced").header("x-amz-meta-a"), "");
  EXPECT_EQ(get("replaced").header("x-amz-meta-b"), "2");
  EXPECT_EQ(get("replaced").header("Content-Type"), "text/y");
}

TEST_F(S3Test, a_copy_that_cannot_be_is_refused) {
  const std::string etag = put("k", "x").header("ETag");
  const auto code = [this](const std::string& key, const std::string& source, TestHeaders more) {
    more.emplace_back("x-amz-copy-source", source);
    return put(key, "", more).code;
  };
  EXPECT_EQ(code("k", "photos/k", {}), "InvalidRequest");
  EXPECT_EQ(code("k", "photos/k", {{"x-amz-metadata-directive", "REPLACE"}}), "");
  EXPECT_EQ(code("c", "photos/none", {}), "NoSuchKey");
  EXPECT_EQ(code("c", "nowhere/none", {}), "NoSuchBucket");
  EXPECT_EQ(code("c", "photos", {}), "InvalidArgument");
  EXPECT_EQ(code("c", "photos/k?versionId=v", {}), "InvalidArgument");
  EXPECT_EQ(code("c", "photos/k", {{"x-amz-copy-source-if-match", "\"o\""}}), "PreconditionFailed");
  EXPECT_EQ(code("c", "photos/k", {{"x-amz-copy-source-if-none-match", etag}}),
            "PreconditionFailed");
  EXPECT_EQ(keys(), Strings{"k"});
}

TEST_F(S3Test, many_keys_are_deleted_at_once) {
  for (const char* key : {"a", "b", "c"}) put(key, "x");
  const auto remove = [this](const std::string& document) {
    return s3_.call("POST", "/photos?delete", document, {{"Content-MD5", md5_base64(document)}});
  };
  const TestAnswer answer = remove(
      "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>"
      "<Object><Key>b</Key><VersionId>null</VersionId></Object><Object><Key>none</Key></Object>"
      "</Delete>");
  EXPECT_EQ(answer.elements("Key"), (Strings{"a", "b", "none"}));
  EXPECT_EQ(answer.elements("VersionId"), Strings{"null"});
  EXPECT_EQ(keys(), Strings{"c"});
  std::string many = "<Delete>";
  for (int i = 0; i < 1001; ++i) many += "<Object><Key>c</Key></Object>";
  EXPECT_EQ(remove(many + "</Delete>").code, "MalformedXML");
  EXPECT_EQ(remove("<Delete></Delete>").code, "MalformedXML");
  EXPECT_EQ(remove("").code, "MissingRequestBodyError");
  EXPECT_EQ(remove("<Other/>").code, "MalformedXML");
  EXPECT_EQ(remove("<!DOCTYPE d [<!ENTITY e \"c\">]><Delete><Object><Key>&e;</Key></Object>"
                   "</Delete>")
                .code,
            "MalformedXML");
  const std::string document = "<Delete><Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>";
  EXPECT_EQ(s3_.call("POST", "/photos?delete", document).code, "InvalidRequest");
  EXPECT_EQ(s3_.call("POST", "/photos?delete", document, {{"Content-MD5", md5_base64("x")}}).code,
            "BadDigest");
  EXPECT_EQ(keys(), Strings{"c"});
  EXPECT_TRUE(remove(document).elements("Deleted").empty());
  EXPECT_TRUE(keys().empty());
}

// ---- Listings ----

TEST_F(S3Test, listing_orders_groups_and_pages) {
  for (const char* key : {"a", "b/1", "b/2", "b/c/3", "d", "e/", "Z", "%C3%A4"}) put(key, "x");
  EXPECT_EQ(keys(), (Strings{"Z", "a", "b/1", "b/2", "b/c/3", "d", "e/", "\u00e4"}));
  const TestAnswer top = s3_.call("GET", "/photos?list-type=2&delimiter=%2F");
  EXPECT_EQ(top.elements("Key"), (Strings{"Z", "a", "d", "\u00e4"}));
  EXPECT_EQ(top.elements("Prefix"), (Strings{"", "b/", "e/"}));
  EXPECT_EQ(top.element("KeyCount"), "6");
  EXPECT_EQ(top.element("IsTruncated"), "false");
  EXPECT_EQ(s3_.call("GET", "/photos?list-type=2&start-after=b%2F2").elements("Key")[0], "b/c/3");
  Strings grouped;
  std::string token;
  while (true) {
    const TestAnswer page = s3_.call("GET", "/photos?list-type=2&delimiter=%2F&max-keys=1" + token);
    ASSERT_EQ(page.status, 200) << page.message;
    for (const std::string& key : page.elements("Key")) grouped.push_back(key);
    const Strings prefixes = page.elements("Prefix");
    grouped.insert(grouped.end(), prefixes.begin() + 1, prefixes.end());
    if (page.element("IsTruncated") != "true") break;
    std::string next = page.element("NextContinuationToken");
    token = "&continuation-token=";
    for (const char c : next) token += c == '+' ? std::string("%2B") : std::string(1, c);
  }
  EXPECT_EQ(grouped, (Strings{"Z", "a", "b/", "d", "e/", "\u00e4"}));
}

TEST_F(S3Test, the_first_version_pages_by_marker) {
  for (const char* key : {"a", "b", "c/1", "d"}) put(key, "x");
  const TestAnswer first = s3_.call("GET", "/photos?max-keys=3&delimiter=%2F");
  EXPECT_EQ(first.element("IsTruncated"), "true");
  EXPECT_EQ(first.element("NextMarker"), "c/");
  EXPECT_EQ(s3_.call("GET", "/photos?delimiter=%2F&marker=c%2F").elements("Key"), Strings{"d"});
  EXPECT_TRUE(s3_.call("GET", "/photos?max-keys=0").elements("Key").empty());
  EXPECT_EQ(first.elements("ID").size(), 2U);
}

TEST_F(S3Test, keys_can_be_listed_encoded) {
  put("a%20b%2Bc%01", "x");
  const TestAnswer answer = s3_.call("GET", "/photos?list-type=2&encoding-type=url");
  EXPECT_EQ(answer.elements("Key"), Strings{"a%20b%2Bc%01"});
  EXPECT_EQ(answer.element("EncodingType"), "url");
}

TEST_F(S3Test, a_bad_listing_argument_is_refused) {
  for (const char* query : {"max-keys=x", "max-keys=-1", "continuation-token=garbage",
                            "continuation-token=", "encoding-type=x"}) {
    EXPECT_EQ(s3_.call("GET", "/photos?list-type=2&" + std::string(query)).code, "InvalidArgument")
        << query;
  }
}

TEST_F(S3Test, each_object_is_its_one_version) {
  put("a", "x");
  put("b", "x");
  const TestAnswer first = s3_.call("GET", "/photos?versions&max-keys=1");
  EXPECT_EQ(first.elements("Key"), Strings{"a"});
  EXPECT_EQ(first.element("VersionId"), "null");
  EXPECT_EQ(first.element("IsLatest"), "true");
  EXPECT_EQ(first.element("NextKeyMarker"), "a");
  EXPECT_EQ(s3_.call("GET", "/photos?versions&key-marker=a&version-id-marker=null").elements("Key"),
            Strings{"b"});
  EXPECT_EQ(s3_.call("DELETE", "/photos/a?versionId=null").status, 204);
  EXPECT_EQ(keys(), Strings{"b"});
}

}  // namespace
}  // namespace headrace::services::s3
