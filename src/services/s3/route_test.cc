#include "services/s3/route.h"

#include <gtest/gtest.h>

#include "services/s3/simulation_test.h"

namespace headrace::services::s3 {
namespace {

class RouteTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(s3_.open()); }

  Result<Route> find(std::string_view method, std::string_view target,
                     const TestHeaders& headers = {}) {
    return route(s3_.all(), make_request(method, target, headers));
  }
  std::string name_of(std::string_view method, std::string_view target,
                      const TestHeaders& headers = {}) {
    const auto found = find(method, target, headers);
    return found ? std::string(found->operation->name) : std::string(name(found.error().code));
  }
  std::string key_of(std::string_view target, const TestHeaders& headers = {}) {
    const auto found = find("PUT", target, headers);
    if (!found || found->labels.size() != 2) return "none";
    return found->labels[1].second;
  }

  SimulatedS3 s3_;
};

struct Case {
  const char* method;
  const char* target;
  const char* operation;
};

TEST_F(RouteTest, each_request_finds_its_operation) {
  for (const Case& c : std::initializer_list<Case>{
           {"GET", "/", "ListBuckets"},
           {"GET", "/?x-id=ListBuckets&prefix=a", "ListBuckets"},
           {"PUT", "/b", "CreateBucket"},
           {"PUT", "/b/", "CreateBucket"},
           {"HEAD", "/b", "HeadBucket"},
           {"DELETE", "/b", "DeleteBucket"},
           {"GET", "/b?location", "GetBucketLocation"},
           {"GET", "/b?location=", "GetBucketLocation"},
           {"GET", "/b", "ListObjects"},
           {"GET", "/b?prefix=a&delimiter=%2F", "ListObjects"},
           {"GET", "/b?list-type=2&prefix=", "ListObjectsV2"},
           {"GET", "/b?list-type=1", "ListObjects"},
           {"GET", "/b?versions", "ListObjectVersions"},
           {"GET", "/b?uploads", "ListMultipartUploads"},
           {"POST", "/b?delete", "DeleteObjects"},
           {"PUT", "/b/k", "PutObject"},
           {"PUT", "/b/k?x-id=PutObject", "PutObject"},
           {"GET", "/b/k", "GetObject"},
           {"GET", "/b/k?partNumber=1", "GetObject"},
           {"GET", "/b/k?response-content-type=a&versionId=null", "GetObject"},
           {"HEAD", "/b/k", "HeadObject"},
           {"DELETE", "/b/k", "DeleteObject"},
           {"DELETE", "/b/k?versionId=null", "DeleteObject"},
           {"POST", "/b/k?uploads", "CreateMultipartUpload"},
           {"PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"},
           {"POST", "/b/k?uploadId=u", "CompleteMultipartUpload"},
           {"DELETE", "/b/k?uploadId=u", "AbortMultipartUpload"},
           {"GET", "/b/k?uploadId=u&max-parts=1", "ListParts"},
           {"GET", "/b?acl", "GetBucketAcl"},
           {"GET", "/b?policy", "GetBucketPolicy"},
           {"GET", "/b?object-lock", "GetObjectLockConfiguration"}}) {
    EXPECT_EQ(name_of(c.method, c.target), c.operation) << c.method << " " << c.target;
  }
  const TestHeaders copy = {{"X-Amz-Copy-Source", "b/k"}};
  EXPECT_EQ(name_of("PUT", "/b/k", copy), "CopyObject");
  EXPECT_EQ(name_of("PUT", "/b/k?partNumber=1&uploadId=u", copy), "UploadPartCopy");
}

TEST_F(RouteTest, a_sub_resource_is_never_mistaken_for_the_plain_request) {
  for (const Case& c : std::initializer_list<Case>{{"PUT", "/b?acl", ""},
                                                   {"PUT", "/b?policy", ""},
                                                   {"PUT", "/b?versioning", ""},
                                                   {"DELETE", "/b?lifecycle", ""},
                                                   {"GET", "/b?inventory&id=1", ""},
                                                   {"GET", "/b?analytics", ""},
                                                   {"HEAD", "/b?acl", ""},
                                                   {"PUT", "/b/k?tagging", ""},
                                                   {"PUT", "/b/k?torrent", ""},
                                                   {"PUT", "/b/k?uploadId=u", ""},
                                                   {"PUT", "/b/k?partNumber=1", ""},
                                                   {"PUT", "/b/k?versionId=v", ""},
                                                   {"GET", "/b/k?acl", ""},
                                                   {"GET", "/b/k?attributes", ""},
                                                   {"DELETE", "/b/k?tagging", ""},
                                                   {"POST", "/b/k?restore", ""},
                                                   {"POST", "/b/k?select&select-type=2", ""},
                                                   {"GET", "/b/k?uploads", ""},
                                                   {"POST", "/b", ""}}) {
    const auto found = find(c.method, c.target);
    ASSERT_FALSE(found) << c.method << " " << c.target << " " << found->operation->name;
    EXPECT_EQ(wire_error(found.error()).name, "NotImplemented") << c.method << " " << c.target;
    EXPECT_EQ(wire_error(found.error()).status, 501);
  }
}

