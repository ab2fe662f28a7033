// The reader and writer that PutRecord has of its own, against the general way.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/base64.h"
#include "services/kinesis/kinesis.h"
#include "services/kinesis/put_record_json.h"
#include "streams/streams_fixture.h"
#include "wire/aws_json.h"
#include "wire/bind.h"

namespace headrace::services::kinesis {
namespace {

class World : public streams::World {
 public:
  explicit World(streams::Limits limits = streams::Limits::kNone) {
    limits_ = limits;
    set_up();
    kinesis_.emplace(Kinesis{*streams_, clock_});
    for (Operation& operation : operations(*kinesis_)) {
      if (operation.name == "PutRecord") put_record_ = std::move(operation);
    }
    make_stream("s", 3);
  }
  ~World() { tear_down(); }

  std::string general(std::string_view body) {
    const auto value = wire::parse_json(body);
    if (!value) return described(value.error());
    auto input = put_record_.make_input();
    const Status bound = wire::bind(*value, put_record_.input, wire::Scalars::kTyped, input.get());
    if (!bound) return described(bound.error());
    auto output = run(put_record_.handle(Caller{}, std::move(input)));
    if (!output) return described(output.error());
    return wire::encode_json(put_record_.output, output->get());
  }

  std::string hot(std::string body) {
    auto answer = run(put_record_.json_body(Caller{}, std::move(body)));
    return answer ? std::move(*answer) : described(answer.error());
  }

  // Keys and data of what a shard holds.
  std::vector<std::string> records(std::uint32_t shard) {
    const auto read = run(find("s")->read({shard}, 0, streams::kReadRecordsMax));
    std::vector<std::string> out;
    if (!read) return out;
    for (const storage::RecordView& record : read->slice.records) {
      out.push_back(std::string(record.key) + "=" + std::string(record.data));
    }
    return out;
  }

 private:
  static std::string described(const Error& error) {
    return std::string(wire_error(error).name) + " " + error.message;
  }

  std::optional<Kinesis> kinesis_;
  Operation put_record_;
};

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
  Bodies bodies;
  std::size_t read_fast = 0;
  std::size_t accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string body = bodies.next();
    read_fast += read_put_record(body) ? 1 : 0;
    const std::string expected = slow.general(body);
    ASSERT_EQ(fast.hot(body), expected) << body;
    accepted += expected.starts_with("{") ? 1 : 0;
  }
  EXPECT_GT(read_fast, 1000U);
  EXPECT_GT(accepted, 1000U);
  for (std::uint32_t shard = 0; shard < 3; ++shard) {
    EXPECT_EQ(fast.records(shard), slow.records(shard));
  }
  EXPECT_GT(fast.records(0).size(), 100U);
}

TEST(PutRecordTest, the_number_it_answers_orders_the_next_one) {
  World world;
  const std::string first = world.hot(R"({"StreamName":"s","PartitionKey":"k","Data":"YQ=="})");
  const std::string name = "\"SequenceNumber\":\"";
  const std::size_t at = first.find(name);
  ASSERT_NE(at, std::string::npos) << first;
  const std::string number = first.substr(at + name.size(), first.rfind('"') - at - name.size());
  const std::string body =
      R"({"StreamName":"s","PartitionKey":"k","Data":"","SequenceNumberForOrdering":")";
  EXPECT_TRUE(read_put_record(body + number + "\"}"));
  EXPECT_TRUE(world.hot(body + number + "\"}").starts_with("{\"ShardId\":\"shardId-"));
  EXPECT_TRUE(world.hot(body + "17\"}").starts_with("InvalidArgumentException Exclusive"));
}

TEST(PutRecordTest, a_refused_record_is_told_the_same_both_ways) {
  World fast(streams::Limits::kAws);
  World slow(streams::Limits::kAws);
  const std::string body = R"({"StreamName":"s","PartitionKey":"k","Data":")" +
                           base64_encode(std::string(700'000, 'x')) + "\"}";
  ASSERT_TRUE(read_put_record(body));
  ASSERT_EQ(fast.hot(body), slow.general(body));
  const std::string refused = fast.hot(body);
  EXPECT_EQ(refused, slow.general(body));
  EXPECT_TRUE(refused.starts_with("ProvisionedThroughputExceededException Rate exceeded"));
}

}  // namespace
}  // namespace headrace::services::kinesis
