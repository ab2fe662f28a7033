// PutRecordBatch: up to 500 records and 4 MiB, durable when it returns.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

constexpr std::size_t kBatchBytesMax = 4UL << 20;

struct Request {
  std::string delivery_stream_name;
  std::vector<Record> records;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::records>("Records", wire::required, wire::length(1, 500)));
};

struct Entry {
  std::optional<std::string> record_id;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;
  static constexpr auto shape =
      wire::structure(wire::member<&Entry::record_id>("RecordId", wire::length(1)),
                      wire::member<&Entry::error_code>("ErrorCode"),
                      wire::member<&Entry::error_message>("ErrorMessage"));
};

struct Response {
  std::int32_t failed_put_count = 0;
  bool encrypted = false;
  std::vector<Entry> request_responses;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::failed_put_count>("FailedPutCount", wire::required, wire::range(0)),
      wire::member<&Response::encrypted>("Encrypted"),
      wire::member<&Response::request_responses>("RequestResponses", wire::required,
                                                 wire::length(1, 500)));
};

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  std::size_t bytes = 0;
  std::vector<Bytes> records;
  records.reserve(request.records.size());
  for (Record& record : request.records) {
    bytes += record.data.size();
    records.push_back(std::move(record.data));
  }
  if (bytes > kBatchBytesMax) {
    co_return fail(ErrorCode::kInvalidArgument, "Records size exceeds 4 MB limit");
  }
  auto ids = co_await firehose.deliveries.put(caller.account, caller.region,
                                              request.delivery_stream_name, std::move(records));
  if (!ids) co_return std::unexpected(ids.error());
  Response response;
  response.request_responses.reserve(ids->size());
  for (std::string& id : *ids) response.request_responses.emplace_back().record_id = std::move(id);
  co_return response;
}

}  // namespace

Operation put_record_batch(Firehose& firehose) {
  return operation<Request, Response>("PutRecordBatch", "firehose:PutRecordBatch",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
