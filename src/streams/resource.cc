#include "streams/resource.h"

#include <charconv>
#include <utility>

namespace headrace::streams {
namespace {

constexpr std::string_view kConsumer = "/consumer/";

std::optional<ConsumerId> parse_consumer(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto name = StreamName::parse(text.substr(0, colon));  // consumers are named alike
  const std::string_view digits = text.substr(colon + 1);
  ConsumerId consumer;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), consumer.created_s);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  if (!name || !whole || consumer.created_s < 0) return std::nullopt;
  consumer.name = name->text();
  return consumer;
}

}  // namespace

std::string ResourceKey::arn() const {
  if (!consumer) return stream.arn();
  return stream.arn() + std::string(kConsumer) + consumer->name + ":" +
         std::to_string(consumer->created_s);
}

std::optional<ResourceKey> ResourceKey::parse_arn(std::string_view arn) {
  const std::size_t at = arn.find(kConsumer);
  auto stream = StreamKey::parse_arn(arn.substr(0, at));
  if (!stream) return std::nullopt;
  if (at == std::string_view::npos) return ResourceKey{std::move(*stream), std::nullopt};
  auto consumer = parse_consumer(arn.substr(at + kConsumer.size()));
  if (!consumer) return std::nullopt;
  return ResourceKey{std::move(*stream), std::move(consumer)};
}

}  // namespace headrace::streams