TEST_F(RouteTest, other_methods_are_not_allowed) {
  for (const Case& c : std::initializer_list<Case>{
           {"PATCH", "/b/k", ""}, {"POST", "/b/k", ""}, {"POST", "/", ""}, {"DELETE", "/", ""}}) {
    const auto found = find(c.method, c.target);
    ASSERT_FALSE(found) << c.method << c.target;
    EXPECT_EQ(wire_error(found.error()).status, 405) << c.method << c.target;
  }
  EXPECT_EQ(wire_error(find("OPTIONS", "/b/k").error()).name, "AccessForbidden");
}

TEST_F(RouteTest, keys_are_decoded_once_and_left_alone) {
  EXPECT_EQ(key_of("/b/a/../b"), "a/../b");
  EXPECT_EQ(key_of("/b/%2e%2e/x"), "../x");
  EXPECT_EQ(key_of("/b/%2541"), "%41");
  EXPECT_EQ(key_of("/b//lead"), "/lead");
  EXPECT_EQ(key_of("/b/trail/"), "trail/");
  EXPECT_EQ(key_of("/b/a+b%20c"), "a+b c");
  EXPECT_EQ(key_of("/b/" + std::string(1024, 'x')), std::string(1024, 'x'));
}

TEST_F(RouteTest, a_key_that_cannot_be_is_refused) {
  for (const char* target : {"/b/a%00b", "/b/%ff%fe", "/b/%zz", "/b/%", "/b%00", "/b/k?a=%zz"}) {
    const auto found = find("PUT", target);
    ASSERT_FALSE(found) << target;
    EXPECT_EQ(wire_error(found.error()).name, "InvalidURI") << target;
  }
  EXPECT_EQ(wire_error(find("PUT", "/b/" + std::string(1025, 'x')).error()).name,
            "KeyTooLongError");
  EXPECT_EQ(wire_error(find("PUT", "//k").error()).name, "InvalidBucketName");
}

TEST_F(RouteTest, a_virtual_host_names_the_bucket) {
  const TestHeaders host = {{"Host", "B.localhost:4566"}};
  const auto object = find("GET", "/dir/k", host);
  ASSERT_TRUE(object);
  EXPECT_EQ(object->labels, (wire::Labels{{"Bucket", "b"}, {"Key", "dir/k"}}));
  EXPECT_EQ(name_of("GET", "/", host), "ListObjects");
  EXPECT_EQ(name_of("GET", "/?list-type=2", host), "ListObjectsV2");
  EXPECT_EQ(name_of("GET", "/", {{"Host", "localhost:4566"}}), "ListBuckets");
}

TEST(VirtualHost, buckets_are_told_from_services) {
  for (const auto& [host, bucket] : std::initializer_list<std::pair<const char*, const char*>>{
           {"localhost", ""},
           {"localhost:4566", ""},
           {"127.0.0.1:4566", ""},
           {"[::1]:4566", ""},
           {"s3.localhost:4566", ""},
           {"b.localhost", "b"},
           {"a.b.localhost:1", "a.b"},
           {"b.s3.localhost", "b"},
           {"s3.amazonaws.com", ""},
           {"s3.us-east-1.amazonaws.com", ""},
           {"s3-us-west-2.amazonaws.com", ""},
           {"b.s3.amazonaws.com", "b"},
           {"b.s3.us-east-1.amazonaws.com:443", "b"},
           {"a.b.s3.us-east-1.amazonaws.com", "a.b"},
           {"b.s3-us-west-2.amazonaws.com", "b"},
           {"b.s3.dualstack.us-east-1.amazonaws.com", "b"},
           {"s3.dualstack.us-east-1.amazonaws.com", ""},
           {"example.com", ""},
           {"", ""}}) {
    EXPECT_EQ(virtual_host_bucket(host), bucket) << host;
  }
}

}  // namespace
}  // namespace headrace::services::s3
