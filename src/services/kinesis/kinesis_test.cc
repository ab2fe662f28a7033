#include "services/kinesis/kinesis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/base64.h"
#include "services/kinesis/policy_document.h"
#include "services/kinesis/put_records_json.h"
#include "streams/streams_fixture.h"
#include "wire/aws_json.h"
#include "wire/bind.h"

namespace headrace::services::kinesis {
namespace {

// A whole service over a store of its own.
class World : public streams::World {
 public:
  explicit World(streams::Limits limits = streams::Limits::kNone) {
    limits_ = limits;
    set_up();
    kinesis_.emplace(Kinesis{*streams_, clock_});
    operations_ = operations(*kinesis_);
  }
  ~World() { tear_down(); }

  const Operation& find(std::string_view name) const {
    for (const Operation& operation : operations_) {
      if (operation.name == name) return operation;
    }
    ADD_FAILURE() << name;
    return operations_.front();
  }

  // What a dispatcher answers when an operation has no way of its own: the body, or "CODE message".
  std::string general(std::string_view name, std::string_view body) {
    const Operation& operation = find(name);
    const auto value = wire::parse_json(body);
    if (!value) return described(value.error());
    auto input = operation.make_input();
    const Status bound = wire::bind(*value, operation.input, wire::Scalars::kTyped, input.get());
    if (!bound) return described(bound.error());
    auto output = run(operation.handle(Caller{}, std::move(input)));
    if (!output) return described(output.error());
    return wire::encode_json(operation.output, output->get());
  }

  std::string hot(std::string_view name, std::string body) {
    auto answer = run(find(name).json_body(Caller{}, std::move(body)));
    return answer ? std::move(*answer) : described(answer.error());
  }

  std::string hot_text(std::string_view name, std::string_view body) {
    return hot(name, std::string(body));
  }

  static std::string described(const Error& error) {
    return std::string(wire_error(error).name) + " " + error.message;
  }

  std::string iterator(std::string_view shard, std::string_view rest) {
    const std::string answer =
        general("GetShardIterator", std::string(R"({"StreamName":"s","ShardId":")") +
                                        std::string(shard) + "\"," + std::string(rest) + "}");
    const auto value = wire::parse_json(answer);
    const wire::Value* token = value ? value->find("ShardIterator") : nullptr;
    return token != nullptr && token->string() != nullptr ? *token->string() : answer;
  }

  std::string records_of(std::string_view shard, bool fast) {
    const std::string token = iterator(shard, R"("ShardIteratorType":"TRIM_HORIZON")");
    const std::string body = "{\"ShardIterator\":\"" + token + "\"}";
    std::string answer = fast ? hot("GetRecords", body) : general("GetRecords", body);
    const std::size_t next = answer.find("\"NextShardIterator\"");
    return next == std::string::npos ? answer : answer.erase(next, answer.find(',', next) - next);
  }

 private:
  std::optional<Kinesis> kinesis_;
  std::vector<Operation> operations_;
};

// Bodies that are right, nearly right and wrong.
class Bodies {
 public:
  explicit Bodies(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string body = space() + "{";
    std::vector<std::string> members = {"\"Records\"" + colon() + records()};
    if (!one_in(30)) members.push_back(name_member());
    if (one_in(6)) members.push_back(arn_member());
    if (one_in(30)) members.push_back(R"("Unknown":{"a":[1,null,"x"]})");
    if (one_in(60)) members.push_back(R"("StreamId":"x")");
    if (one_in(2)) std::reverse(members.begin(), members.end());
    body += join(members) + "}" + space();
    if (one_in(6)) body[random_.below(body.size())] = static_cast<char>(random_.below(256));
    if (one_in(40)) body.resize(random_.below(body.size()));
    return body;
  }

