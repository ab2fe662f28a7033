#include "wire/aws_chunked.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "wire/sha256.h"
#include "wire/sigv4_canonical.h"

namespace headrace::wire {
namespace {

namespace asio = boost::asio;

std::string_view header_of(const http::Request& request, std::string_view name) {
  for (const http::HeaderView& header : request.headers) {
    if (same_name(header.name, name)) return header.value;
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A whole number of `base` that is all of `text`; -1 when it is not.
std::int64_t parse_size(std::string_view text, int base) {
  std::int64_t size = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size, base);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && size >= 0 ? size : -1;
}

bool same_signature(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::unexpected<Error> bad_framing() {
  return fail(ErrorCode::kIncompleteBody, "The request body terminated unexpectedly");
}

std::unexpected<Error> bad_signature() {
  return fail(ErrorCode::kInvalidSignature,
              "The request signature we calculated does not match the signature you provided. "
              "Check your key and signing method.");
}

class ChunkedBody final : public http::Body {
 public:
  ChunkedBody(const http::Request& request, http::Body& body, std::optional<VerifiedSignature> seed)
      : body_(body),
        decoded_size_(parse_size(header_of(request, "x-amz-decoded-content-length"), 10)),
        seed_(std::move(seed)) {
    const std::string_view mode = header_of(request, "x-amz-content-sha256");
    is_signed_ = mode.starts_with(kStreamingSigned);
    has_trailers_ = mode == kStreamingSignedTrailer || mode == kStreamingUnsignedTrailer ||
                    !header_of(request, "x-amz-trailer").empty();
    if (!is_signed_) seed_.reset();
    if (seed_) previous_ = seed_->signature;
  }

  asio::awaitable<Result<std::string_view>> next() override;
  std::int64_t declared_size() const override { return decoded_size_; }
  std::string_view trailer(std::string_view name) const override;

 private:
  enum class State { kHead, kData, kAfterData, kTrailers, kAfterEnd, kDone };

  // Up to and without the next line feed, in line_, a carriage return before it cut off.
  // `finished_` is set instead when the body ends where a line could start.
  asio::awaitable<Status> read_line(std::size_t limit);
  asio::awaitable<Status> read_head();
  asio::awaitable<Status> read_after_data();
  asio::awaitable<Status> read_trailers();
  asio::awaitable<Status> read_end();
  Status end_chunk();
  Status add_trailer();
  Status check_trailers() const;

  http::Body& body_;
  std::int64_t decoded_size_;
  std::optional<VerifiedSignature> seed_;
  bool is_signed_ = false;
  bool has_trailers_ = false;

  State state_ = State::kHead;
  std::string_view rest_;  // of the piece that body_ gave last
  std::string line_;
  bool finished_ = false;
  std::int64_t left_ = 0;     // of the chunk
  std::int64_t decoded_ = 0;  // handed out
  bool last_chunk_ = false;
  std::string chunk_signature_;  // as the chunk's head claims
  std::string previous_;         // what the next signature continues from
  Sha256 hash_;                  // of the chunk
  std::vector<std::pair<std::string, std::string>> trailers_;
  std::size_t trailer_bytes_ = 0;
  std::string trailer_signature_;
};

asio::awaitable<Result<std::string_view>> ChunkedBody::next() {
  while (true) {
    switch (state_) {
      case State::kHead: CO_RETURN_IF_ERROR(co_await read_head()); break;
      case State::kData: {
        if (rest_.empty()) {
          CO_ASSIGN_OR_RETURN(rest_, co_await body_.next());
          if (rest_.empty()) co_return bad_framing();
        }
        const auto take = std::min(rest_.size(), static_cast<std::size_t>(left_));
        const std::string_view piece = rest_.substr(0, take);
        rest_.remove_prefix(take);
        left_ -= static_cast<std::int64_t>(take);
        decoded_ += static_cast<std::int64_t>(take);
        if (seed_) hash_.update(piece);
        if (left_ == 0) {
          // Checked before the chunk's last bytes are given out, not after.
          CO_RETURN_IF_ERROR(end_chunk());
          state_ = State::kAfterData;
        }
        co_return piece;
      }
      case State::kAfterData: CO_RETURN_IF_ERROR(co_await read_after_data()); break;
      case State::kTrailers: CO_RETURN_IF_ERROR(co_await read_trailers()); break;
      case State::kAfterEnd: CO_RETURN_IF_ERROR(co_await read_end()); break;
      case State::kDone: co_return std::string_view{};
    }
  }
}

asio::awaitable<Status> ChunkedBody::read_line(std::size_t limit) {
  line_.clear();
  while (true) {
    if (rest_.empty()) {
      CO_ASSIGN_OR_RETURN(rest_, co_await body_.next());
      if (rest_.empty()) {
        if (!line_.empty()) co_return bad_framing();
        finished_ = true;
        co_return Status{};
      }
    }
    const std::size_t feed = rest_.find('\n');
    line_.append(rest_.substr(0, std::min(feed, limit + 1)));
    if (line_.size() > limit) co_return bad_framing();
    if (feed == std::string_view::npos) {
      rest_ = {};
      continue;
    }
    rest_.remove_prefix(feed + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    co_return Status{};
  }
}

// "10000;chunk-signature=..."
asio::awaitable<Status> ChunkedBody::read_head() {
  CO_RETURN_IF_ERROR(co_await read_line(kChunkHeadBytesMax));
  const std::string_view head = line_;
  const std::size_t semicolon = head.find(';');
  left_ = parse_size(trimmed(head.substr(0, semicolon)), 16);
  if (finished_ || left_ < 0) co_return bad_framing();
  if (decoded_size_ >= 0 && left_ > decoded_size_ - decoded_) co_return bad_framing();
  constexpr std::string_view kName = "chunk-signature=";
  chunk_signature_.clear();
  if (semicolon != std::string_view::npos) {
    const std::string_view extension = trimmed(head.substr(semicolon + 1));
    if (extension.starts_with(kName)) chunk_signature_ = extension.substr(kName.size());
  }
  last_chunk_ = left_ == 0;
  if (!last_chunk_) {
    state_ = State::kData;
    co_return Status{};
  }
  CO_RETURN_IF_ERROR(end_chunk());
  state_ = has_trailers_ ? State::kTrailers : State::kAfterData;
  co_return Status{};
}

Status ChunkedBody::end_chunk() {
  if (!seed_) return {};
  std::string expected = chunk_signature(*seed_, previous_, hex_of(hash_.finish()));
  if (!same_signature(expected, chunk_signature_)) return bad_signature();
  previous_ = std::move(expected);
  return {};
}

asio::awaitable<Status> ChunkedBody::read_after_data() {
  CO_RETURN_IF_ERROR(co_await read_line(2));
  if (finished_ || !line_.empty()) co_return bad_framing();
  state_ = last_chunk_ ? State::kAfterEnd : State::kHead;
  co_return Status{};
}

// Unsigned: fields up to an empty line. Signed: the signature is the last field; an empty line may
// stand before it, and none need follow it.
asio::awaitable<Status> ChunkedBody::read_trailers() {
  while (true) {
    CO_RETURN_IF_ERROR(co_await read_line(kTrailerBytesMax));
    const bool ends_without_line = is_signed_ && !trailer_signature_.empty();
    if (finished_ && !ends_without_line) co_return bad_framing();
    if (finished_ || (line_.empty() && (!is_signed_ || !trailer_signature_.empty()))) break;
    if (!line_.empty()) CO_RETURN_IF_ERROR(add_trailer());
  }
  CO_RETURN_IF_ERROR(check_trailers());
  state_ = State::kAfterEnd;
  co_return Status{};
}

Status ChunkedBody::add_trailer() {
  trailer_bytes_ += line_.size() + 2;
  const std::size_t colon = line_.find(':');
  if (trailer_bytes_ > kTrailerBytesMax || colon == std::string::npos) return bad_framing();
  std::string name(trimmed(std::string_view(line_).substr(0, colon)));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string value(trimmed(std::string_view(line_).substr(colon + 1)));
  if (name == "x-amz-trailer-signature") {
    trailer_signature_ = std::move(value);
  } else {
    trailers_.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

Status ChunkedBody::check_trailers() const {
  if (!seed_) return {};
  auto sorted = trailers_;
  std::ranges::sort(sorted);
  std::string canonical;
  for (const auto& [name, value] : sorted)
    canonical.append(name).append(":").append(value).append("\n");
  const std::string expected = trailer_signature(*seed_, previous_, payload_hash(canonical));
  return same_signature(expected, trailer_signature_) ? Status{} : bad_signature();
}

// The coding's end must be the body's end, and the lengths agree.
asio::awaitable<Status> ChunkedBody::read_end() {
  if (!finished_) {
    if (!rest_.empty()) co_return bad_framing();
    CO_ASSIGN_OR_RETURN(rest_, co_await body_.next());
    if (!rest_.empty()) co_return bad_framing();
  }
  if (decoded_size_ >= 0 && decoded_ != decoded_size_) co_return bad_framing();
  state_ = State::kDone;
  co_return Status{};
}

std::string_view ChunkedBody::trailer(std::string_view name) const {
  for (const auto& [field, value] : trailers_) {
    if (same_name(field, name)) return value;
  }
  return body_.trailer(name);
}

class HashedBody final : public http::Body {
 public:
  HashedBody(http::Body& body, std::string_view payload_hash)
      : body_(body), claimed_(payload_hash) {}

  asio::awaitable<Result<std::string_view>> next() override;
  std::int64_t declared_size() const override { return body_.declared_size(); }
  std::string_view trailer(std::string_view name) const override { return body_.trailer(name); }

 private:
  http::Body& body_;
  std::string claimed_;
  Sha256 hash_;
  bool done_ = false;
};

asio::awaitable<Result<std::string_view>> HashedBody::next() {
  if (done_) co_return std::string_view{};
  CO_ASSIGN_OR_RETURN(const std::string_view piece, co_await body_.next());
  if (!piece.empty()) {
    hash_.update(piece);
    co_return piece;
  }
  if (hex_of(hash_.finish()) != claimed_) {
    co_return fail(ErrorCode::kPayloadHashMismatch,
                   "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  done_ = true;
  co_return std::string_view{};
}

}  // namespace

bool is_aws_chunked(const http::Request& request) {
  if (header_of(request, "x-amz-content-sha256").starts_with("STREAMING-")) return true;
  std::string_view codings = header_of(request, "content-encoding");
  while (!codings.empty()) {
    const std::string_view coding = codings.substr(0, codings.find(','));
    if (same_name(trimmed(coding), "aws-chunked")) return true;
    codings.remove_prefix(std::min(coding.size() + 1, codings.size()));
  }
  return false;
}

std::unique_ptr<http::Body> aws_chunked_body(const http::Request& request, http::Body& body,
                                             std::optional<VerifiedSignature> seed) {
  return std::make_unique<ChunkedBody>(request, body, std::move(seed));
}

std::unique_ptr<http::Body> hashed_body(http::Body& body, std::string_view payload_hash) {
  return std::make_unique<HashedBody>(body, payload_hash);
}

}  // namespace headrace::wire
