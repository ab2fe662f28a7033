#include "services/kinesis/kinesis.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/base64.h"
#include "services/kinesis/kinesis_fixture.h"
#include "services/kinesis/plain_json.h"
#include "services/kinesis/policy_document.h"
#include "services/kinesis/put_records_json.h"
#include "wire/aws_json.h"

namespace headrace::services::kinesis {
namespace {

TEST(PutRecordsTest, the_fast_way_answers_what_the_general_way_answers) {
  World fast;
  World slow;
  fast.make_stream("s", 3);
  slow.make_stream("s", 3);
  Bodies bodies(1);
  std::size_t read_fast = 0;
  std::size_t accepted = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string body = bodies.next();
    read_fast += read_put_records(body) ? 1 : 0;
    const std::string expected = slow.general("PutRecords", body);
    ASSERT_EQ(fast.hot("PutRecords", body), expected) << body;
    accepted += expected.starts_with("{") ? 1 : 0;
  }
  EXPECT_GT(read_fast, 1000U);
  EXPECT_GT(accepted, read_fast);
  for (const char* shard : {"shardId-000000000000", "shardId-000000000001"}) {
    const std::string expected = slow.records_of(shard, false);
    EXPECT_GT(expected.size(), 10'000U);
    EXPECT_EQ(fast.records_of(shard, true), expected);
    EXPECT_EQ(slow.records_of(shard, true), expected);
  }
}

TEST(PutRecordsTest, a_name_without_its_colon_is_not_skipped) {
  const auto body = [](std::string_view before) {
    return std::string(R"({"StreamName":"s","Records":[{)") + std::string(before) +
           R"(PartitionKey":"k","Data":"YQ=="}]})";
  };
  EXPECT_TRUE(read_put_records(body("\"")));
  EXPECT_FALSE(read_put_records(body(R"("Data" )")));
  EXPECT_FALSE(read_put_records(body(R"("Data":)")));
  EXPECT_FALSE(read_put_records(R"({"StreamName" StreamARN":"s","Records":[]})"));
}

TEST(PutRecordsTest, refused_records_are_answered_the_same_both_ways) {
  World fast(streams::Limits::kAws);
  World slow(streams::Limits::kAws);
  std::string body = "{\"StreamName\":\"s\",\"Records\":[";
  for (int i = 0; i < 500; ++i) {
    body += std::string(i == 0 ? "" : ",") + R"({"Data":"YQ==","PartitionKey":")" +
            std::to_string(i) + "\"}";
  }
  body += "]}";
  fast.make_stream("s", 2);
  slow.make_stream("s", 2);
  std::string last;
  for (int i = 0; i < 6; ++i) {
    last = slow.general("PutRecords", body);
    ASSERT_EQ(fast.hot("PutRecords", body), last);
  }
  EXPECT_TRUE(last.starts_with(R"({"FailedRecordCount":500,"Records":[{"ErrorCode":)"
                               R"("ProvisionedThroughputExceededException",)"
                               R"("ErrorMessage":"Rate exceeded for shard shardId-00000000000)"))
      << last.substr(0, 200);
}

TEST(GetRecordsTest, keys_that_need_escapes_come_back_the_same_both_ways) {
  World world;
  world.make_stream("s", 1);
  for (const char* key : {R"(a\"b)", R"(\u0001)", R"(\ud83d\ude00)", "\xc3\xa4", R"(\\)", "a/b"}) {
    const std::string body =
        R"({"StreamName":"s","Records":[{"Data":"","PartitionKey":")" + std::string(key) + "\"}]}";
    ASSERT_TRUE(world.hot("PutRecords", body).starts_with(R"({"FailedRecordCount":0)"));
  }
  const std::string answer = world.records_of("shardId-000000000000", true);
  EXPECT_EQ(answer, world.records_of("shardId-000000000000", false));
  EXPECT_NE(answer.find(R"("PartitionKey":"a\"b")"), std::string::npos) << answer;
}

TEST(PlainPrefixTest, stops_at_the_first_character_that_needs_care) {
  for (int c = 0; c < 256; ++c) {
    const bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(24, 'x');
      text[at] = static_cast<char>(c);
      EXPECT_EQ(plain_prefix(text.data(), text.data() + text.size()), plain ? 24 : at) << c;
    }
  }
}

