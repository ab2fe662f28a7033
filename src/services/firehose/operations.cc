#include "services/firehose/firehose.h"

namespace headrace::services::firehose {

Operation create_delivery_stream(Firehose& firehose);
Operation delete_delivery_stream(Firehose& firehose);
Operation describe_delivery_stream(Firehose& firehose);
Operation list_delivery_streams(Firehose& firehose);
Operation list_tags_for_delivery_stream(Firehose& firehose);
Operation put_record(Firehose& firehose);
Operation put_record_batch(Firehose& firehose);
Operation tag_delivery_stream(Firehose& firehose);
Operation untag_delivery_stream(Firehose& firehose);

std::vector<Operation> operations(Firehose& firehose) {
  return {
      create_delivery_stream(firehose),
      delete_delivery_stream(firehose),
      describe_delivery_stream(firehose),
      list_delivery_streams(firehose),
      list_tags_for_delivery_stream(firehose),
      put_record(firehose),
      put_record_batch(firehose),
      tag_delivery_stream(firehose),
      untag_delivery_stream(firehose),
  };
}

}  // namespace headrace::services::firehose
