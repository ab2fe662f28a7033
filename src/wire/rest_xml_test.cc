#include "wire/rest_xml.h"

#include <gtest/gtest.h>

#include <cstring>

#include "wire/http_date.h"

namespace headrace::wire {
namespace {

struct Item {
  std::string key;
  std::optional<std::int64_t> size;
  std::optional<WallTime> modified;
  std::optional<std::string> kind;
  static constexpr auto shape =
      structure(member<&Item::key>("Key", required, length(1)), member<&Item::size>("Size"),
                member<&Item::modified>("LastModified"),
                member<&Item::kind>("Type", xml_name("xsi:type"), attribute), refused("VersionId"));
};

struct Document {
  std::vector<Item> items;
  std::optional<bool> quiet;
  std::optional<std::vector<std::string>> names;
  static constexpr auto shape =
      structure(member<&Document::items>("Items", xml_name("Item"), flattened, required),
                member<&Document::quiet>("Quiet"), member<&Document::names>("Names", item("Name")));
};

struct Call {
  std::string bucket;
  std::optional<std::int32_t> max;
  std::optional<bool> flag;
  std::optional<WallTime> since;
  std::optional<std::map<std::string, std::string>> metadata;
  std::optional<std::vector<std::string>> attributes;
  std::optional<Document> document;
  static constexpr auto shape = structure(
      member<&Call::bucket>("Bucket", required, label("Bucket")),
      member<&Call::max>("MaxKeys", query("max-keys")),
      member<&Call::flag>("Flag", header("x-flag")),
      member<&Call::since>("Since", header("If-Modified-Since")),
      member<&Call::metadata>("Metadata", prefix_headers("x-amz-meta-")),
      member<&Call::attributes>("Attributes", header("x-attributes")),
      refused("Lock", header("x-lock")), member<&Call::document>("Document", payload("Doc")));
};

http::Request request(std::string_view query, std::vector<http::HeaderView> headers = {}) {
  http::Request r;
  r.method = "GET";
  r.path = "/b";
  r.query = query;
  r.headers = std::move(headers);
  return r;
}

Result<Call> decode(const http::Request& r, std::string_view document = {}) {
  Call call;
  RETURN_IF_ERROR(decode_rest_xml(r, {{"Bucket", "b"}}, document, nullptr, Call::shape, &call));
  return call;
}

TEST(RestXml, members_come_from_path_query_headers_and_document) {
  const auto call =
      decode(request("max-keys=7&x=1", {{"X-Flag", "TRUE"},
                                        {"if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                        {"X-Amz-Meta-Colour", "blue"},
                                        {"x-amz-meta-colour", "red"},
                                        {"x-attributes", "A, B"}}),
             "<?xml version=\"1.0\"?><Doc xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
             "<Item><Key>a &amp; &#x1;<![CDATA[<b>]]></Key><Size> 5 </Size></Item><Unknown/>"
             "<Item xmlns:xsi=\"x\" xsi:type=\"T\"><Key> </Key></Item><Quiet>true</Quiet>"
             "<Names><Name>n</Name><Name>m</Name></Names></Doc>");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->bucket, "b");
  EXPECT_EQ(call->max, 7);
  EXPECT_EQ(call->flag, true);
  EXPECT_EQ(call->since->ms, 784'111'777'000);
  EXPECT_EQ(call->metadata->at("colour"), "blue,red");
  EXPECT_EQ(call->attributes, (std::vector<std::string>{"A", "B"}));
  ASSERT_EQ(call->document->items.size(), 2U);
  EXPECT_EQ(call->document->items[0].key, "a & \x01<b>");
  EXPECT_EQ(call->document->items[0].size, 5);
  EXPECT_EQ(call->document->items[1].key, " ");
  EXPECT_EQ(call->document->items[1].kind, "T");
  EXPECT_EQ(call->document->quiet, true);
  EXPECT_EQ(call->document->names, (std::vector<std::string>{"n", "m"}));
}

TEST(RestXml, an_optional_document_may_be_absent) {
  const auto call = decode(request(""));
  ASSERT_TRUE(call);
  EXPECT_FALSE(call->document);
}

TEST(RestXml, documents_that_are_not_what_they_should_be_are_malformed) {
  std::string deep = "<Doc>";
  for (int i = 0; i < 40; ++i) deep += "<a>";
  for (int i = 0; i < 40; ++i) deep += "</a>";
  const std::string nul("<Doc><Item><Key>\0</Key></Item></Doc>", 36);
  for (const std::string& document :
       {std::string("<Other/>"), std::string("<Doc><Item>"), std::string("text"),
        std::string("<!DOCTYPE d [<!ENTITY e \"k\">]><Doc><Item><Key>k</Key></Item></Doc>"),
        std::string("<!DOCTYPE d><Doc><Item><Key>k</Key></Item></Doc>"),
        std::string("<Doc><Item><Key>&e;</Key></Item></Doc>"),
        std::string("<Doc><Item><Key>&#0;</Key></Item></Doc>"),
        std::string("<Doc><Item><Key>\xff</Key></Item></Doc>"),
        std::string("<Doc><Item><Key>k</Key></Item></Doc><Doc/>"),
        std::string("<Doc><Item><Key></Key></Item></Doc>"), std::string("<Doc/>"),
        std::string("<Doc><Item><Key>k</Key><Size>x</Size></Item></Doc>"), deep + "</Doc>", nul}) {
    const auto call = decode(request(""), document);
    ASSERT_FALSE(call) << document;
    EXPECT_EQ(call.error().code, ErrorCode::kMalformedDocument) << document;
  }
}

TEST(RestXml, references_in_comments_and_cdata_are_text) {
  const auto call =
      decode(request(""), "<Doc><!-- &e; --><Item><Key><![CDATA[&e;]]></Key></Item></Doc>");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->document->items[0].key, "&e;");
}

TEST(RestXml, an_attribute_hides_no_reference_behind_what_looks_like_a_comment) {
  for (const std::string attribute : {"a=\"<!--\"", "a='<![CDATA['", "a=\"&e;\"", "a='>&#0;'"}) {
    const auto call =
        decode(request(""), "<Doc " + attribute + "><Item><Key>&#x8DDDDDDDDD;</Key></Item></Doc>");
    ASSERT_FALSE(call) << attribute;
    EXPECT_EQ(call.error().code, ErrorCode::kMalformedDocument) << attribute;
  }
  const auto sound =
      decode(request(""), "<Doc a='>\"' b=\"&lt;!--\"><Item><Key>&#x41;</Key></Item></Doc>");
  ASSERT_TRUE(sound);
  EXPECT_EQ(sound->document->items[0].key, "A");
}

TEST(RestXml, what_is_not_honoured_is_refused_by_name) {
  const auto header = decode(request("", {{"X-Lock", "on"}}));
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, ErrorCode::kNotImplemented);
  EXPECT_EQ(header.error().detail, "lock");
  const auto member =
      decode(request(""), "<Doc><Item><Key>k</Key><VersionId>v</VersionId></Item></Doc>");
  ASSERT_FALSE(member);
  EXPECT_EQ(member.error().code, ErrorCode::kNotImplemented);
}

TEST(RestXml, a_parameter_of_the_wrong_type_is_an_invalid_argument) {
  for (const char* query : {"max-keys=x", "max-keys=99999999999", "max-keys=1.5"}) {
    const auto call = decode(request(query));
    ASSERT_FALSE(call) << query;
    EXPECT_EQ(call.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(call.error().message, "Provided max-keys not an integer or within integer range");
  }
  EXPECT_EQ(decode(request("", {{"x-flag", "yes"}})).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(decode(request("", {{"If-Modified-Since", "today"}})).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_FALSE(decode(request("max-keys="))->max);
}

struct Answer {
  std::int32_t status = 206;
  std::optional<std::string> etag;
  std::optional<std::int64_t> length;
  std::optional<WallTime> modified;
  std::optional<std::map<std::string, std::string>> metadata;
  http::BodySource body;
  static constexpr auto shape =
      structure(member<&Answer::status>("StatusCode", wire::status()),
                member<&Answer::etag>("ETag", header("ETag")),
                member<&Answer::length>("ContentLength", header("Content-Length")),
                member<&Answer::modified>("LastModified", header("Last-Modified")),
                member<&Answer::metadata>("Metadata", prefix_headers("x-amz-meta-")),
                member<&Answer::body>("Body", payload()));
};

TEST(RestXml, an_answer_with_a_stream_has_its_length_and_headers_on_one_line) {
  Answer answer;
  answer.etag = "\"e\"\r\nX: y";
  answer.length = 12;
  answer.modified = WallTime{784'111'777'999};
  answer.metadata.emplace()["colour"] = "blue";
  answer.body = [] -> boost::asio::awaitable<Result<std::string>> { co_return ""; };
  const http::Response response = encode_rest_xml(Answer::shape, &answer, "Root", "");
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.source_size, 12);
  EXPECT_EQ(response.content_length, 12);
  EXPECT_TRUE(response.source);
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"ETag", "\"e\"  X: y"},
      {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
      {"x-amz-meta-colour", "blue"}};
  EXPECT_EQ(response.headers, headers);
}

TEST(RestXml, an_answer_with_members_is_a_document) {
  Document document;
  document.items = {{.key = "<a>\x01\r", .size = 1, .modified = WallTime{1000}, .kind = "T"}};
  document.names = {"n"};
  const http::Response response = encode_rest_xml(Document::shape, &document, "Root", "urn:x");
  EXPECT_EQ(response.body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Root xmlns=\"urn:x\">"
            "<Item xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"T\">"
            "<Key>&lt;a&gt;&#x1;&#xd;</Key><Size>1</Size>"
            "<LastModified>1970-01-01T00:00:01.000Z</LastModified></Item>"
            "<Names><Name>n</Name></Names></Root>");
  const Result<Value> back = parse_xml(response.body, Document::shape, "Root");
  ASSERT_TRUE(back);
  EXPECT_EQ(*back->find("Items")->list()->at(0).find("Key")->string(), "<a>\x01\r");
}

TEST(RestXml, white_space_in_an_attribute_comes_back) {
  Document document;
  document.items = {{.key = "k", .kind = "a\tb\nc"}};
  const std::string body = encode_rest_xml(Document::shape, &document, "Root", "").body;
  const Result<Value> back = parse_xml(body, Document::shape, "Root");
  ASSERT_TRUE(back);
  EXPECT_EQ(*back->find("Items")->list()->at(0).find("Type")->string(), "a\tb\nc");
}

struct Location {
  std::optional<std::string> constraint;
  static constexpr auto shape =
      structure(member<&Location::constraint>("LocationConstraint", payload("LocationConstraint")));
};
struct Policy {
  std::optional<std::string> policy;
  static constexpr auto shape = structure(member<&Policy::policy>("Policy", payload()));
};

TEST(RestXml, a_payload_string_is_the_body_or_a_roots_text) {
  Location location{.constraint = "eu-west-1"};
  EXPECT_EQ(encode_rest_xml(Location::shape, &location, "X", "urn:x").body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint xmlns=\"urn:x\">"
            "eu-west-1</LocationConstraint>");
  Policy policy{.policy = "{}"};
  EXPECT_EQ(encode_rest_xml(Policy::shape, &policy, "X", "urn:x").body, "{}");
}

TEST(HttpDate, three_forms_are_read_and_nothing_else) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"}) {
    ASSERT_TRUE(parse_http_date(text)) << text;
    EXPECT_EQ(parse_http_date(text)->ms, 784'111'777'000) << text;
  }
  for (const char* text :
       {"", "now", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
  EXPECT_EQ(format_http_date(WallTime{784'111'777'001}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace headrace::wire