TEST(PutRecordTest, bad_records_are_refused_in_the_services_words) {
  World world;
  world.make_stream("s", 1);
  const std::string million(1U << 20, 'A');  // base64 of 786,432 bytes
  const std::pair<std::string, std::string> cases[] = {
      {R"({"StreamName":"s","Data":"YQ=="})",
       "ValidationException 1 validation error detected: Value null at 'partitionKey' failed to "
       "satisfy constraint: Member must not be null"},
      {R"({"StreamName":"none","Data":"YQ==","PartitionKey":"k"})",
       "ResourceNotFoundException Stream none under account 000000000000 not found."},
      {R"({"Data":"YQ==","PartitionKey":"k"})",
       "InvalidArgumentException Either StreamName or StreamARN must be specified."},
      {R"({"StreamName":"s","Data":"YQ==","PartitionKey":"k",
           "ExplicitHashKey":"340282366920938463463374607431768211456"})",
       "InvalidArgumentException Invalid ExplicitHashKey. ExplicitHashKey must be in the range: "
       "[0, 2^128-1]. Specified value was 340282366920938463463374607431768211456"},
      {R"({"StreamName":"s","StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/t",)"
       R"("Data":"YQ==","PartitionKey":"k"})",
       "InvalidArgumentException StreamName s does not match StreamARN "
       "arn:aws:kinesis:us-east-1:000000000000:stream/t."},
      {R"({"StreamName":"s","Data":")" + million + million.substr(0, 350'000) +
           R"(","PartitionKey":"k"})",
       "ValidationException 1 validation error detected: Value at 'data' failed to satisfy "
       "constraint: Member must have length less than or equal to 1048576"},
  };
  for (const auto& [body, expected] : cases) {
    EXPECT_EQ(world.general("PutRecord", body), expected);
  }
  EXPECT_EQ(world.records_of("shardId-000000000000", true),
            R"({"Records":[],,"MillisBehindLatest":0})");
}

TEST(PutRecordTest, data_and_key_together_may_have_one_mebibyte) {
  World world;
  world.make_stream("s", 1);
  const auto body = [](std::size_t size) {
    return R"({"StreamName":"s","PartitionKey":"key","Data":")" +
           base64_encode(std::string(size, 'x')) + "\"}";
  };
  EXPECT_TRUE(world.general("PutRecord", body((1 << 20) - 3)).starts_with("{\"ShardId\""));
  EXPECT_TRUE(world.general("PutRecord", body((1 << 20) - 2)).starts_with("ValidationException"));
}

TEST(PutRecordsTest, large_records_and_records_without_keys_go_both_ways) {
  World world;
  streams::StreamSettings settings{.mode = streams::StreamMode::kOnDemand,
                                   .distribution = streams::Distribution::kAuto,
                                   .record_kib_max = 3072};
  world.make_stream("s", 1, settings);
  const auto body = [](const std::string& record) {
    return R"({"StreamName":"s","Records":[{)" + record + "}]}";
  };
  const auto data = [](std::size_t size) {
    return R"("Data":")" + base64_encode(std::string(size, 'x')) + "\"";
  };
  const std::string keyed = body(data((3U << 20) - 1) + R"(,"PartitionKey":"k")");
  ASSERT_TRUE(read_put_records(keyed));
  const std::string large = body(data(3U << 20) + R"(,"PartitionKey":"k")");
  const std::string refused =
      "ValidationException 1 validation error detected: Value at 'records.1.member.data' failed to "
      "satisfy constraint: Member must have length less than or equal to 3145728";
  const std::string keyless = body(data(1));
  for (const bool fast : {false, true}) {
    const auto put = [&](const std::string& text) {
      return fast ? world.hot("PutRecords", text) : world.general("PutRecords", text);
    };
    EXPECT_TRUE(put(keyed).starts_with(R"({"FailedRecordCount":0)"));
    EXPECT_EQ(put(large), refused);
    EXPECT_TRUE(put(keyless).starts_with(R"({"FailedRecordCount":0)"));
  }
  const std::string answer = world.records_of("shardId-000000000000", true);
  EXPECT_EQ(answer, world.records_of("shardId-000000000000", false));
  EXPECT_NE(answer.find(R"("Data":"eA=="})"), std::string::npos) << answer.substr(0, 300);
}

TEST(ResourcePolicyTest, what_the_grammar_allows_is_taken) {
  const std::string_view rest = R"("Effect":"Allow","Action":"kinesis:*","Resource":"*"})";
  for (const char* statement :
       {R"({"Principal":"*",)", R"({"Principal":{"AWS":["1","2"],"Service":"x"},"Sid":"s",)",
        R"({"NotPrincipal":{"AWS":"1"},"Condition":{"Bool":{"a":[true,1,"x"]}},)"}) {
    const std::string text = std::string(statement) + std::string(rest);
    EXPECT_TRUE(check_policy(R"({"Statement":)" + text + "}")) << text;
    EXPECT_TRUE(check_policy(R"({"Version":"2012-10-17","Id":"i","Statement":[)" + text + "]}"));
  }
}

