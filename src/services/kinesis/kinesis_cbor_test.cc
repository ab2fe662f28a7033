// Every operation says and understands the same in CBOR as in JSON.

#include <gtest/gtest.h>

#include <string>

#include "services/kinesis/kinesis_fixture.h"
#include "services/kinesis/put_records_cbor.h"
#include "wire/aws_cbor.h"
#include "wire/cbor.h"

namespace headrace::services::kinesis {
namespace {

using wire::CborMajor;
using wire::Format;

// A JSON document as CBOR, with whatever a real encoder might choose.
class Transcoder {
 public:
  explicit Transcoder(std::uint64_t seed) : random_(seed) {}

  std::string document(const wire::Value& value) {
    std::string out;
    append(out, value, false);
    return out;
  }

 private:
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }

  // Whether the head says no length and a break ends it.
  bool open(std::string& out, CborMajor major, std::size_t count) {
    if (one_in(2)) {
      wire::append_cbor_head(out, major, count);
      return false;
    }
    out.push_back(static_cast<char>(static_cast<unsigned>(major) << 5 | 0x1f));
    return true;
  }

  void append_string(std::string& out, CborMajor major, std::string_view text) {
    if (!one_in(200)) {
      wire::append_cbor_head(out, major, text.size());
      out += text;
      return;
    }
    out.push_back(static_cast<char>(static_cast<unsigned>(major) << 5 | 0x1f));
    while (!text.empty()) {
      const std::string_view chunk = text.substr(0, random_.below(text.size()) + 1);
      wire::append_cbor_head(out, major, chunk.size());
      out += chunk;
      text.remove_prefix(chunk.size());
    }
    out.push_back('\xff');
  }

  void append(std::string& out, const wire::Value& value, bool blob) {
    if (const auto* text = value.string()) {
      const auto bytes = blob ? base64_decode(*text) : std::nullopt;
      append_string(out, bytes ? CborMajor::kBytes : CborMajor::kText, bytes ? *bytes : *text);
    } else if (const auto* list = value.list()) {
      const bool broken = open(out, CborMajor::kArray, list->size());
      for (const wire::Value& element : *list) append(out, element, false);
      if (broken) out.push_back('\xff');
    } else if (const auto* object = value.object()) {
      const bool broken = open(out, CborMajor::kMap, object->size());
      for (const auto& [key, member] : *object) {
        append_string(out, CborMajor::kText, key);
        append(out, member, key == "Data");
      }
      if (broken) out.push_back('\xff');
    } else if (const auto* whole = std::get_if<std::int64_t>(&value.is)) {
      wire::append_cbor_integer(out, *whole);
    } else if (const auto* real = std::get_if<double>(&value.is)) {
      wire::append_cbor_double(out, *real);
    } else if (const auto* boolean = std::get_if<bool>(&value.is)) {
      wire::append_cbor_boolean(out, *boolean);
    } else {
      out.push_back('\xf6');
    }
  }

  SeededRandom random_;
};

std::string transcoded(std::string_view json) {
  return Transcoder(json.size()).document(*wire::parse_json(json));
}

TEST(CborTest, put_records_answers_fast_what_the_general_way_answers) {
  World fast;
  World slow;
  fast.make_stream("s", 3);
  slow.make_stream("s", 3);
  Bodies bodies(1);
  Transcoder transcoder(2);
  SeededRandom random(3);
  std::size_t read_fast = 0;
  std::size_t accepted = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto value = wire::parse_json(bodies.next());
    if (!value) continue;
    std::string body = transcoder.document(*value);
    if (random.below(6) == 0) body[random.below(body.size())] = static_cast<char>(random.next());
    if (random.below(40) == 0) body.resize(random.below(body.size()));
    read_fast += read_put_records_cbor(body) ? 1 : 0;
    const std::string expected = slow.general("PutRecords", body, Format::kCbor);
    ASSERT_EQ(fast.hot("PutRecords", body, Format::kCbor), expected) << i;
    accepted += expected.starts_with("\xa2") ? 1 : 0;
  }
  EXPECT_GT(read_fast, 800U);
  EXPECT_GT(accepted, read_fast);
  for (const char* shard : {"shardId-000000000000", "shardId-000000000001"}) {
    const std::string expected = slow.records_of(shard, false);
    EXPECT_GT(expected.size(), 10'000U);
    EXPECT_EQ(fast.records_of(shard, true), expected);
  }
}

TEST(CborTest, refused_records_are_answered_the_same_both_ways) {
  World fast(streams::Limits::kAws);
  World slow(streams::Limits::kAws);
  fast.make_stream("s", 2);
  slow.make_stream("s", 2);
  std::string json = R"({"StreamName":"s","Records":[)";
  for (int i = 0; i < 500; ++i) {
    json += std::string(i == 0 ? "" : ",") + R"({"Data":"YQ==","PartitionKey":")" +
            std::to_string(i) + "\"}";
  }
  const std::string body = transcoded(json + "]}");
  std::string last;
  for (int i = 0; i < 6; ++i) {
    last = slow.general("PutRecords", body, Format::kCbor);
    ASSERT_EQ(fast.hot("PutRecords", body, Format::kCbor), last);
  }
  EXPECT_NE(last.find("Rate exceeded for shard shardId-00000000000"), std::string::npos);
}

