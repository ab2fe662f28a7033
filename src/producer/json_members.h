// Members of the documents that calls send and get.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/value.h"

namespace headrace::producer {

// Empty, or 0, when there is no such member or it is something else.
std::string text_of(const wire::Value& object, std::string_view name);
double number_of(const wire::Value& object, std::string_view name);

// `,"name":"value"`, to follow another member.
std::string json_member(std::string_view name, std::string_view value);

// kMalformedHttp when an answer is not JSON.
Result<wire::Value> parse_answer(std::string_view body);

}  // namespace headrace::producer