TEST(CallRatesTest, names_that_are_made_up_do_not_wear_out_the_limits) {
  World world(streams::Limits::kAws);
  const auto list = [&](const std::string& name) {
    return world.general("ListTagsForStream", R"({"StreamName":")" + name + "\"}");
  };
  for (int i = 0; i < 25'000; ++i) {
    ASSERT_TRUE(list("n" + std::to_string(i)).starts_with("ResourceNotFoundException")) << i;
  }
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(list("s").starts_with("ResourceNotFoundException"));
  EXPECT_EQ(list("s"),
            "LimitExceededException Rate exceeded for stream s under account 000000000000.");
}

TEST(GetShardIteratorTest, each_type_starts_where_it_says) {
  World world;
  world.make_stream("s", 2);
  const auto put = [&] {
    const auto value = wire::parse_json(world.general(
        "PutRecord",
        R"({"StreamName":"s","Data":"YQ==","PartitionKey":"k","ExplicitHashKey":"0"})"));
    return *value->find("SequenceNumber")->string();
  };
  const std::string first = put();
  const std::string second = put();
  const auto found = [&](const std::string& rest) {
    const std::string token = world.iterator("shardId-000000000000", rest);
    const std::string answer = world.hot("GetRecords", "{\"ShardIterator\":\"" + token + "\"}");
    return answer.find(first) != std::string::npos    ? 2
           : answer.find(second) != std::string::npos ? 1
                                                      : 0;
  };
  const auto from = [](const std::string& type, const std::string& number) {
    return R"("ShardIteratorType":")" + type + R"(","StartingSequenceNumber":")" + number + "\"";
  };
  EXPECT_EQ(found(R"("ShardIteratorType":"TRIM_HORIZON")"), 2);
  EXPECT_EQ(found(R"("ShardIteratorType":"LATEST")"), 0);
  EXPECT_EQ(found(R"("ShardIteratorType":"AT_TIMESTAMP","Timestamp":0)"), 2);
  EXPECT_EQ(found(from("AT_SEQUENCE_NUMBER", first)), 2);
  EXPECT_EQ(found(from("AFTER_SEQUENCE_NUMBER", first)), 1);
  EXPECT_EQ(found(from("AFTER_SEQUENCE_NUMBER", second)), 0);
  const std::string shards = world.general("ListShards", R"({"StreamName":"s"})");
  const std::size_t start = shards.find("StartingSequenceNumber") + 25;
  EXPECT_EQ(found(from("AT_SEQUENCE_NUMBER", shards.substr(start, 56))), 2);
  EXPECT_EQ(found(from("AFTER_SEQUENCE_NUMBER", shards.substr(start, 56))), 2);
}

TEST(GetShardIteratorTest, a_bad_starting_point_is_refused) {
  World world;
  world.make_stream("s", 2);
  const auto value = wire::parse_json(world.general(
      "PutRecord", R"({"StreamName":"s","Data":"YQ==","PartitionKey":"k","ExplicitHashKey":"0"})"));
  const std::string number = *value->find("SequenceNumber")->string();
  const auto refused = [&](const char* shard, const std::string& rest, const std::string& by) {
    const std::string answer = world.iterator(shard, rest);
    EXPECT_TRUE(answer.starts_with(by)) << answer;
  };
  const char* const shard = "shardId-000000000000";
  const std::string invalid = "InvalidArgumentException ";
  refused(shard, R"("ShardIteratorType":"AT_SEQUENCE_NUMBER")", invalid);
  refused(shard, R"("ShardIteratorType":"AT_TIMESTAMP")", invalid);
  refused(shard, R"("ShardIteratorType":"AT_TIMESTAMP","Timestamp":4000000000)", invalid);
  refused(shard, R"("ShardIteratorType":"LATEST","StartingSequenceNumber":"1")", invalid);
  refused(shard, R"("ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"1")",
          invalid);
  refused("shardId-000000000001",
          R"("ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":")" + number + "\"",
          invalid +
              "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was "
              "used in a call to a shard with shardId-000000000001");
  std::string future = number;
  streams::increment_digits(future.data(), future.data() + future.size());
  refused(shard,
          R"("ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":")" + future + "\"",
          invalid);
  refused("shardId-000000000099", R"("ShardIteratorType":"LATEST")",
          "ResourceNotFoundException Could not find shard shardId-000000000099 in stream s under "
          "account 000000000000.");
  refused(shard, R"("ShardIteratorType":"SOMEWHERE")", "ValidationException ");
}

TEST(ListShardsTest, pages_follow_one_another) {
  World world;
  world.make_stream("s", 5);
  std::string body = R"({"StreamName":"s","MaxResults":2})";
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto value = wire::parse_json(world.general("ListShards", body));
    ASSERT_TRUE(value && value->find("Shards") != nullptr);
    sizes.push_back(value->find("Shards")->list()->size());
    const wire::Value* next = value->find("NextToken");
    if (next == nullptr) break;
    body = R"({"MaxResults":2,"NextToken":")" + *next->string() + "\"}";
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 2, 1}));
}

}  // namespace
}  // namespace headrace::services::kinesis
