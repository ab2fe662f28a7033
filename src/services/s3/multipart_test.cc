#include <gtest/gtest.h>

#include <map>

#include "services/s3/simulation_test.h"

namespace headrace::services::s3 {
namespace {

using MultipartTest = S3Test;

std::string completion(const std::vector<std::pair<int, std::string>>& parts) {
  std::string out = "<CompleteMultipartUpload>";
  for (const auto& [number, etag] : parts) {
    out += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag +
           "</ETag></Part>";
  }
  return out + "</CompleteMultipartUpload>";
}

TEST_F(MultipartTest, parts_become_one_object) {
  const std::string body = pattern(11 * kMiB);
  const std::string id = begin("k", {{"Content-Type", "text/x"}, {"x-amz-meta-a", "1"}});
  ASSERT_FALSE(id.empty());
  const std::string at = "/photos/k?uploadId=" + id;
  std::map<int, std::string> etags;
  for (const int number : {2, 1, 3}) {
    const std::size_t first = static_cast<std::size_t>(number - 1) * 5 * kMiB;
    const TestAnswer part =
        s3_.call("PUT", at + "&partNumber=" + std::to_string(number), body.substr(first, 5 * kMiB));
    ASSERT_EQ(part.status, 200) << part.message;
    etags[number] = part.header("ETag");
  }
  const TestAnswer listed = s3_.call("GET", at + "&max-parts=2");
  EXPECT_EQ(listed.elements("PartNumber"), (Strings{"1", "2"}));
  EXPECT_EQ(listed.element("NextPartNumberMarker"), "2");
  EXPECT_EQ(listed.element("IsTruncated"), "true");
  EXPECT_EQ(s3_.call("GET", at + "&part-number-marker=2").elements("PartNumber"), Strings{"3"});
  EXPECT_EQ(s3_.call("GET", "/photos?uploads").elements("UploadId"), Strings{id});
  EXPECT_TRUE(keys().empty());
  const TestAnswer done =
      s3_.call("POST", at, completion({{1, etags[1]}, {2, etags[2]}, {3, etags[3]}}));
  ASSERT_EQ(done.status, 200) << done.message;
  EXPECT_TRUE(done.element("ETag").ends_with("-3&quot;"));
  EXPECT_EQ(done.element("ChecksumType"), "FULL_OBJECT");
  EXPECT_EQ(get("k").body, body);
  EXPECT_EQ(get("k").header("x-amz-meta-a"), "1");
  EXPECT_EQ(get("k", {{"Range", "bytes=5242870-5242889"}}).body, body.substr(5242870, 20));
  put("whole", body);
  const TestHeaders mode = {{"x-amz-checksum-mode", "ENABLED"}};
  EXPECT_EQ(get("k", mode).header("x-amz-checksum-crc64nvme"),
            get("whole", mode).header("x-amz-checksum-crc64nvme"));
  EXPECT_EQ(s3_.call("GET", at).code, "NoSuchUpload");
}

TEST_F(MultipartTest, a_composite_checksum_is_of_the_parts) {
  const std::string id = begin("k", {{"x-amz-checksum-algorithm", "CRC32"}});
  const std::string at = "/photos/k?uploadId=" + id;
  EXPECT_EQ(s3_.call("PUT", at + "&partNumber=1", "123456789", {{"x-amz-checksum-sha1", "x"}}).code,
            "InvalidRequest");
  EXPECT_EQ(
      s3_.call("PUT", at + "&partNumber=1", "123456789", {{"x-amz-checksum-crc32c", "4waSgw=="}})
          .code,
      "InvalidRequest");
  const TestAnswer part =
      s3_.call("PUT", at + "&partNumber=1", "123456789", {{"x-amz-checksum-crc32", "y/Q5Jg=="}});
  ASSERT_EQ(part.status, 200) << part.message;
  const std::string etag = part.header("ETag");
  const auto with = [&](const std::string& checksum, const TestHeaders& headers = {}) {
    return s3_.call("POST", at,
                    "<CompleteMultipartUpload><Part><ETag>" + etag + "</ETag><ChecksumCRC32>" +
                        checksum +
                        "</ChecksumCRC32><PartNumber>1</PartNumber></Part>"
                        "</CompleteMultipartUpload>",
                    headers);
  };
  EXPECT_EQ(with("AAAAAA==").code, "InvalidPart");
  EXPECT_EQ(with("y/Q5Jg==", {{"x-amz-mp-object-size", "8"}}).code, "InvalidRequest");
  EXPECT_EQ(with("y/Q5Jg==", {{"x-amz-checksum-type", "FULL_OBJECT"}}).code, "InvalidRequest");
  EXPECT_EQ(with("y/Q5Jg==", {{"x-amz-checksum-crc32", "AAAAAA=="}}).code, "BadDigest");
  const TestAnswer done = with("y/Q5Jg==", {{"x-amz-mp-object-size", "9"}});
  EXPECT_EQ(done.status, 200) << done.message;
  EXPECT_EQ(done.element("ChecksumType"), "COMPOSITE");
  EXPECT_TRUE(done.element("ChecksumCRC32").ends_with("-1"));
  EXPECT_EQ(get("k", {{"x-amz-checksum-mode", "ENABLED"}}).header("x-amz-checksum-crc32"),
            done.element("ChecksumCRC32"));
}

TEST_F(MultipartTest, a_part_can_be_a_copy) {
  const std::string body = pattern(6 * kMiB);
  put("from", body);
  const std::string at = "/photos/k?uploadId=" + begin("k");
  const auto copy = [&](int number, const std::string& range) {
    return s3_.call("PUT", at + "&partNumber=" + std::to_string(number), "",
                    {{"x-amz-copy-source", "photos/from"}, {"x-amz-copy-source-range", range}});
  };
  const TestAnswer one = copy(1, "bytes=0-5242879");
  const TestAnswer two = copy(2, "bytes=5242880-6291455");
  ASSERT_EQ(two.status, 200) << two.message;
  EXPECT_EQ(copy(3, "bytes=0-6291456").code, "InvalidArgument");
  const TestAnswer done =
      s3_.call("POST", at, completion({{1, one.element("ETag")}, {2, two.element("ETag")}}));
  EXPECT_EQ(done.status, 200) << done.message;
  EXPECT_EQ(get("k").body, body);
}

TEST_F(MultipartTest, a_bad_completion_is_refused_and_the_upload_lives_on) {
  const std::string at = "/photos/k?uploadId=" + begin("k");
  const std::string one = s3_.call("PUT", at + "&partNumber=1", "small").header("ETag");
  const std::string two = s3_.call("PUT", at + "&partNumber=2", "small").header("ETag");
  const auto code = [&](const std::string& document) {
    return s3_.call("POST", at, document).code;
  };
  EXPECT_EQ(code(completion({{1, one}, {2, two}})), "EntityTooSmall");
  EXPECT_EQ(code(completion({{2, two}, {1, one}})), "InvalidPartOrder");
  EXPECT_EQ(code(completion({{1, "\"00000000000000000000000000000000\""}})), "InvalidPart");
  EXPECT_EQ(code(completion({{7, one}})), "InvalidPart");
  EXPECT_EQ(code(completion({})), "MalformedXML");
  EXPECT_EQ(code(""), "MalformedXML");
  EXPECT_EQ(code("<Other/>"), "MalformedXML");
  EXPECT_EQ(s3_.call("PUT", at + "&partNumber=0", "x").code, "InvalidArgument");
  EXPECT_EQ(s3_.call("PUT", at + "&partNumber=10001", "x").code, "InvalidArgument");
  EXPECT_EQ(s3_.call("PUT", at + "&partNumber=x", "x").code, "InvalidArgument");
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(code(completion({{2, two}})), "");
  EXPECT_EQ(get("k").body, "small");
}

TEST_F(MultipartTest, an_aborted_upload_is_gone) {
  const std::string at = "/photos/k?uploadId=" + begin("k");
  s3_.call("PUT", at + "&partNumber=1", "x");
  EXPECT_EQ(s3_.call("DELETE", at).status, 204);
  EXPECT_EQ(s3_.call("PUT", at + "&partNumber=1", "x").code, "NoSuchUpload");
  EXPECT_EQ(s3_.call("DELETE", at).code, "NoSuchUpload");
  EXPECT_TRUE(s3_.call("GET", "/photos?uploads").elements("UploadId").empty());
}

TEST_F(MultipartTest, uploads_list_in_pages) {
  const std::string a = begin("a");
  const std::string b = begin("b/1");
  begin("b/2");
  const TestAnswer first = s3_.call("GET", "/photos?uploads&max-uploads=1");
  EXPECT_EQ(first.elements("Key"), Strings{"a"});
  EXPECT_EQ(first.element("NextKeyMarker"), "a");
  EXPECT_EQ(first.element("NextUploadIdMarker"), a);
  const TestAnswer second =
      s3_.call("GET", "/photos?uploads&max-uploads=1&key-marker=a&upload-id-marker=" + a);
  EXPECT_EQ(second.elements("UploadId"), Strings{b});
  const TestAnswer grouped = s3_.call("GET", "/photos?uploads&delimiter=%2F");
  EXPECT_EQ(grouped.elements("Key"), Strings{"a"});
  EXPECT_EQ(grouped.elements("Prefix"), (Strings{"", "b/"}));
}

}  // namespace
}  // namespace headrace::services::s3
