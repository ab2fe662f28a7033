#include "producer/describe_stream.h"

#include <utility>

#include "producer/json_members.h"
#include "producer/list_shards.h"

namespace headrace::producer {

boost::asio::awaitable<Result<StreamSummary>> describe_stream(RetryingClient& client,
                                                              std::string stream, Clock& clock) {
  std::string body = "{" + stream_member(stream) + "}";
  CO_ASSIGN_OR_RETURN(const Answer answer,
                      co_await client.call("DescribeStreamSummary", std::move(body)));
  StreamSummary summary{.arn = {}, .now = answer.date.value_or(clock.wall_now())};
  if (answer.code == "AccessDeniedException") co_return summary;
  if (!answer.ok()) co_return refused(answer);
  CO_ASSIGN_OR_RETURN(const wire::Value value, parse_answer(answer.body));
  const wire::Value* description = value.find("StreamDescriptionSummary");
  if (description != nullptr) {
    summary.arn = text_of(*description, "StreamARN");
    summary.by_hash_key = text_of(*description, "RecordDistributionStrategy") != "AUTO";
  }
  if (summary.arn.empty()) co_return fail(ErrorCode::kMalformedHttp, "the stream has no ARN");
  co_return summary;
}

}  // namespace headrace::producer
