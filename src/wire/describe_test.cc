#include "wire/describe.h"

#include <gtest/gtest.h>

#include "wire/aws_json.h"

namespace headrace::wire {
namespace {

struct Leaf {
  std::string name;
  static constexpr auto shape = structure(member<&Leaf::name>("Name", required, length(1, 8)));
};

struct Request {
  std::string bucket;
  std::optional<std::string> mode;
  std::optional<std::vector<Leaf>> leaves;
  std::optional<std::map<std::string, std::string>> tags;
  static constexpr auto shape =
      structure(member<&Request::bucket>("Bucket", required, label("Bucket"), pattern("a(?=b)")),
                member<&Request::mode>("Mode", one_of("A|B"), header("x-amz-mode")),
                member<&Request::leaves>("Leaves", length(0, 3), xml_name("Leaf"), flattened),
                member<&Request::tags>("Tags", wire::keys(length(1, 128)), each(length(0, 256))),
                refused("Later", query("later")));
};

struct Nothing {
  static constexpr auto shape = structure();
};

TEST(Describe, declarations_are_printed_as_they_stand) {
  const OperationShape operations[] = {{.name = "DoIt",
                                        .method = "PUT",
                                        .uri = "/{Bucket}?x",
                                        .input = Request::shape,
                                        .output = Nothing::shape}};
  const std::string text = describe_json("s3", operations);
  EXPECT_EQ(
      text,
      R"({"service":"s3","operations":[{"name":"DoIt","method":"PUT","uri":"/{Bucket}?x","input":[)"
      R"({"name":"Bucket","location":"uri","location_name":"Bucket","required":true,)"
      R"j("type":"string","pattern":"a(?=b)","bad_pattern":true},)j"
      R"({"name":"Mode","location":"header","location_name":"x-amz-mode","type":"string",)"
      R"("enum":["A","B"]},)"
      R"({"name":"Leaves","location":"body","location_name":"Leaf","flattened":true,)"
      R"("type":"list","min":0,"max":3,"element":{"type":"structure","members":[)"
      R"({"name":"Name","location":"body","required":true,"type":"string","min":1,"max":8}]}},)"
      R"({"name":"Tags","location":"body","type":"map","key":{"type":"string","min":1,"max":128},)"
      R"("element":{"type":"string","min":0,"max":256}},)"
      R"({"name":"Later","location":"querystring","location_name":"later","refused":true}],)"
      R"("output":[]}]})");
  EXPECT_TRUE(parse_json(text));
}

}  // namespace
}  // namespace headrace::wire
