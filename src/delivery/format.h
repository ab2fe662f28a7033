// From records to the bytes of an object.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::delivery {

enum class Compression { kUncompressed, kGzip };

// What the service adds to the object's name and says in Content-Encoding (empty: nothing).
std::string_view file_extension(Compression compression);
std::string_view content_encoding(Compression compression);

// Concatenates and compresses. Bytes come out through `sink` in pieces of about 256 KiB. Not
// thread-safe.
class Formatter {
 public:
  using Sink = std::function<Status(std::string_view)>;

  explicit Formatter(Compression compression);
  ~Formatter();
  Formatter(Formatter&&) noexcept;
  Formatter& operator=(Formatter&&) noexcept;

  Status add(std::string_view bytes, const Sink& sink);
  // Writes what is left. Call once, last.
  Status finish(const Sink& sink);

 private:
  struct Gzip;
  Status compress(std::string_view bytes, bool last, const Sink& sink);

  std::string pending_;
  std::unique_ptr<Gzip> gzip_;
};

}  // namespace headrace::delivery
