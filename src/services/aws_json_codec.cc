// AWS JSON 1.0 and 1.1 and AWS CBOR 1.1: the operation is in X-Amz-Target, everything else in the
// body, whose format is that of the request.

#include "services/codec.h"
#include "services/event_body.h"
#include "wire/aws_cbor.h"
#include "wire/document.h"
#include "wire/event.h"
#include "wire/event_stream.h"

namespace headrace::services {
namespace {

constexpr std::size_t kHeadersUsual = 4;

class AwsJsonCodec final : public Codec {
 public:
  bool streams() const override { return false; }

  Status find(Call& call) const override {
    const std::string_view target = call.request.header("x-amz-target");
    const std::string_view name = target.substr(target.rfind('.') + 1);
    for (const Operation& operation : call.service->operations) {
      if (operation.name == name) {
        call.operation = &operation;
        return {};
      }
    }
    return fail(ErrorCode::kUnknownOperation, "");
  }

  Status check(const Call&) const override { return {}; }

  Status decode(const Call& call, void* input) const override {
    return wire::decode_document(call.format, call.document, call.operation->input, input);
  }

  http::Response encode(const Call& call, void* output) const override {
    const wire::StructureShape shape = call.operation->output;
    std::string body;
    if (!shape.members.empty()) wire::append_document(body, call.format, shape, output);
    const wire::Member* stream = wire::event_stream_of(shape);
    if (stream == nullptr) return encode_body(call, std::move(body));
    http::Response response;
    response.headers = {{"x-amzn-RequestId", call.caller.request_id},
                        {"Content-Type", std::string(wire::kEventStreamType)}};
    auto& source = *static_cast<wire::EventSource*>(stream->type->emplace(stream->field(output)));
    response.source = event_body(*call.service, stream->type->structure(), call.format,
                                 std::move(body), std::move(source), call.request.stop);
    return response;
  }

  http::Response encode_body(const Call& call, std::string body) const override {
    http::Response response;
    response.headers.reserve(kHeadersUsual);
    response.headers.emplace_back("x-amzn-RequestId", call.caller.request_id);
    response.headers.emplace_back("Content-Type", content_type(call));
    response.body = std::move(body);
    return response;
  }

  http::Response error(const Call& call, const Error& error) const override {
    const WireError wire = call.service->wire_error(error);
    http::Response response =
        encode_body(call, wire::encode_error(call.format, wire.name, error.message));
    response.status = wire.status;
    return response;
  }

 private:
  static std::string_view content_type(const Call& call) {
    if (call.format == wire::Format::kCbor) return wire::kCborType;
    const std::string_view asked = call.request.header("content-type");
    return asked.starts_with("application/x-amz-json-1.0") ? "application/x-amz-json-1.0"
                                                           : "application/x-amz-json-1.1";
  }
};

}  // namespace

const Codec& aws_json_codec() {
  static const AwsJsonCodec codec;
  return codec;
}

}  // namespace headrace::services
