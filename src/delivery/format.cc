#include "delivery/format.h"

#include <isa-l/igzip_lib.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"

namespace headrace::delivery {
namespace {

constexpr std::size_t kPieceBytes = 256UL * 1024;

}  // namespace

std::string_view file_extension(Compression compression) {
  switch (compression) {
    case Compression::kUncompressed: return "";
    case Compression::kGzip: return ".gz";
  }
  return "";
}

std::string_view content_encoding(Compression compression) {
  switch (compression) {
    case Compression::kUncompressed: return "";
    case Compression::kGzip: return "gzip";
  }
  return "";
}

// One RFC 1952 member for the whole object.
struct Formatter::Gzip {
  isal_zstream stream{};
  std::vector<std::uint8_t> level_memory = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
  std::vector<std::uint8_t> out = std::vector<std::uint8_t>(kPieceBytes);

  Gzip() {
    isal_deflate_init(&stream);
    stream.level = 1;
    stream.level_buf = level_memory.data();
    stream.level_buf_size = static_cast<std::uint32_t>(level_memory.size());
    stream.gzip_flag = IGZIP_GZIP;
    stream.flush = NO_FLUSH;
    stream.end_of_stream = 0;
    stream.next_out = out.data();
    stream.avail_out = static_cast<std::uint32_t>(out.size());
  }
};

Formatter::Formatter(Compression compression) {
  if (compression == Compression::kGzip) gzip_ = std::make_unique<Gzip>();
}

Formatter::~Formatter() = default;
Formatter::Formatter(Formatter&&) noexcept = default;
Formatter& Formatter::operator=(Formatter&&) noexcept = default;

Status Formatter::add(std::string_view bytes, const Sink& sink) {
  pending_.append(bytes);
  if (pending_.size() < kPieceBytes) return {};
  const std::string piece = std::exchange(pending_, {});
  return gzip_ ? compress(piece, false, sink) : sink(piece);
}

Status Formatter::finish(const Sink& sink) {
  const std::string piece = std::exchange(pending_, {});
  if (gzip_) return compress(piece, true, sink);
  return piece.empty() ? Status{} : sink(piece);
}

Status Formatter::compress(std::string_view bytes, bool last, const Sink& sink) {
  isal_zstream& z = gzip_->stream;
  // ISA-L only reads its input; the pointer lacks the const.
  z.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<std::uint32_t>(bytes.size());
  z.end_of_stream = last ? 1 : 0;
  for (;;) {
    CHECK(isal_deflate(&z) == COMP_OK);
    const bool done = last ? z.internal_state.state == ZSTATE_END : z.avail_in == 0;
    const std::size_t ready = gzip_->out.size() - z.avail_out;
    if (ready > 0 && (z.avail_out == 0 || (done && last))) {
      RETURN_IF_ERROR(sink({reinterpret_cast<const char*>(gzip_->out.data()), ready}));
      z.next_out = gzip_->out.data();
      z.avail_out = static_cast<std::uint32_t>(gzip_->out.size());
    }
    if (done) return {};
  }
}

}  // namespace headrace::delivery
