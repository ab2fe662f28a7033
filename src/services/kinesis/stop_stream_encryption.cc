// StopStreamEncryption: records put from now on are not sealed; those that are stay so.

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
  CO_RETURN_IF_ERROR(co_await kinesis.streams.stop_encryption(std::move(*stream)));
  co_return NoResponse{};
}

}  // namespace

Operation stop_stream_encryption(Kinesis& kinesis) {
  return operation<EncryptionRequest, NoResponse>("StopStreamEncryption",
                                                  "kinesis:StopStreamEncryption",
                                                  std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
