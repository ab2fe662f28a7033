// StartStreamEncryption: records put from now on are sealed under a key.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"
#include "services/kinesis/settings.h"

namespace headrace::services::kinesis {
namespace {

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  EncryptionRequest request) {
  CO_RETURN_IF_ERROR(check_encryption_type(request.encryption_type));
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  CO_RETURN_IF_ERROR(
      co_await kinesis.streams.start_encryption(std::move(*stream), std::move(request.key_id)));
  co_return NoResponse{};
}

}  // namespace

Operation start_stream_encryption(Kinesis& kinesis) {
  return operation<EncryptionRequest, NoResponse>("StartStreamEncryption",
                                                  "kinesis:StartStreamEncryption",
                                                  std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
