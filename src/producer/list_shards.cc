#include "producer/list_shards.h"

#include <utility>

#include "producer/json_members.h"

namespace headrace::producer {

std::unexpected<Error> refused(const Answer& answer) {
  return fail(ErrorCode::kInvalidArgument, answer.code + ": " + answer.message);
}

boost::asio::awaitable<Status> list_shards(RetryingClient& client, std::string stream,
                                           Shards& shards, bool from_start) {
  std::string next_token;
  do {
    std::string body = next_token.empty() ? "{" + stream_member(stream)
                                          : "{" + json_member("NextToken", next_token).substr(1);
    body += '}';
    CO_ASSIGN_OR_RETURN(const Answer answer, co_await client.call("ListShards", std::move(body)));
    if (!answer.ok()) co_return refused(answer);
    CO_ASSIGN_OR_RETURN(const wire::Value list, parse_answer(answer.body));
    CO_RETURN_IF_ERROR(shards.add_listed(list, from_start));
    next_token = text_of(list, "NextToken");
  } while (!next_token.empty());
  co_return Status{};
}

}  // namespace headrace::producer
