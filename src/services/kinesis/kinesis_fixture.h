// For tests: the whole service, and PutRecords bodies of every sort.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "base/random.h"
#include "services/kinesis/kinesis.h"
#include "streams/streams_fixture.h"
#include "wire/aws_json.h"
#include "wire/document.h"

namespace headrace::services::kinesis {

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
  std::string general(std::string_view name, std::string_view body,
                      wire::Format format = wire::Format::kJson) {
    const Operation& operation = find(name);
    auto input = operation.make_input();
    const Status bound = wire::decode_document(format, body, operation.input, input.get());
    if (!bound) return described(bound.error());
    auto output = run(operation.handle(Caller{}, std::move(input)));
    if (!output) return described(output.error());
    std::string answer;
    wire::append_document(answer, format, operation.output, output->get());
    return answer;
  }

  std::string hot(std::string_view name, std::string body,
                  wire::Format format = wire::Format::kJson) {
    auto answer = run(find(name).handle_document(Caller{}, format, std::move(body)));
    return answer ? std::move(*answer) : described(answer.error());
  }

  const std::vector<Operation>& all() const { return operations_; }

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

}  // namespace headrace::services::kinesis
