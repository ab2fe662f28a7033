#include "services/kinesis/call_rates.h"
#include "services/kinesis/kinesis.h"

namespace headrace::services::kinesis {

Operation add_tags_to_stream(Kinesis& kinesis);
Operation create_stream(Kinesis& kinesis);
Operation decrease_stream_retention_period(Kinesis& kinesis);
Operation delete_resource_policy(Kinesis& kinesis);
Operation delete_stream(Kinesis& kinesis);
Operation deregister_stream_consumer(Kinesis& kinesis);
Operation describe_account_settings(Kinesis& kinesis);
Operation describe_limits(Kinesis& kinesis);
Operation describe_stream(Kinesis& kinesis);
Operation describe_stream_consumer(Kinesis& kinesis);
Operation describe_stream_summary(Kinesis& kinesis);
Operation disable_enhanced_monitoring(Kinesis& kinesis);
Operation enable_enhanced_monitoring(Kinesis& kinesis);
Operation get_records(Kinesis& kinesis);
Operation get_resource_policy(Kinesis& kinesis);
Operation get_shard_iterator(Kinesis& kinesis);
Operation increase_stream_retention_period(Kinesis& kinesis);
Operation list_shards(Kinesis& kinesis);
Operation list_stream_consumers(Kinesis& kinesis);
Operation list_streams(Kinesis& kinesis);
Operation list_tags_for_resource(Kinesis& kinesis);
Operation list_tags_for_stream(Kinesis& kinesis);
Operation merge_shards(Kinesis& kinesis);
Operation put_record(Kinesis& kinesis);
Operation put_records(Kinesis& kinesis);
Operation put_resource_policy(Kinesis& kinesis);
Operation register_stream_consumer(Kinesis& kinesis);
Operation remove_tags_from_stream(Kinesis& kinesis);
Operation split_shard(Kinesis& kinesis);
Operation start_stream_encryption(Kinesis& kinesis);
Operation stop_stream_encryption(Kinesis& kinesis);
Operation subscribe_to_shard(Kinesis& kinesis);
Operation tag_resource(Kinesis& kinesis);
Operation untag_resource(Kinesis& kinesis);
Operation update_account_settings(Kinesis& kinesis);
Operation update_max_record_size(Kinesis& kinesis);
Operation update_shard_count(Kinesis& kinesis);
Operation update_stream_mode(Kinesis& kinesis);
Operation update_stream_record_distribution_strategy(Kinesis& kinesis);
Operation update_stream_warm_throughput(Kinesis& kinesis);

std::vector<Operation> operations(Kinesis& kinesis) {
  std::vector<Operation> all = {
      add_tags_to_stream(kinesis),
      create_stream(kinesis),
      decrease_stream_retention_period(kinesis),
      delete_resource_policy(kinesis),
      delete_stream(kinesis),
      deregister_stream_consumer(kinesis),
      describe_account_settings(kinesis),
      describe_limits(kinesis),
      describe_stream(kinesis),
      describe_stream_consumer(kinesis),
      describe_stream_summary(kinesis),
      disable_enhanced_monitoring(kinesis),
      enable_enhanced_monitoring(kinesis),
      get_records(kinesis),
      get_resource_policy(kinesis),
      get_shard_iterator(kinesis),
      increase_stream_retention_period(kinesis),
      list_shards(kinesis),
      list_stream_consumers(kinesis),
      list_streams(kinesis),
      list_tags_for_resource(kinesis),
      list_tags_for_stream(kinesis),
      merge_shards(kinesis),
      put_record(kinesis),
      put_records(kinesis),
      put_resource_policy(kinesis),
      register_stream_consumer(kinesis),
      remove_tags_from_stream(kinesis),
      split_shard(kinesis),
      start_stream_encryption(kinesis),
      stop_stream_encryption(kinesis),
      subscribe_to_shard(kinesis),
      tag_resource(kinesis),
      untag_resource(kinesis),
      update_account_settings(kinesis),
      update_max_record_size(kinesis),
      update_shard_count(kinesis),
      update_stream_mode(kinesis),
      update_stream_record_distribution_strategy(kinesis),
      update_stream_warm_throughput(kinesis),
  };
  if (kinesis.streams.limits() == streams::Limits::kAws) limit_call_rates(all, kinesis.clock);
  return all;
}

}  // namespace headrace::services::kinesis