 private:
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  std::string space() { return one_in(8) ? " \t\r\n" : one_in(2) ? " " : ""; }
  std::string colon() { return space() + ":" + space(); }
  std::string pick(std::initializer_list<const char*> of) {
    return std::data(of)[random_.below(of.size())];
  }
  std::string join(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts)
      out += (out.empty() ? "" : space() + "," + space()) + part;
    return out;
  }
  std::string name_member() {
    return "\"StreamName\"" + colon() +
           (one_in(20) ? pick({"\"none\"", "7", "\"a b\"", "null"}) : "\"s\"");
  }
  std::string arn_member() {
    return "\"StreamARN\"" + colon() +
           pick({"\"arn:aws:kinesis:us-east-1:000000000000:stream/s\"", "\"garbage\"",
                 "\"arn:aws:kinesis:us-east-1:000000000000:stream/t\"",
                 "\"arn:aws:kinesis:us-east-1:1:stream/s\""});
  }
  std::string records() {
    std::vector<std::string> list;
    const std::size_t count =
        one_in(60) ? random_.below(510) : random_.below(6) + (one_in(9) ? 0 : 1);
    list.reserve(count);
    for (std::size_t i = 0; i < count; ++i) list.push_back(record());
    return "[" + space() + join(list) + "]";
  }
  std::string record() {
    std::vector<std::string> members;
    if (!one_in(60)) members.push_back("\"Data\"" + colon() + data());
    if (!one_in(60)) members.push_back("\"PartitionKey\"" + colon() + key());
    if (one_in(5)) members.push_back("\"ExplicitHashKey\"" + colon() + hash_key());
    if (one_in(80) && !members.empty()) members.push_back(members.front());
    if (one_in(80)) members.push_back("\"Other\":1");
    if (one_in(2)) std::reverse(members.begin(), members.end());
    return "{" + join(members) + "}";
  }
  std::string data() {
    if (one_in(60))
      return pick({"\"YQ\"", "\"%%%\"", "null", "7", "\"YR==\"", "\"Y\\u0051==\"", "\"\\/\\/8=\""});
    return "\"" + base64_encode(random_.bytes(random_.below(one_in(10) ? 3000 : 60))) + "\"";
  }
  std::string key() {
    if (one_in(12)) {
      return pick({"\"\"", "\"a\\\"b\"", "\"\\u00e4\"", "\"\xc3\xa4\"", "\"\xff\"", "\"a\nb\"", "7",
                   "\"\\ud83d\\ude00\"", "\"\x7f\"", "\"a/b\"", "\"a\\/b\""});
    }
    return "\"" + std::string(random_.below(one_in(30) ? 300 : 40) + (one_in(40) ? 0 : 1), 'k') +
           "\"";
  }
  std::string hash_key() {
    return pick({"\"0\"", "\"1\"", "\"340282366920938463463374607431768211455\"",
                 "\"170141183460469231731687303715884105728\"", "\"01\"",
                 "\"340282366920938463463374607431768211456\"", "\"-1\"", "\"\"", "null", "5"});
  }

  SeededRandom random_;
};

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
  for (const auto put : {&World::general, &World::hot_text}) {
    EXPECT_TRUE((world.*put)("PutRecords", keyed).starts_with(R"({"FailedRecordCount":0)"));
    EXPECT_EQ((world.*put)("PutRecords", large), refused);
    EXPECT_TRUE((world.*put)("PutRecords", keyless).starts_with(R"({"FailedRecordCount":0)"));
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

TEST(CreateStreamTest, what_is_not_there_yet_is_refused_by_name) {
  World world;
  for (const char* body : {R"({"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}})",
                           R"({"StreamName":"s","ShardCount":1,"WarmThroughputMiBps":1})",
                           R"({"StreamName":"s","ShardCount":1,"MaxRecordSizeInKiB":2048})"}) {
    const std::string answer = world.general("CreateStream", body);
    EXPECT_TRUE(answer.starts_with("InvalidArgumentException ")) << answer;
  }
  EXPECT_FALSE(world.streams_->find(world.key("s")));
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
