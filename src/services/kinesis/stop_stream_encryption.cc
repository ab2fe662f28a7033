// StopStreamEncryption: records put from now on are not sealed; those that are stay so.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {
namespace {

struct Request {
  std::optional<std::string> stream_name;
  std::string encryption_type;
  std::string key_id;
  std::optional<std::string> stream_arn;
  std::optional<std::string> stream_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::stream_name>("StreamName", wire::length(1, 128),
                                          wire::pattern(kNamePattern)),
      wire::member<&Request::encryption_type>("EncryptionType", wire::required,
                                              wire::one_of(kEncryptionTypes)),
      wire::member<&Request::key_id>("KeyId", wire::required, wire::length(1, 2048)),
      wire::member<&Request::stream_arn>("StreamARN", wire::length(1, 2048),
                                         wire::pattern(kArnPattern)),
      wire::member<&Request::stream_id>("StreamId", wire::length(1, 24),
                                        wire::pattern(kStreamIdPattern)));
};

boost::asio::awaitable<Result<NoResponse>> handle(Kinesis& kinesis, Caller caller,
                                                  Request request) {
  CO_RETURN_IF_ERROR(check_encryption_type(request.encryption_type));
  auto stream = find_stream(kinesis, caller, names_of(request));
  if (!stream) co_return std::unexpected(std::move(stream).error());
  CO_RETURN_IF_ERROR(co_await kinesis.streams.stop_encryption(std::move(*stream)));
  co_return NoResponse{};
}

}  // namespace

Operation stop_stream_encryption(Kinesis& kinesis) {
  return operation<Request, NoResponse>("StopStreamEncryption", "kinesis:StopStreamEncryption",
                                        std::bind_front(handle, std::ref(kinesis)));
}

}  // namespace headrace::services::kinesis
