// REST-XML as S3 speaks it: the operation is told by method, path, query and headers.

#include "services/codec.h"
#include "services/s3/route.h"
#include "services/s3/s3.h"
#include "wire/rest_xml.h"

namespace headrace::services {
namespace {

void add_ids(const Call& call, http::Response& response) {
  response.headers.emplace_back("x-amz-request-id", call.caller.request_id);
  response.headers.emplace_back("x-amz-id-2", s3::host_id(call.caller.request_id));
}

class RestXmlCodec final : public Codec {
 public:
  bool streams() const override { return true; }

  Status find(Call& call) const override {
    ASSIGN_OR_RETURN(s3::Route route, s3::route(call.service->operations, call.request));
    call.operation = route.operation;
    call.labels = std::move(route.labels);
    return {};
  }

  Status check(const Call& call) const override {
    return s3::check_document(*call.operation, call.request, *call.stream, call.document);
  }

  Status decode(const Call& call, void* input) const override {
    return wire::decode_rest_xml(call.request, call.labels, call.document, call.stream,
                                 call.operation->input, input);
  }

  http::Response encode(const Call& call, void* output) const override {
    http::Response response = wire::encode_rest_xml(
        call.operation->output, output, call.operation->xml_root, call.service->xml_namespace);
    add_ids(call, response);
    return response;
  }

  http::Response encode_body(const Call& call, std::string body) const override {
    http::Response response;
    response.body = std::move(body);
    add_ids(call, response);
    return response;
  }

  http::Response error(const Call& call, const Error& error) const override {
    http::Response response;
    response.status = call.service->wire_error(error).status;
    if (call.request.method != "HEAD" && response.status != 304) {
      response.headers.emplace_back("Content-Type", "application/xml");
      response.body = s3::error_document(error, call.request.path, call.caller.request_id);
    }
    add_ids(call, response);
    return response;
  }
};

}  // namespace

const Codec& rest_xml_codec() {
  static const RestXmlCodec codec;
  return codec;
}

}  // namespace headrace::services
