// An operation as the dispatcher sees it: a name, two shapes and a function.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "wire/document.h"
#include "wire/shape.h"

namespace headrace::services {

// Who calls, as authentication established it.
struct Caller {
  std::string account = "000000000000";  // 12 digits
  std::string region = "us-east-1";      // from the credential scope, else the server's
  std::string access_key;                // empty: anonymous
  std::string request_id;
  bool secure = false;  // over TLS
};

// The name and HTTP status that a service gives an error; the name may view into the error.
struct WireError {
  std::string_view name;
  int status;
};

struct Operation {
  std::string_view name;    // AWS's, "PutRecords"
  std::string_view action;  // what a policy names, "kinesis:PutRecords"
  // REST protocols only: the method and URI as AWS's model writes them, "/{Bucket}/{Key+}?uploads".
  std::string_view method = {};
  std::string_view uri = {};
  // REST-XML only: the root element of the answer's document, "ListBucketResult".
  std::string_view xml_root = {};
  wire::StructureShape input;
  wire::StructureShape output;
  std::function<std::shared_ptr<void>()> make_input;
  // Takes what make_input made, decoded and validated; answers a value of the output's type.
  std::function<boost::asio::awaitable<Result<std::shared_ptr<void>>>(Caller,
                                                                      std::shared_ptr<void>)>
      handle;
  // Hot operations of AWS JSON services only: document in, document out, past the general codec.
  // What they accept and answer equals what the general path would.
  std::function<boost::asio::awaitable<Result<std::string>>(Caller, wire::Format,
                                                            std::string document)>
      handle_document = nullptr;
};

// A free coroutine, so that its frame holds a copy of `handle`: a lambda's captures would be the
// caller's to keep.
template <typename Request, typename Response, typename Handle>
boost::asio::awaitable<Result<std::shared_ptr<void>>> handle_untyped(Handle handle, Caller caller,
                                                                     std::shared_ptr<void> input) {
  auto request = std::move(*std::static_pointer_cast<Request>(input));
  Result<Response> response = co_await handle(std::move(caller), std::move(request));
  if (!response) co_return std::unexpected(std::move(response).error());
  co_return std::static_pointer_cast<void>(std::make_shared<Response>(std::move(*response)));
}

template <typename Request, typename Response, typename Handle>
Operation operation(std::string_view name, std::string_view action, Handle handle) {
  return Operation{
      .name = name,
      .action = action,
      .input = Request::shape,
      .output = Response::shape,
      .make_input = [] { return std::static_pointer_cast<void>(std::make_shared<Request>()); },
      .handle = std::bind_front(handle_untyped<Request, Response, Handle>, std::move(handle))};
}

}  // namespace headrace::services
