// PutRecord: durable when it returns.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

struct Request {
  std::string delivery_stream_name;
  Record record;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::record>("Record", wire::required));
};

struct Response {
  std::string record_id;
  bool encrypted = false;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::record_id>("RecordId", wire::required, wire::length(1)),
      wire::member<&Response::encrypted>("Encrypted"));
};

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  std::vector<Bytes> records;
  records.push_back(std::move(request.record.data));
  auto ids = co_await firehose.deliveries.put(caller.account, caller.region,
                                              request.delivery_stream_name, std::move(records));
  if (!ids) co_return std::unexpected(ids.error());
  Response response;
  response.record_id = std::move(ids->front());
  co_return response;
}

}  // namespace

Operation put_record(Firehose& firehose) {
  return operation<Request, Response>("PutRecord", "firehose:PutRecord",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
