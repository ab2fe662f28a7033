// Of what streams seal, the fast ways say what the general way says, in every format.

#include <gtest/gtest.h>

#include <string>

#include "services/kinesis/kinesis_fixture.h"
#include "wire/cbor.h"

namespace headrace::services::kinesis {
namespace {

using wire::CborMajor;
using wire::Format;

constexpr const char* kShard = "shardId-000000000000";

std::string put_body(Format format) {
  if (format == Format::kJson) {
    return R"({"StreamName":"s","Records":[{"Data":"YWE=","PartitionKey":"a"}]})";
  }
  std::string out;
  wire::append_cbor_head(out, CborMajor::kMap, 2);
  wire::append_cbor_text(out, "StreamName");
  wire::append_cbor_text(out, "s");
  wire::append_cbor_text(out, "Records");
  wire::append_cbor_head(out, CborMajor::kArray, 1);
  wire::append_cbor_head(out, CborMajor::kMap, 2);
  wire::append_cbor_text(out, "Data");
  wire::append_cbor_bytes(out, "aa");
  wire::append_cbor_text(out, "PartitionKey");
  wire::append_cbor_text(out, "a");
  return out;
}

std::string get_body(Format format, const std::string& token) {
  if (format == Format::kJson) return R"({"ShardIterator":")" + token + R"("})";
  std::string out;
  wire::append_cbor_head(out, CborMajor::kMap, 1);
  wire::append_cbor_text(out, "ShardIterator");
  wire::append_cbor_text(out, token);
  return out;
}

// A plain record, then sealed ones.
void begin(World& world) {
  world.make_stream("s");
  world.general("PutRecords", put_body(Format::kJson));
  EXPECT_EQ(world.general("StartStreamEncryption",
                          R"({"StreamName":"s","EncryptionType":"KMS","KeyId":"key"})"),
            "{}");
  world.clock_.advance(std::chrono::milliseconds(500));
}

TEST(SealedRecordsTest, puts_and_records_say_that_they_are_sealed) {
  for (const Format format : {Format::kJson, Format::kCbor}) {
    World fast;
    World slow;
    begin(fast);
    begin(slow);
    for (int i = 0; i < 2; ++i) {
      const std::string put = slow.general("PutRecords", put_body(format), format);
      EXPECT_EQ(fast.hot("PutRecords", put_body(format), format), put);
      EXPECT_TRUE(put.contains("EncryptionType")) << put;
    }
    const std::string token = fast.iterator(kShard, R"("ShardIteratorType":"TRIM_HORIZON")");
    const std::string general = fast.general("GetRecords", get_body(format, token), format);
    const std::string hot = fast.hot("GetRecords", get_body(format, token), format);
    // Iterators differ each time they are made, but not in their size.
    ASSERT_EQ(hot.size(), general.size());
    const std::size_t records = general.find("NextShardIterator");
    EXPECT_EQ(hot.substr(0, records), general.substr(0, records));
    std::size_t sealed = 0;
    for (std::size_t at = hot.find("EncryptionType"); at != std::string::npos;
         at = hot.find("EncryptionType", at + 1)) {
      ++sealed;
    }
    EXPECT_EQ(sealed, 2U);
  }
}

}  // namespace
}  // namespace headrace::services::kinesis
