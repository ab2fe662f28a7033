#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {

Operation add_tags_to_stream(Kinesis& kinesis);
Operation create_stream(Kinesis& kinesis);
Operation decrease_stream_retention_period(Kinesis& kinesis);
Operation delete_stream(Kinesis& kinesis);
Operation deregister_stream_consumer(Kinesis& kinesis);
Operation describe_limits(Kinesis& kinesis);
Operation describe_stream(Kinesis& kinesis);
Operation describe_stream_consumer(Kinesis& kinesis);
Operation describe_stream_summary(Kinesis& kinesis);
Operation get_records(Kinesis& kinesis);
Operation get_shard_iterator(Kinesis& kinesis);
Operation increase_stream_retention_period(Kinesis& kinesis);
Operation list_shards(Kinesis& kinesis);
Operation list_stream_consumers(Kinesis& kinesis);
Operation list_streams(Kinesis& kinesis);
Operation list_tags_for_stream(Kinesis& kinesis);
Operation merge_shards(Kinesis& kinesis);
Operation put_record(Kinesis& kinesis);
Operation put_records(Kinesis& kinesis);
Operation register_stream_consumer(Kinesis& kinesis);
Operation remove_tags_from_stream(Kinesis& kinesis);
Operation split_shard(Kinesis& kinesis);
Operation subscribe_to_shard(Kinesis& kinesis);
Operation update_shard_count(Kinesis& kinesis);

std::vector<Operation> operations(Kinesis& kinesis) {
  return {
      add_tags_to_stream(kinesis),
      create_stream(kinesis),
      decrease_stream_retention_period(kinesis),
      delete_stream(kinesis),
      deregister_stream_consumer(kinesis),
      describe_limits(kinesis),
      describe_stream(kinesis),
      describe_stream_consumer(kinesis),
      describe_stream_summary(kinesis),
      get_records(kinesis),
      get_shard_iterator(kinesis),
      increase_stream_retention_period(kinesis),
      list_shards(kinesis),
      list_stream_consumers(kinesis),
      list_streams(kinesis),
      list_tags_for_stream(kinesis),
      merge_shards(kinesis),
      put_record(kinesis),
      put_records(kinesis),
      register_stream_consumer(kinesis),
      remove_tags_from_stream(kinesis),
      split_shard(kinesis),
      subscribe_to_shard(kinesis),
      update_shard_count(kinesis),
  };
}

}  // namespace headrace::services::kinesis
