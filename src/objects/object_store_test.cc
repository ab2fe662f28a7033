#include "objects/object_store.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "objects/simulation_test.h"

namespace headrace::objects {
namespace {

constexpr std::size_t kMiB = 1UL << 20;

class ObjectStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(sim_.open());
    ASSERT_TRUE(create("photos"));
  }

  Status create(const std::string& name, const std::string& account = "000000000000") {
    return sim_.run(sim_.objects().create_bucket({account, "us-east-1", name, {}}));
  }

  Upload begin_upload(std::optional<ChecksumAlgorithm> algorithm = std::nullopt,
                      ChecksumType type = ChecksumType::kComposite) {
    Upload upload;
    upload.bucket = "photos";
    upload.key = "big";
    upload.algorithm = algorithm;
    upload.checksum_type = type;
    auto made = sim_.run(sim_.objects().create_upload(upload));
    EXPECT_TRUE(made.has_value());
    return *made;
  }

  Result<Object> complete(const Upload& upload, std::vector<Part> parts) {
    return sim_.run(
        sim_.objects().complete_upload("photos", "big", upload.id, std::move(parts), {}));
  }

  static std::vector<std::string> keys(const ListPage& page) {
    std::vector<std::string> keys;
    keys.reserve(page.objects.size());
    for (const Object& object : page.objects) keys.push_back(object.key);
    return keys;
  }

  template <typename T>
  static ErrorCode code(const Result<T>& result) {
    return result ? ErrorCode::kInternal : result.error().code;
  }

  SimulatedObjects sim_{1};
};

using Strings = std::vector<std::string>;

TEST_F(ObjectStoreTest, an_object_reads_back_as_it_was_put_after_a_crash) {
  Attributes attributes;
  attributes.content_type = "text/plain";
  attributes.user_metadata = {{"colour", "blue"}, {"empty", ""}};
  ASSERT_TRUE(sim_.put("photos", "a/b", "hello", {}, attributes));
  const std::string large = sim_.random().bytes(3 * kMiB + 17);
  ASSERT_TRUE(sim_.put("photos", "large", large));
  ASSERT_TRUE(sim_.put("photos", "empty", ""));
  sim_.crash_and_open();
  const auto found = sim_.objects().find("photos", "a/b");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->etag, "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(found->size, 5U);
  EXPECT_EQ(found->modified.ms, 1'767'225'600'000);
  EXPECT_EQ(found->attributes, attributes);
  EXPECT_EQ(sim_.get("photos", "a/b").value(), "hello");
  EXPECT_EQ(sim_.get("photos", "large").value(), large);
  EXPECT_EQ(sim_.get("photos", "empty").value(), "");
}

