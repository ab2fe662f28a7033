#include "services/dispatch.h"

#include <algorithm>
#include <utility>

#include "wire/aws_chunked.h"
#include "wire/aws_query.h"
#include "wire/uri.h"

namespace headrace::services {
namespace {

WireError unknown_operation(const Error&) { return {"UnknownOperationException", 400}; }
WireError invalid_action(const Error&) { return {"InvalidAction", 400}; }

const Codec& codec_of(const Service& service) {
  switch (service.protocol) {
    case Protocol::kAwsJson: return aws_json_codec();
    case Protocol::kAwsQuery: return aws_query_codec();
    case Protocol::kRestXml: return rest_xml_codec();
  }
  return rest_xml_codec();
}

bool is_account(std::string_view access_key) {
  return access_key.size() == kDefaultAccount.size() &&
         std::ranges::all_of(access_key, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_form(const http::Request& request) {
  return request.header("content-type").starts_with("application/x-www-form-urlencoded");
}

// After these the connection's framing is in doubt, or the rest of the body is not wanted.
bool ends_connection(const Error& error) {
  return error.code == ErrorCode::kIncompleteBody || error.code == ErrorCode::kRequestTimeout ||
         error.code == ErrorCode::kMalformedHttp || error.code == ErrorCode::kRequestTooLarge;
}

}  // namespace

Dispatcher::Dispatcher(Environment environment)
    : environment_(std::move(environment)),
      unknown_json_{.signing_name = {},
                    .protocol = Protocol::kAwsJson,
                    .operations = {},
                    .wire_error = unknown_operation},
      unknown_query_{.signing_name = {},
                     .protocol = Protocol::kAwsQuery,
                     .operations = {},
                     .wire_error = invalid_action} {}

boost::asio::awaitable<http::Response> Dispatcher::answer(http::Request& request,
                                                          http::Body& body) {
  if (request.path.starts_with(kAdminPrefix)) co_return co_await answer_admin(request, body);
  const Result<Authorization> authorization = wire::parse_authorization(request);
  Call call{.request = request};
  call.format = wire::format_of(request.header("content-type"));
  call.service = &find_service(request, authorization);
  identify(call.caller, authorization);
  call.caller.secure = request.secure;
  Result<http::Response> response = co_await serve(call, body, authorization);
  if (response) co_return std::move(*response);
  http::Response refusal = codec_of(*call.service).error(call, response.error());
  refusal.close = ends_connection(response.error());
  co_return refusal;
}

boost::asio::awaitable<Result<http::Response>> Dispatcher::serve(
    Call& call, http::Body& body, const Result<Authorization>& authorization) {
  const Codec& codec = codec_of(*call.service);
  if (codec.streams()) {
    CO_RETURN_IF_ERROR(codec.find(call));
    CO_RETURN_IF_ERROR(authenticate_stream(call, body, authorization));
    if (!wire::takes_stream(call.operation->input)) {
      CO_ASSIGN_OR_RETURN(call.document, co_await http::read_all(*call.stream, kDocumentBytesMax));
      CO_RETURN_IF_ERROR(codec.check(call));
    }
  } else {
    CO_ASSIGN_OR_RETURN(call.document, co_await http::read_all(body, kDocumentBytesMax));
    if (call.service == &unknown_query_) find_by_version(call);
    CO_RETURN_IF_ERROR(codec.find(call));
    CO_RETURN_IF_ERROR(authenticate_document(call, authorization));
  }
  co_return co_await handle(call);
}

boost::asio::awaitable<Result<http::Response>> Dispatcher::handle(Call& call) {
  const Codec& codec = codec_of(*call.service);
  const Operation& operation = *call.operation;
  if (operation.handle_document) {
    Result<std::string> body =
        co_await operation.handle_document(call.caller, call.format, std::move(call.document));
    if (!body) co_return std::unexpected(std::move(body).error());
    co_return codec.encode_body(call, std::move(*body));
  }
  const std::shared_ptr<void> input = operation.make_input();
  CO_RETURN_IF_ERROR(codec.decode(call, input.get()));
  Result<std::shared_ptr<void>> output = co_await operation.handle(call.caller, input);
  if (!output) co_return std::unexpected(std::move(output).error());
  co_return codec.encode(call, output->get());
}

boost::asio::awaitable<http::Response> Dispatcher::answer_admin(const http::Request& request,
                                                                http::Body& body) {
  http::Response refusal;
  refusal.headers = {{"Content-Type", "text/plain"}};
  Result<std::string> document = co_await http::read_all(body, kDocumentBytesMax);
  if (!document) {
    refusal.status = document.error().code == ErrorCode::kRequestTooLarge ? 413 : 400;
    refusal.body = document.error().message + "\n";
    refusal.close = true;
    co_return refusal;
  }
  if (environment_.enforce) {
    const auto verified =
        verify(request, wire::parse_authorization(request), wire::payload_hash(*document), "");
    if (!verified) {
      refusal.status = 403;
      refusal.body = verified.error().message + "\n";
      co_return refusal;
    }
  }
  co_return co_await environment_.admin(std::string(request.method), std::string(request.path),
                                        std::move(*document));
}

// By X-Amz-Target, else by the credential scope, else a form is told by nothing but its Version and
// everything else is S3's.
const Service& Dispatcher::find_service(const http::Request& request,
                                        const Result<Authorization>& authorization) const {
  const auto find = [this](auto matches) -> const Service* {
    const auto found = std::ranges::find_if(environment_.services, matches);
    return found == environment_.services.end() ? nullptr : &*found;
  };
  if (const std::string_view target = request.header("x-amz-target"); !target.empty()) {
    const std::string_view prefix = target.substr(0, target.rfind('.'));
    const Service* service = find([&](const Service& s) {
      return s.protocol == Protocol::kAwsJson && s.target_prefix == prefix;
    });
    return service != nullptr ? *service : unknown_json_;
  }
  const std::string_view scope =
      authorization && *authorization ? std::string_view((*authorization)->service) : "";
  if (is_form(request) && request.path == "/" && scope != "s3") {
    const Service* service = find([&](const Service& s) {
      return s.protocol == Protocol::kAwsQuery && s.signing_name == scope;
    });
    return service != nullptr ? *service : unknown_query_;
  }
  if (!scope.empty() && scope != "s3") {
    const Service* service = find([&](const Service& s) { return s.signing_name == scope; });
    return service != nullptr ? *service : unknown_json_;
  }
  const Service* s3 = find([](const Service& s) { return s.protocol == Protocol::kRestXml; });
  return s3 != nullptr ? *s3 : unknown_json_;
}

// A form that nobody signed says only by its Version whose it is.
void Dispatcher::find_by_version(Call& call) const {
  const std::string version = wire::form_member(call.document, "Version");
  for (const Service& service : environment_.services) {
    if (service.protocol == Protocol::kAwsQuery && service.version == version) {
      call.service = &service;
    }
  }
}

void Dispatcher::identify(Caller& caller, const Result<Authorization>& authorization) const {
  caller.request_id = environment_.random.uuid();
  caller.region = environment_.region;
  caller.account = std::string(kDefaultAccount);
  if (!authorization || !*authorization) return;
  const wire::Authorization& a = **authorization;
  caller.access_key = a.access_key;
  if (!a.region.empty()) caller.region = a.region;
  if (!environment_.enforce && is_account(a.access_key)) caller.account = a.access_key;
}

Result<wire::VerifiedSignature> Dispatcher::verify(const http::Request& request,
                                                   const Result<Authorization>& authorization,
                                                   std::string_view hash,
                                                   std::string_view service) {
  if (!authorization) return std::unexpected(authorization.error());
  if (!*authorization) return std::unexpected(wire::missing_authentication());
  if (!service.empty() && (*authorization)->service != service) {
    return fail(ErrorCode::kInvalidSignature,
                "Credential should be scoped to correct service: '" + std::string(service) + "'. ");
  }
  return verifier_.verify(request, **authorization, hash, environment_.clock.wall_now(),
                          environment_.secret_of);
}

Status Dispatcher::authenticate_document(Call& call, const Result<Authorization>& authorization) {
  if (!environment_.enforce) return {};
  RETURN_IF_ERROR(verify(call.request, authorization, wire::payload_hash(call.document),
                         call.service->signing_name));
  return {};
}

// S3 says the body's hash in a header, so that a body of any length can be checked as it passes.
Status Dispatcher::authenticate_stream(Call& call, http::Body& body,
                                       const Result<Authorization>& authorization) {
  call.stream = &body;
  const std::string_view hash = call.request.header("x-amz-content-sha256");
  std::optional<wire::VerifiedSignature> seed;
  if (environment_.enforce) {
    const bool presigned = authorization && *authorization &&
                           (*authorization)->form == wire::Authorization::Form::kQuery;
    if (hash.empty() && authorization && *authorization && !presigned) {
      return fail(ErrorCode::kInvalidArgument,
                  "Missing required header for this request: x-amz-content-sha256",
                  "InvalidRequest");
    }
    const std::string_view signed_hash = hash.empty() ? wire::kUnsignedPayload : hash;
    ASSIGN_OR_RETURN(seed,
                     verify(call.request, authorization, signed_hash, call.service->signing_name));
  }
  if (wire::is_aws_chunked(call.request)) {
    call.decoded = wire::aws_chunked_body(call.request, body, std::move(seed));
  } else if (!hash.empty() && hash != wire::kUnsignedPayload) {
    call.decoded = wire::hashed_body(body, hash);
  }
  if (call.decoded) call.stream = call.decoded.get();
  return {};
}

}  // namespace headrace::services
