// One call on its way through the dispatcher, and the protocols that read and write it.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "http/message.h"
#include "services/service.h"
#include "wire/document.h"
#include "wire/rest_xml.h"

namespace headrace::services {

// Lives in the dispatcher's frame for as long as the request does.
struct Call {
  http::Request& request;
  const Service* service = nullptr;
  const Operation* operation = nullptr;
  Caller caller{};
  wire::Format format = wire::Format::kJson;  // of documents, where the protocol has two
  wire::Labels labels{};
  std::string document{};                 // the whole body, unless the operation streams it
  http::Body* stream = nullptr;           // the body, when the operation streams it
  std::unique_ptr<http::Body> decoded{};  // what stands between `stream` and the connection
};

// Implementations: AWS JSON (and CBOR), AWS Query, REST-XML. Without state; one object serves every
// call.
class Codec {
 public:
  virtual ~Codec() = default;
  // Whether the operation is found without the document, which it may then stream.
  virtual bool streams() const = 0;
  // Sets `operation` (and `labels`). kUnknownOperation, and what REST adds to it.
  virtual Status find(Call& call) const = 0;
  // What the protocol asks of a whole document before it is decoded: its checksums.
  virtual Status check(const Call& call) const = 0;
  // Fills what the operation's make_input made, and validates it.
  virtual Status decode(const Call& call, void* input) const = 0;
  virtual http::Response encode(const Call& call, void* output) const = 0;
  // The answer to a hot operation whose body was written without the general codec.
  virtual http::Response encode_body(const Call& call, std::string body) const = 0;
  virtual http::Response error(const Call& call, const Error& error) const = 0;
};

const Codec& aws_json_codec();
const Codec& aws_query_codec();
const Codec& rest_xml_codec();

}  // namespace headrace::services
