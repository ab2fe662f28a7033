// DescribeDeliveryStream: everything that was configured, with the defaults filled in.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

struct Request {
  std::string delivery_stream_name;
  std::optional<std::int32_t> limit;
  std::optional<std::string> exclusive_start_destination_id;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::limit>("Limit", wire::range(1, 10000)),
      wire::member<&Request::exclusive_start_destination_id>(
          "ExclusiveStartDestinationId", wire::length(1, 100), wire::pattern("[a-zA-Z0-9-]+")));
};

struct KinesisStreamSourceDescription {
  std::string kinesis_stream_arn;
  std::string role_arn;
  WallTime delivery_start_timestamp;
  static constexpr auto shape =
      wire::structure(wire::member<&KinesisStreamSourceDescription::kinesis_stream_arn>(
                          "KinesisStreamARN", wire::length(1, 512), wire::pattern(kStreamPattern)),
                      wire::member<&KinesisStreamSourceDescription::role_arn>(
                          "RoleARN", wire::length(1, 512), wire::pattern(kRolePattern)),
                      wire::member<&KinesisStreamSourceDescription::delivery_start_timestamp>(
                          "DeliveryStartTimestamp"));
};

struct SourceDescription {
  std::optional<KinesisStreamSourceDescription> kinesis_stream_source_description;
  static constexpr auto shape = wire::structure(
      wire::refused("DirectPutSourceDescription"),
      wire::member<&SourceDescription::kinesis_stream_source_description>(
          "KinesisStreamSourceDescription"),
      wire::refused("MSKSourceDescription"), wire::refused("DatabaseSourceDescription"));
};

struct S3DestinationDescription {
  std::string role_arn;
  std::string bucket_arn;
  std::optional<std::string> prefix;
  std::optional<std::string> error_output_prefix;
  BufferingHints buffering_hints;
  std::string compression_format;
  EncryptionConfiguration encryption_configuration{.no_encryption_config = "NoEncryption"};
  CloudWatchLoggingOptions cloud_watch_logging_options{
      .enabled = false, .log_group_name = {}, .log_stream_name = {}};
  static constexpr auto shape = wire::structure(
      wire::member<&S3DestinationDescription::role_arn>(
          "RoleARN", wire::required, wire::length(1, 512), wire::pattern(kRolePattern)),
      wire::member<&S3DestinationDescription::bucket_arn>(
          "BucketARN", wire::required, wire::length(1, 2048), wire::pattern(kBucketPattern)),
      wire::member<&S3DestinationDescription::prefix>("Prefix", wire::length(0, 1024),
                                                      wire::pattern(".*")),
      wire::member<&S3DestinationDescription::error_output_prefix>(
          "ErrorOutputPrefix", wire::length(0, 1024), wire::pattern(".*")),
      wire::member<&S3DestinationDescription::buffering_hints>("BufferingHints", wire::required),
      wire::member<&S3DestinationDescription::compression_format>(
          "CompressionFormat", wire::required, wire::one_of(kCompressions)),
      wire::member<&S3DestinationDescription::encryption_configuration>("EncryptionConfiguration",
                                                                        wire::required),
      wire::member<&S3DestinationDescription::cloud_watch_logging_options>(
          "CloudWatchLoggingOptions"));
};

struct ExtendedS3DestinationDescription {
  ProcessingConfiguration processing_configuration{.enabled = false,
                                                   .processors = std::vector<Processor>{}};
  std::string s3_backup_mode = "Disabled";
  DataFormatConversionConfiguration data_format_conversion_configuration{.enabled = false};
  std::optional<std::string> file_extension;
  std::string custom_time_zone = "UTC";

  std::string role_arn;
  std::string bucket_arn;
  std::optional<std::string> prefix;
  std::optional<std::string> error_output_prefix;
  BufferingHints buffering_hints;
  std::string compression_format;
  EncryptionConfiguration encryption_configuration{.no_encryption_config = "NoEncryption"};
  CloudWatchLoggingOptions cloud_watch_logging_options{
      .enabled = false, .log_group_name = {}, .log_stream_name = {}};

  static constexpr auto shape = wire::structure(
      wire::member<&ExtendedS3DestinationDescription::role_arn>(
          "RoleARN", wire::required, wire::length(1, 512), wire::pattern(kRolePattern)),
      wire::member<&ExtendedS3DestinationDescription::bucket_arn>(
          "BucketARN", wire::required, wire::length(1, 2048), wire::pattern(kBucketPattern)),
      wire::member<&ExtendedS3DestinationDescription::prefix>("Prefix", wire::length(0, 1024),
                                                              wire::pattern(".*")),
      wire::member<&ExtendedS3DestinationDescription::error_output_prefix>(
          "ErrorOutputPrefix", wire::length(0, 1024), wire::pattern(".*")),
      wire::member<&ExtendedS3DestinationDescription::buffering_hints>("BufferingHints",
                                                                       wire::required),
      wire::member<&ExtendedS3DestinationDescription::compression_format>(
          "CompressionFormat", wire::required, wire::one_of(kCompressions)),
      wire::member<&ExtendedS3DestinationDescription::encryption_configuration>(
          "EncryptionConfiguration", wire::required),
      wire::member<&ExtendedS3DestinationDescription::cloud_watch_logging_options>(
          "CloudWatchLoggingOptions"),
      wire::member<&ExtendedS3DestinationDescription::processing_configuration>(
          "ProcessingConfiguration"),
      wire::member<&ExtendedS3DestinationDescription::s3_backup_mode>(
          "S3BackupMode", wire::one_of("Disabled|Enabled")),
      wire::refused("S3BackupDescription"),
      wire::member<&ExtendedS3DestinationDescription::data_format_conversion_configuration>(
          "DataFormatConversionConfiguration"),
      wire::refused("DynamicPartitioningConfiguration"),
      wire::member<&ExtendedS3DestinationDescription::file_extension>(
          "FileExtension", wire::length(0, 128), wire::pattern("^$|\\.[0-9a-z!\\-_.*'()]+")),
      wire::member<&ExtendedS3DestinationDescription::custom_time_zone>(
          "CustomTimeZone", wire::length(0, 50), wire::pattern("^$|[a-zA-Z/_]+")));
};

