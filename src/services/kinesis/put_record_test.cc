// The reader and writer that PutRecord has of its own, against the general way.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/base64.h"
#include "services/kinesis/kinesis_fixture.h"
#include "services/kinesis/put_record_json.h"

namespace headrace::services::kinesis {
namespace {

// Keys and data of what a shard holds.
std::vector<std::string> records(World& world, std::uint32_t shard) {
  const auto read = World::run(
      static_cast<streams::World&>(world).find("s")->read({shard}, 0, streams::kReadRecordsMax));
  std::vector<std::string> out;
  if (!read) return out;
  for (const storage::RecordView& record : read->slice.records) {
    out.push_back(std::string(record.key) + "=" + std::string(record.data));
  }
  return out;
}

// Bodies that are right, nearly right and wrong.
class Bodies {
 public:
  std::string next() {
    std::vector<std::string> members;
    add(members, 30, "Data", data());
    add(members, 30, "PartitionKey", key());
    if (one_in(5)) add(members, 30, "ExplicitHashKey", hash_key());
    if (one_in(5)) add(members, 30, "SequenceNumberForOrdering", number());
    if (!one_in(30)) add(members, 30, "StreamName", one_in(20) ? wrong_name() : "\"s\"");
    if (one_in(6)) add(members, 30, "StreamARN", arn());
    if (one_in(40)) add(members, 30, "Unknown", R"({"a":[1,null,"x"]})");
    if (one_in(60)) add(members, 30, "StreamId", "\"x\"");
    if (one_in(40) && !members.empty()) members.push_back(members.front());
    if (one_in(2)) std::reverse(members.begin(), members.end());
    std::string body = space() + "{";
    for (std::size_t i = 0; i < members.size(); ++i) {
      body += (i == 0 ? "" : space() + "," + space()) + members[i];
    }
    body += "}" + space();
    if (one_in(8)) body[random_.below(body.size())] = static_cast<char>(random_.below(256));
    if (one_in(40)) body.resize(random_.below(body.size()));
    return body;
  }

 private:
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  std::string space() { return one_in(8) ? " \t\r\n" : one_in(2) ? " " : ""; }
  std::string pick(std::initializer_list<const char*> of) {
    return std::data(of)[random_.below(of.size())];
  }
  void add(std::vector<std::string>& members, std::uint64_t rarely_without, const char* name,
           const std::string& value) {
    if (one_in(rarely_without)) return;
    members.push_back("\"" + std::string(name) + "\"" + space() + ":" + space() + value);
  }
  std::string data() {
    if (one_in(20)) {
      return pick({"\"YQ\"", "\"%%%\"", "null", "7", "\"YR==\"", "\"Y\\u0051==\"", "\"\\/\\/8=\""});
    }
    return "\"" + base64_encode(random_.bytes(random_.below(one_in(10) ? 3000 : 60))) + "\"";
  }
  std::string key() {
    if (one_in(8)) {
      return pick({"\"\"", "\"a\\\"b\"", "\"\\u00e4\"", "\"\xc3\xa4\"", "\"\xff\"", "\"a\nb\"", "7",
                   "\"\x7f\"", "\"a/b\"", "\"a\\/b\""});
    }
    return "\"" + std::string(random_.below(one_in(30) ? 300 : 40) + (one_in(40) ? 0 : 1), 'k') +
           "\"";
  }
  std::string hash_key() {
    return pick({"\"0\"", "\"1\"", "\"340282366920938463463374607431768211455\"", "\"01\"",
                 "\"340282366920938463463374607431768211456\"", "\"-1\"", "\"\"", "null", "5"});
  }
  std::string number() {
    return pick({"\"0\"", "\"00\"", "\"\"", "\"12x\"", "null", "7",
                 "\"49590338271490256608559692538361571095921575989136588898\""});
  }
  std::string wrong_name() { return pick({"\"none\"", "7", "\"a b\"", "null", "\"\""}); }
  std::string arn() {
    return pick({"\"arn:aws:kinesis:us-east-1:000000000000:stream/s\"", "\"garbage\"",
                 "\"arn:aws:kinesis:us-east-1:000000000000:stream/t\"",
                 "\"arn:aws:kinesis:us-east-1:1:stream/s\""});
  }

  SeededRandom random_{1};
};

TEST(PutRecordTest, the_fast_way_answers_and_stores_what_the_general_way_does) {
  World fast;
  World slow;
  fast.make_stream("s", 3);
  slow.make_stream("s", 3);
  Bodies bodies;
  std::size_t read_fast = 0;
  std::size_t accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string body = bodies.next();
    read_fast += read_put_record(body) ? 1 : 0;
    const std::string expected = slow.general("PutRecord", body);
    ASSERT_EQ(fast.hot("PutRecord", body), expected) << body;
    accepted += expected.starts_with("{") ? 1 : 0;
  }
  EXPECT_GT(read_fast, 1000U);
  EXPECT_GT(accepted, 1000U);
  for (std::uint32_t shard = 0; shard < 3; ++shard) {
    EXPECT_EQ(records(fast, shard), records(slow, shard));
  }
  EXPECT_GT(records(fast, 0).size(), 100U);
}

TEST(PutRecordTest, in_cbor_it_answers_and_stores_the_same) {
  World world;
  world.make_stream("s", 1);
  const std::string body(
      "\xa3\x6aStreamName\x61s\x6cPartitionKey\x61k\x64"
      "Data\x42"
      "ab",
      37);
  const std::string answer = world.hot("PutRecord", body, wire::Format::kCbor);
  EXPECT_NE(answer.find("shardId-000000000000"), std::string::npos) << answer;
  EXPECT_EQ(records(world, 0), std::vector<std::string>{"k=ab"});
}

TEST(PutRecordTest, the_number_it_answers_orders_the_next_one) {
  World world;
  world.make_stream("s", 3);
  const std::string first =
      world.hot("PutRecord", R"({"StreamName":"s","PartitionKey":"k","Data":"YQ=="})");
  const std::string name = "\"SequenceNumber\":\"";
  const std::size_t at = first.find(name);
  ASSERT_NE(at, std::string::npos) << first;
  const std::string number = first.substr(at + name.size(), first.rfind('"') - at - name.size());
  const std::string body =
      R"({"StreamName":"s","PartitionKey":"k","Data":"","SequenceNumberForOrdering":")";
  EXPECT_TRUE(read_put_record(body + number + "\"}"));
  EXPECT_TRUE(world.hot("PutRecord", body + number + "\"}").starts_with("{\"ShardId\":\"shardId-"));
  EXPECT_TRUE(
      world.hot("PutRecord", body + "17\"}").starts_with("InvalidArgumentException Exclusive"));
}

TEST(PutRecordTest, a_refused_record_is_told_the_same_both_ways) {
  World fast(streams::Limits::kAws);
  World slow(streams::Limits::kAws);
  fast.make_stream("s", 3);
  slow.make_stream("s", 3);
  const std::string body = R"({"StreamName":"s","PartitionKey":"k","Data":")" +
                           base64_encode(std::string(700'000, 'x')) + "\"}";
  ASSERT_TRUE(read_put_record(body));
  ASSERT_EQ(fast.hot("PutRecord", body), slow.general("PutRecord", body));
  const std::string refused = fast.hot("PutRecord", body);
  EXPECT_EQ(refused, slow.general("PutRecord", body));
  EXPECT_TRUE(refused.starts_with("ProvisionedThroughputExceededException Rate exceeded"));
}

}  // namespace
}  // namespace headrace::services::kinesis