TEST(CborTest, get_records_answers_fast_what_the_general_way_answers) {
  World world;
  world.make_stream("s", 1);
  for (const char* key : {"k", "\xc3\xa4", R"(a\"b)", R"(\u0001)", R"(\\)"}) {
    const std::string body = R"({"StreamName":"s","Records":[{"Data":"AP8=","PartitionKey":")" +
                             std::string(key) + R"("},{"Data":"","PartitionKey":")" +
                             std::string(300 / 4, 'x') + "\"}]}";
    world.clock_.advance(std::chrono::milliseconds(7));
    ASSERT_EQ(world.general("PutRecords", body).find("FailedRecordCount\":0"), 2U);
  }
  const std::string token =
      world.iterator("shardId-000000000000", R"("ShardIteratorType":"TRIM_HORIZON")");
  const std::string request = transcoded(R"({"ShardIterator":")" + token + "\"}");
  const auto without_iterator = [](const std::string& answer) {
    auto value = wire::parse_cbor(answer);
    EXPECT_TRUE(value && value->find("NextShardIterator") != nullptr);
    const std::size_t at = answer.find(*value->find("NextShardIterator")->string());
    return std::string(answer).erase(at, value->find("NextShardIterator")->string()->size());
  };
  const std::string general = world.general("GetRecords", request, Format::kCbor);
  const std::string hot = world.hot("GetRecords", request, Format::kCbor);
  EXPECT_EQ(without_iterator(hot), without_iterator(general));
  const auto value = wire::parse_cbor(hot);
  ASSERT_TRUE(value && value->find("Records") != nullptr);
  const wire::Value::List& records = *value->find("Records")->list();
  ASSERT_EQ(records.size(), 10U);
  EXPECT_EQ(*records[0].find("Data")->bytes(), Bytes(std::string("\0\xff", 2)));
  EXPECT_TRUE(std::holds_alternative<WallTime>(records[0].find("ApproximateArrivalTimestamp")->is));
  EXPECT_EQ(*records[2].find("PartitionKey")->string(), "\xc3\xa4");
}

// Fills structures by walking their declaration, with values that keep or break its rules.
class Filler {
 public:
  void fill(wire::StructureShape shape, void* structure) {
    for (const wire::Member& member : shape.members) {
      if (!wire::in_document(member) || (member.type->optional && one_in(2))) continue;
      value(*member.type, member.type->emplace(member.field(structure)), member, member.constraints,
            0);
    }
  }

 private:
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }

  std::string text(const wire::Constraints& constraints) {
    if (!constraints.one_of.empty() && !one_in(6)) {
      const std::string_view values = constraints.one_of;
      return std::string(values.substr(0, values.find('|')));
    }
    if (constraints.pattern.find("arn") != std::string_view::npos && !one_in(6)) {
      return "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    }
    static constexpr std::string_view kParts[] = {"1", "0", "a", "Z", "\xe2\x82\xac", "\"", "\n"};
    const std::size_t parts = one_in(2) ? 2 : std::size(kParts);
    std::string out;
    for (auto n = random_.below(one_in(20) ? 3000 : 12); n > 0; --n) {
      out += kParts[random_.below(parts)];
    }
    return out;
  }

  std::int64_t number() {
    static constexpr std::int64_t kEdges[] = {-1, 0, 1, 24, 168, 10'000, INT32_MAX};
    return kEdges[random_.below(std::size(kEdges))];
  }

  void value(const wire::TypeInfo& type, void* into, const wire::Member& member,
             const wire::Constraints& constraints, int depth) {
    using wire::Kind;
    switch (type.kind) {
      case Kind::kString: *static_cast<std::string*>(into) = text(constraints); break;
      case Kind::kBlob: static_cast<Bytes*>(into)->value = random_.bytes(random_.below(50)); break;
      case Kind::kBoolean: *static_cast<bool*>(into) = one_in(2); break;
      case Kind::kInteger:
        *static_cast<std::int32_t*>(into) = static_cast<std::int32_t>(number());
        break;
      case Kind::kLong: *static_cast<std::int64_t*>(into) = number(); break;
      case Kind::kDouble: *static_cast<double*>(into) = static_cast<double>(number()) / 3; break;
      case Kind::kTimestamp:
        static_cast<WallTime*>(into)->ms =
            static_cast<std::int64_t>(random_.below(4'000'000'000'000));
        break;
      case Kind::kStructure:
        if (depth < 4) fill(type.structure(), into);
        break;
      case Kind::kList:
        for (auto n = random_.below(4); n > 0; --n) {
          value(*type.element, type.element->emplace(type.append(into)), member, member.element,
                depth + 1);
        }
        break;
      case Kind::kMap:
        for (auto n = random_.below(4); n > 0; --n) {
          value(*type.element, type.element->emplace(type.insert(into, text(member.key))), member,
                member.element, depth + 1);
        }
        break;
      case Kind::kStream:
      case Kind::kEventStream: break;
    }
  }

  SeededRandom random_{7};
};

TEST(CborTest, every_operation_reads_the_same_request_from_both_formats) {
  World world;
  Filler filler;
  int accepted = 0;
  int refused = 0;
  for (const Operation& operation : world.all()) {
    for (int i = 0; i < 300; ++i) {
      const auto original = operation.make_input();
      filler.fill(operation.input, original.get());
      std::string said[2];
      for (const Format format : {Format::kJson, Format::kCbor}) {
        std::string body;
        wire::append_document(body, format, operation.input, original.get());
        const auto read = operation.make_input();
        const Status status = wire::decode_document(format, body, operation.input, read.get());
        std::string& what = said[static_cast<std::size_t>(format)];
        if (!status) {
          what = World::described(status.error());
          continue;
        }
        std::string again;
        wire::append_document(again, format, operation.input, read.get());
        ASSERT_EQ(again, body) << operation.name;
        wire::append_document(what, Format::kJson, operation.input, read.get());
      }
      ASSERT_EQ(said[0], said[1]) << operation.name;
      (said[0].starts_with("{") ? accepted : refused) += 1;
    }
  }
  EXPECT_GT(accepted, 500);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace headrace::services::kinesis
