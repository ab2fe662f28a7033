// DeleteStream: the stream is DELETING for a while, then gone with its records.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::optional<bool> enforce_consumer_deletion;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape =
      wire::structure(wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                                          wire::pattern(kNamePattern)),
                      wire::member<&Request::enforce_consumer_deletion>("EnforceConsumerDeletion"),
                      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                                         wire::pattern(kArnPattern)),
                      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  const auto removal = request.enforce_consumer_deletion.value_or(false)
                           ? streams::Streams::Removal::kWithConsumers
                           : streams::Streams::Removal::kIfUnread;
  Status removed = co_await kinesis.streams.remove(std::move(*stream), removal);
  if (!removed) co_return std::unexpected(std::move(removed).error());
  co_return NoResponse{};
}

}  // namespace

Operation delete_stream(Kinesis& kinesis) {
  return operation<Request, NoResponse>("DeleteStream", "kinesis:DeleteStream",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
