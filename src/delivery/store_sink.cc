#include "delivery/store_sink.h"

#include <utility>

namespace headrace::delivery {
namespace {

class StoreUpload final : public Upload {
 public:
  explicit StoreUpload(objects::ObjectStore& objects)
      : objects_(objects), ingest_(objects.ingest()) {}

  Status append(std::string_view bytes) override { return ingest_.append_blocking(bytes); }

  Status commit(const DeliveredObject& object, std::vector<storage::Mutation> with) override {
    RETURN_IF_ERROR(ingest_.finish_blocking());
    objects::Attributes attributes;
    attributes.content_type = object.content_type;
    attributes.content_encoding = object.content_encoding;
    RETURN_IF_ERROR(objects_.put_blocking(object.bucket, object.key, ingest_, std::move(attributes),
                                          std::move(with)));
    return {};
  }

 private:
  objects::ObjectStore& objects_;
  objects::Ingest ingest_;
};

}  // namespace

Result<std::unique_ptr<Upload>> StoreSink::begin() {
  return std::make_unique<StoreUpload>(objects_);
}

}  // namespace headrace::delivery