struct DestinationDescription {
  std::string destination_id{kDestinationId};
  std::optional<S3DestinationDescription> s3_destination_description;
  std::optional<ExtendedS3DestinationDescription> extended_s3_destination_description;
  static constexpr auto shape = wire::structure(
      wire::member<&DestinationDescription::destination_id>(
          "DestinationId", wire::required, wire::length(1, 100), wire::pattern("[a-zA-Z0-9-]+")),
      wire::member<&DestinationDescription::s3_destination_description>("S3DestinationDescription"),
      wire::member<&DestinationDescription::extended_s3_destination_description>(
          "ExtendedS3DestinationDescription"),
      wire::refused("RedshiftDestinationDescription"),
      wire::refused("ElasticsearchDestinationDescription"),
      wire::refused("AmazonopensearchserviceDestinationDescription"),
      wire::refused("SplunkDestinationDescription"),
      wire::refused("HttpEndpointDestinationDescription"),
      wire::refused("SnowflakeDestinationDescription"),
      wire::refused("AmazonOpenSearchServerlessDestinationDescription"),
      wire::refused("IcebergDestinationDescription"));
};

struct DeliveryStreamDescription {
  std::string delivery_stream_name;
  std::string delivery_stream_arn;
  std::string delivery_stream_status = "ACTIVE";
  std::string delivery_stream_type;
  std::string version_id;
  WallTime create_timestamp;
  std::optional<SourceDescription> source;
  std::vector<DestinationDescription> destinations;
  bool has_more_destinations = false;
  static constexpr auto shape = wire::structure(
      wire::member<&DeliveryStreamDescription::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&DeliveryStreamDescription::delivery_stream_arn>(
          "DeliveryStreamARN", wire::required, wire::length(1, 512),
          wire::pattern(kDeliveryStreamPattern)),
      wire::member<&DeliveryStreamDescription::delivery_stream_status>(
          "DeliveryStreamStatus", wire::required,
          wire::one_of("CREATING|CREATING_FAILED|DELETING|DELETING_FAILED|ACTIVE")),
      wire::refused("FailureDescription"), wire::refused("DeliveryStreamEncryptionConfiguration"),
      wire::member<&DeliveryStreamDescription::delivery_stream_type>(
          "DeliveryStreamType", wire::required, wire::one_of(kTypes)),
      wire::member<&DeliveryStreamDescription::version_id>(
          "VersionId", wire::required, wire::length(1, 50), wire::pattern("[0-9]+")),
      wire::member<&DeliveryStreamDescription::create_timestamp>("CreateTimestamp"),
      wire::refused("LastUpdateTimestamp"),
      wire::member<&DeliveryStreamDescription::source>("Source"),
      wire::member<&DeliveryStreamDescription::destinations>("Destinations", wire::required),
      wire::member<&DeliveryStreamDescription::has_more_destinations>("HasMoreDestinations",
                                                                      wire::required));
};

struct Response {
  DeliveryStreamDescription delivery_stream_description;
  static constexpr auto shape =
      wire::structure(wire::member<&Response::delivery_stream_description>(
          "DeliveryStreamDescription", wire::required));
};

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// Members that the plain and the extended description share.
template <typename Description>
void describe_s3(const delivery::Configuration& c, Description* d) {
  d->role_arn = c.role_arn;
  d->bucket_arn = "arn:aws:s3:::" + c.bucket;
  d->prefix = unless_empty(c.prefix);
  d->error_output_prefix = unless_empty(c.error_output_prefix);
  d->buffering_hints = {c.hints.size_mib, c.hints.interval_s};
  d->compression_format = c.compression == delivery::Compression::kGzip ? "GZIP" : "UNCOMPRESSED";
}

// Both descriptions are given, as the service does for every S3 destination.
DestinationDescription describe_destination(const delivery::Configuration& c) {
  DestinationDescription d;
  describe_s3(c, &d.s3_destination_description.emplace());
  ExtendedS3DestinationDescription& e = d.extended_s3_destination_description.emplace();
  describe_s3(c, &e);
  e.file_extension = unless_empty(c.file_extension);
  return d;
}

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  auto found =
      firehose.deliveries.find(caller.account, caller.region, request.delivery_stream_name);
  if (!found) co_return std::unexpected(found.error());
  const delivery::Configuration& c = *found;
  Response response;
  DeliveryStreamDescription& d = response.delivery_stream_description;
  d.delivery_stream_name = c.name;
  d.delivery_stream_arn =
      "arn:aws:firehose:" + c.region + ":" + c.account + ":deliverystream/" + c.name;
  d.delivery_stream_type = c.source ? "KinesisStreamAsSource" : "DirectPut";
  d.version_id = c.version;
  d.create_timestamp = c.created;
  if (c.source) {
    d.source.emplace().kinesis_stream_source_description =
        KinesisStreamSourceDescription{c.source->stream_arn, c.source->role_arn, c.created};
  }
  if (!request.exclusive_start_destination_id) d.destinations.push_back(describe_destination(c));
  co_return response;
}

}  // namespace

Operation describe_delivery_stream(Firehose& firehose) {
  return operation<Request, Response>("DescribeDeliveryStream", "firehose:DescribeDeliveryStream",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
