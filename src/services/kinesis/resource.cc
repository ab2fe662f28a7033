#include "services/kinesis/resource.h"

#include <utility>

namespace headrace::services::kinesis {

Result<streams::Resource> find_resource(const Kinesis& kinesis, const Caller& caller,
                                        const std::string& arn,
                                        const std::optional<std::string>& stream_id) {
  auto key = streams::ResourceKey::parse_arn(arn);
  if (!key) return fail(ErrorCode::kInvalidArgument, "Invalid ResourceARN: " + arn);
  const std::string stream_arn = key->stream.arn();
  ASSIGN_OR_RETURN(auto stream, find_stream(kinesis, caller, {.arn = stream_arn, .id = stream_id}));
  return streams::Resource{std::move(stream), std::move(key->consumer)};
}

}  // namespace headrace::services::kinesis