TEST_F(ObjectStoreTest, what_is_appended_in_pieces_is_one_object) {
  std::string whole;
  Ingest ingest = sim_.objects().ingest();
  ingest.compute(ChecksumAlgorithm::kSha256);
  for (int i = 0; i < 60; ++i) {
    const std::string piece =
        sim_.random().bytes(sim_.random().below(40'000) + (i == 30 ? kMiB : 0));
    whole += piece;
    ASSERT_TRUE(sim_.run(ingest.append(piece)));
  }
  ASSERT_TRUE(sim_.run(ingest.finish()));
  EXPECT_EQ(ingest.checksum(ChecksumAlgorithm::kSha256),
            checksum_of(ChecksumAlgorithm::kSha256, whole));
  ASSERT_TRUE(sim_.run(sim_.objects().put("photos", "k", ingest, {}, std::nullopt, {})));
  EXPECT_EQ(sim_.get("photos", "k").value(), whole);
}

TEST_F(ObjectStoreTest, what_is_replaced_or_deleted_gives_its_space_back) {
  ASSERT_TRUE(sim_.put("photos", "k", std::string(kMiB, 'a')));
  ASSERT_TRUE(sim_.put("photos", "k", std::string(2 * kMiB, 'b')));
  ASSERT_TRUE(sim_.put("photos", "small", "1234"));
  ASSERT_TRUE(sim_.put("photos", "small", "567"));
  sim_.expect_no_leaks();
  ASSERT_TRUE(sim_.run(sim_.objects().remove("photos", "k")));
  ASSERT_TRUE(sim_.run(sim_.objects().remove_many("photos", {"small", "never"})));
  EXPECT_EQ(code(sim_.objects().find("photos", "k")), ErrorCode::kNoSuchKey);
  EXPECT_EQ(code(sim_.objects().find("photos", "small")), ErrorCode::kNoSuchKey);
  sim_.expect_no_leaks();
}

TEST_F(ObjectStoreTest, a_read_in_progress_keeps_its_bytes) {
  const std::string bytes = sim_.random().bytes(kMiB);
  ASSERT_TRUE(sim_.put("photos", "k", bytes));
  auto found = sim_.objects().find("photos", "k");
  ASSERT_TRUE(found);
  ASSERT_TRUE(sim_.put("photos", "k", "another"));
  ASSERT_TRUE(sim_.store().collect_garbage());
  EXPECT_EQ(sim_.read(std::move(*found)).value(), bytes);
  found = std::unexpected(Error{ErrorCode::kCancelled, ""});  // lets go of it
  sim_.expect_no_leaks();
}

TEST_F(ObjectStoreTest, an_ingest_that_is_dropped_leaves_nothing) {
  {
    Ingest ingest = sim_.objects().ingest();
    ASSERT_TRUE(sim_.run(ingest.append(std::string(kMiB, 'x'))));
    ASSERT_TRUE(sim_.run(ingest.finish()));
    EXPECT_EQ(code(sim_.run(sim_.objects().put("nowhere", "k", ingest, {}, std::nullopt, {}))),
              ErrorCode::kNoSuchBucket);
  }
  sim_.expect_no_leaks();
}

TEST_F(ObjectStoreTest, conditions_are_decided_on_the_object_that_is_there) {
  EXPECT_EQ(code(sim_.put("photos", "k", "1", {.if_match = "abc"})), ErrorCode::kNoSuchKey);
  ASSERT_TRUE(sim_.put("photos", "k", "hello", {.if_none_match = true}));
  EXPECT_EQ(code(sim_.put("photos", "k", "2", {.if_none_match = true})),
            ErrorCode::kPreconditionFailed);
  EXPECT_EQ(code(sim_.put("photos", "k", "2", {.if_match = "abc"})),
            ErrorCode::kPreconditionFailed);
  EXPECT_EQ(sim_.get("photos", "k").value(), "hello");
  ASSERT_TRUE(sim_.put("photos", "k", "3", {.if_match = "5d41402abc4b2a76b9719d911017c592"}));
  EXPECT_EQ(code(sim_.run(sim_.objects().remove("photos", "k", "abc"))),
            ErrorCode::kPreconditionFailed);
  EXPECT_TRUE(sim_.run(sim_.objects().remove("photos", "k", "*")));
  EXPECT_EQ(code(sim_.run(sim_.objects().remove("photos", "k", "*"))),
            ErrorCode::kPreconditionFailed);
  sim_.expect_no_leaks();
}

TEST_F(ObjectStoreTest, keys_have_one_to_1024_bytes) {
  EXPECT_EQ(code(sim_.put("photos", std::string(1025, 'k'), "")), ErrorCode::kKeyTooLong);
  EXPECT_TRUE(sim_.put("photos", std::string(1024, 'k'), ""));
  EXPECT_EQ(code(sim_.put("photos", "", "")), ErrorCode::kInvalidArgument);
}

TEST_F(ObjectStoreTest, bucket_names_follow_the_services_rules) {
  for (const char* bad : {"ab", "Photos", "a_b", "-abc", "abc-", "a..b", "192.168.5.4", "xn--abc",
                          "abc-s3alias", "abc--ol-s3", "sthree-abc", "a b", ".abc"}) {
    EXPECT_EQ(code(create(bad)), ErrorCode::kInvalidBucketName) << bad;
  }
  EXPECT_EQ(code(create(std::string(64, 'a'))), ErrorCode::kInvalidBucketName);
  EXPECT_TRUE(create(std::string(63, 'a')));
  EXPECT_TRUE(create("my.logs-2"));
}

TEST_F(ObjectStoreTest, a_bucket_has_one_owner_and_goes_when_empty) {
  EXPECT_EQ(code(create("photos")), ErrorCode::kBucketAlreadyOwned);
  EXPECT_EQ(code(create("photos", "111111111111")), ErrorCode::kBucketAlreadyExists);
  ASSERT_TRUE(create("albums"));
  const auto buckets = sim_.objects().buckets("000000000000");
  ASSERT_TRUE(buckets && buckets->size() == 2);
  EXPECT_EQ(buckets->front().name, "albums");
  ASSERT_TRUE(sim_.put("photos", "k", "1"));
  EXPECT_EQ(code(sim_.run(sim_.objects().delete_bucket("photos"))), ErrorCode::kBucketNotEmpty);
  ASSERT_TRUE(sim_.run(sim_.objects().remove("photos", "k")));
  const Upload upload = begin_upload();
  ASSERT_TRUE(sim_.put_part(upload, 1, std::string(kMiB, 'x')));
  ASSERT_TRUE(sim_.run(sim_.objects().delete_bucket("photos")));
  EXPECT_EQ(code(sim_.objects().bucket("photos")), ErrorCode::kNoSuchBucket);
  EXPECT_EQ(code(sim_.run(sim_.objects().delete_bucket("photos"))), ErrorCode::kNoSuchBucket);
  EXPECT_EQ(code(sim_.objects().list({.bucket = "photos"})), ErrorCode::kNoSuchBucket);
  EXPECT_EQ(code(sim_.run(sim_.objects().remove("photos", "k"))), ErrorCode::kNoSuchBucket);
  sim_.expect_no_leaks();
}

TEST_F(ObjectStoreTest, listing_is_in_the_order_of_bytes_and_rolls_up_prefixes) {
  for (const char* key : {"b", "a/1", "a/2", "a/x/1", "a0", "\xc3\xa9", "Z", "c/"}) {
    ASSERT_TRUE(sim_.put("photos", key, ""));
  }
  ListQuery query{.bucket = "photos"};
  EXPECT_EQ(keys(*sim_.objects().list(query)),
            (Strings{"Z", "a/1", "a/2", "a/x/1", "a0", "b", "c/", "\xc3\xa9"}));
  query.delimiter = "/";
  auto page = sim_.objects().list(query);
  EXPECT_EQ(keys(*page), (Strings{"Z", "a0", "b", "\xc3\xa9"}));
  EXPECT_EQ(page->common_prefixes, (Strings{"a/", "c/"}));
  EXPECT_FALSE(page->truncated);
  query.prefix = "a/";
  page = sim_.objects().list(query);
  EXPECT_EQ(keys(*page), (Strings{"a/1", "a/2"}));
  EXPECT_EQ(page->common_prefixes, (Strings{"a/x/"}));
  query.prefix = "nothing";
  EXPECT_TRUE(keys(*sim_.objects().list(query)).empty());
}

TEST_F(ObjectStoreTest, pages_join_into_the_whole_list_whatever_their_size) {
  for (const char* key : {"a", "b/1", "b/2", "b/3", "c", "d/1", "e", "\xff\xff"}) {
    ASSERT_TRUE(sim_.put("photos", key, ""));
  }
  for (std::size_t size = 1; size <= 7; ++size) {
    ListQuery query{.bucket = "photos", .delimiter = "/", .max_keys = size};
    Strings all;
    for (;;) {
      const auto page = sim_.objects().list(query);
      ASSERT_TRUE(page);
      EXPECT_LE(page->objects.size() + page->common_prefixes.size(), size);
      for (const Object& object : page->objects) all.push_back(object.key);
      all.insert(all.end(), page->common_prefixes.begin(), page->common_prefixes.end());
      if (!page->truncated) break;
      query.after = page->next;
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, (Strings{"a", "b/", "c", "d/", "e", "\xff\xff"})) << size;
  }
}

TEST_F(ObjectStoreTest, a_multipart_object_is_its_parts_in_order) {
  const Upload upload = begin_upload(ChecksumAlgorithm::kCrc64Nvme, ChecksumType::kFullObject);
  const std::string first = sim_.random().bytes(5 * kMiB);
  const std::string second = sim_.random().bytes(6 * kMiB);
  const std::string last = "the end";
  const auto three = sim_.put_part(upload, 30, last);
  ASSERT_TRUE(sim_.put_part(upload, 1, "replaced below"));
  const auto one = sim_.put_part(upload, 1, first);
  const auto two = sim_.put_part(upload, 2, second);
  ASSERT_TRUE(sim_.put_part(upload, 9, "uploaded and not listed"));
  ASSERT_TRUE(one && two && three);
  EXPECT_EQ(sim_.objects().parts("photos", "big", upload.id)->size(), 4U);
  EXPECT_EQ(code(complete(upload, {*two, *one})), ErrorCode::kInvalidPartOrder);
  Part wrong = *two;
  wrong.etag = one->etag;
  EXPECT_EQ(code(complete(upload, {*one, wrong})), ErrorCode::kInvalidPart);
  EXPECT_EQ(code(complete(upload, {*one, *three, *two})), ErrorCode::kInvalidPartOrder);
  const auto object = complete(upload, {*one, *two, *three});
  ASSERT_TRUE(object) << object.error().message;
  EXPECT_EQ(object->parts, 3U);
  EXPECT_TRUE(object->etag.ends_with("-3"));
  EXPECT_EQ(sim_.get("photos", "big").value(), first + second + last);
  EXPECT_EQ(object->checksum->value,
            checksum_of(ChecksumAlgorithm::kCrc64Nvme, first + second + last));
  EXPECT_EQ(code(complete(upload, {*one, *two, *three})), ErrorCode::kNoSuchUpload);
  sim_.expect_no_leaks();
}

TEST_F(ObjectStoreTest, a_composite_checksum_is_of_the_parts_checksums) {
  const Upload upload = begin_upload(ChecksumAlgorithm::kSha256);
  const auto one = sim_.put_part(upload, 1, std::string(5 * kMiB, 'a'));
  const auto two = sim_.put_part(upload, 2, "b");
  ASSERT_TRUE(one && two);
  const auto object = complete(upload, {*one, *two});
  ASSERT_TRUE(object);
  EXPECT_EQ(object->checksum->type, ChecksumType::kComposite);
  EXPECT_EQ(
      to_hex(object->checksum->value),
      to_hex(checksum_of(ChecksumAlgorithm::kSha256, one->checksum->value + two->checksum->value)));
}

TEST_F(ObjectStoreTest, small_parts_before_the_last_are_refused) {
  const Upload upload = begin_upload();
  const auto one = sim_.put_part(upload, 1, "small");
  const auto two = sim_.put_part(upload, 2, "last");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(code(complete(upload, {*one, *two})), ErrorCode::kEntityTooSmall);
  EXPECT_TRUE(complete(upload, {*two}));
}

TEST_F(ObjectStoreTest, an_aborted_upload_leaves_nothing) {
  const Upload upload = begin_upload();
  ASSERT_TRUE(sim_.put_part(upload, 1, std::string(kMiB, 'a')));
  ASSERT_TRUE(sim_.run(sim_.objects().abort_upload("photos", "big", upload.id)));
  EXPECT_EQ(code(sim_.run(sim_.objects().abort_upload("photos", "big", upload.id))),
            ErrorCode::kNoSuchUpload);
  EXPECT_EQ(code(sim_.put_part(upload, 2, "late")), ErrorCode::kNoSuchUpload);
  EXPECT_EQ(code(sim_.objects().upload("photos", "big", upload.id)), ErrorCode::kNoSuchUpload);
  sim_.expect_no_leaks();
}

TEST_F(ObjectStoreTest, uploads_are_listed_by_key_then_by_time) {
  const auto begin = [&](const char* key) {
    Upload upload;
    upload.bucket = "photos";
    upload.key = key;
    sim_.clock().advance(std::chrono::milliseconds(1));
    return sim_.run(sim_.objects().create_upload(upload))->id;
  };
  const std::string b1 = begin("b");
  const std::string a1 = begin("a");
  const std::string b2 = begin("b");
  begin("dir/x");
  begin("dir/y");
  auto page = sim_.objects().uploads("photos", "", "/", "", "", 1000);
  ASSERT_TRUE(page && page->uploads.size() == 3);
  EXPECT_EQ(page->uploads[0].id, a1);
  EXPECT_EQ(page->uploads[1].id, b1);
  EXPECT_EQ(page->uploads[2].id, b2);
  EXPECT_EQ(page->common_prefixes, (Strings{"dir/"}));
  page = sim_.objects().uploads("photos", "", "", "b", b1, 1);
  ASSERT_TRUE(page && page->uploads.size() == 1);
  EXPECT_EQ(page->uploads[0].id, b2);
  EXPECT_TRUE(page->truncated);
  page = sim_.objects().uploads("photos", "", "", "b", "", 1000);
  ASSERT_EQ(page->uploads.size(), 2U);
  EXPECT_EQ(page->uploads[0].key, "dir/x");
}

}  // namespace
}  // namespace headrace::objects
