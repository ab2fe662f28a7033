// AWS Query: a form with Action and Version in, XML out.

#include "services/codec.h"
#include "wire/aws_query.h"
#include "wire/bind.h"

namespace headrace::services {
namespace {

http::Response xml(const Call& call, int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"x-amzn-RequestId", call.caller.request_id}, {"Content-Type", "text/xml"}};
  response.body = std::move(body);
  return response;
}

class AwsQueryCodec final : public Codec {
 public:
  bool streams() const override { return false; }

  Status find(Call& call) const override {
    const std::string action = wire::form_member(call.document, "Action");
    if (action.empty()) {
      return fail(ErrorCode::kUnknownOperation, "The request must contain the parameter Action",
                  "MissingAction");
    }
    for (const Operation& operation : call.service->operations) {
      if (operation.name == action) {
        call.operation = &operation;
        return {};
      }
    }
    return fail(ErrorCode::kUnknownOperation, "Could not find operation " + action +
                                                  " for version " +
                                                  wire::form_member(call.document, "Version"));
  }

  Status check(const Call&) const override { return {}; }

  Status decode(const Call& call, void* input) const override {
    ASSIGN_OR_RETURN(const wire::Value value,
                     wire::parse_form(call.document, call.operation->input));
    return wire::bind(value, call.operation->input, wire::Scalars::kText, input);
  }

  http::Response encode(const Call& call, void* output) const override {
    return xml(call, 200,
               wire::encode_query(call.operation->name, call.service->xml_namespace,
                                  call.operation->output, output, call.caller.request_id));
  }

  http::Response encode_body(const Call& call, std::string body) const override {
    return xml(call, 200, std::move(body));
  }

  http::Response error(const Call& call, const Error& error) const override {
    const WireError wire = call.service->wire_error(error);
    return xml(call, wire.status,
               wire::encode_query_error(call.service->xml_namespace, wire.name, error.message,
                                        wire.status < 500, call.caller.request_id));
  }
};

}  // namespace

const Codec& aws_query_codec() {
  static const AwsQueryCodec codec;
  return codec;
}

}  // namespace headrace::services
