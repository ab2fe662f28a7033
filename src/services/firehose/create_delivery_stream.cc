// CreateDeliveryStream: delivering when it returns; what is written before is not read.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "delivery/object_key.h"
#include "services/firehose/firehose.h"

namespace headrace::services::firehose {
namespace {

struct DirectPutSourceConfiguration {
  std::int32_t throughput_hint_in_mbs = 0;  // informational, on AWS as well
  static constexpr auto shape =
      wire::structure(wire::member<&DirectPutSourceConfiguration::throughput_hint_in_mbs>(
          "ThroughputHintInMBs", wire::required, wire::range(1, 100)));
};

struct KinesisStreamSourceConfiguration {
  std::string kinesis_stream_arn;
  std::string role_arn;
  static constexpr auto shape = wire::structure(
      wire::member<&KinesisStreamSourceConfiguration::kinesis_stream_arn>(
          "KinesisStreamARN", wire::required, wire::length(1, 512), wire::pattern(kStreamPattern)),
      wire::member<&KinesisStreamSourceConfiguration::role_arn>(
          "RoleARN", wire::required, wire::length(1, 512), wire::pattern(kRolePattern)));
};

struct S3DestinationConfiguration {
  std::string role_arn;
  std::string bucket_arn;
  std::optional<std::string> prefix;
  std::optional<std::string> error_output_prefix;
  std::optional<BufferingHints> buffering_hints;
  std::optional<std::string> compression_format;
  std::optional<EncryptionConfiguration> encryption_configuration;
  std::optional<CloudWatchLoggingOptions> cloud_watch_logging_options;
  static constexpr auto shape = wire::structure(
      wire::member<&S3DestinationConfiguration::role_arn>(
          "RoleARN", wire::required, wire::length(1, 512), wire::pattern(kRolePattern)),
      wire::member<&S3DestinationConfiguration::bucket_arn>(
          "BucketARN", wire::required, wire::length(1, 2048), wire::pattern(kBucketPattern)),
      wire::member<&S3DestinationConfiguration::prefix>("Prefix", wire::length(0, 1024),
                                                        wire::pattern(".*")),
      wire::member<&S3DestinationConfiguration::error_output_prefix>(
          "ErrorOutputPrefix", wire::length(0, 1024), wire::pattern(".*")),
      wire::member<&S3DestinationConfiguration::buffering_hints>("BufferingHints"),
      wire::member<&S3DestinationConfiguration::compression_format>("CompressionFormat",
                                                                    wire::one_of(kCompressions)),
      wire::member<&S3DestinationConfiguration::encryption_configuration>(
          "EncryptionConfiguration"),
      wire::member<&S3DestinationConfiguration::cloud_watch_logging_options>(
          "CloudWatchLoggingOptions"));
};

struct ExtendedS3DestinationConfiguration {
  std::string role_arn;
  std::string bucket_arn;
  std::optional<std::string> prefix;
  std::optional<std::string> error_output_prefix;
  std::optional<BufferingHints> buffering_hints;
  std::optional<std::string> compression_format;
  std::optional<EncryptionConfiguration> encryption_configuration;
  std::optional<CloudWatchLoggingOptions> cloud_watch_logging_options;
  std::optional<ProcessingConfiguration> processing_configuration;
  std::optional<std::string> s3_backup_mode;
  std::optional<DataFormatConversionConfiguration> data_format_conversion_configuration;
  std::optional<DynamicPartitioningConfiguration> dynamic_partitioning_configuration;
  std::optional<std::string> file_extension;
  std::optional<std::string> custom_time_zone;
  static constexpr auto shape = wire::structure(
      wire::member<&ExtendedS3DestinationConfiguration::role_arn>(
          "RoleARN", wire::required, wire::length(1, 512), wire::pattern(kRolePattern)),
      wire::member<&ExtendedS3DestinationConfiguration::bucket_arn>(
          "BucketARN", wire::required, wire::length(1, 2048), wire::pattern(kBucketPattern)),
      wire::member<&ExtendedS3DestinationConfiguration::prefix>("Prefix", wire::length(0, 1024),
                                                                wire::pattern(".*")),
      wire::member<&ExtendedS3DestinationConfiguration::error_output_prefix>(
          "ErrorOutputPrefix", wire::length(0, 1024), wire::pattern(".*")),
      wire::member<&ExtendedS3DestinationConfiguration::buffering_hints>("BufferingHints"),
      wire::member<&ExtendedS3DestinationConfiguration::compression_format>(
          "CompressionFormat", wire::one_of(kCompressions)),
      wire::member<&ExtendedS3DestinationConfiguration::encryption_configuration>(
          "EncryptionConfiguration"),
      wire::member<&ExtendedS3DestinationConfiguration::cloud_watch_logging_options>(
          "CloudWatchLoggingOptions"),
      wire::member<&ExtendedS3DestinationConfiguration::processing_configuration>(
          "ProcessingConfiguration"),
      wire::member<&ExtendedS3DestinationConfiguration::s3_backup_mode>(
          "S3BackupMode", wire::one_of("Disabled|Enabled")),
      wire::refused("S3BackupConfiguration"),
      wire::member<&ExtendedS3DestinationConfiguration::data_format_conversion_configuration>(
          "DataFormatConversionConfiguration"),
      wire::member<&ExtendedS3DestinationConfiguration::dynamic_partitioning_configuration>(
          "DynamicPartitioningConfiguration"),
      wire::member<&ExtendedS3DestinationConfiguration::file_extension>(
          "FileExtension", wire::length(0, 128), wire::pattern("^$|\\.[0-9a-z!\\-_.*'()]+")),
      wire::member<&ExtendedS3DestinationConfiguration::custom_time_zone>(
          "CustomTimeZone", wire::length(0, 50), wire::pattern("^$|[a-zA-Z/_]+")));
};

struct Request {
  std::string delivery_stream_name;
  std::optional<std::string> delivery_stream_type;
  std::optional<DirectPutSourceConfiguration> direct_put_source_configuration;
  std::optional<KinesisStreamSourceConfiguration> kinesis_stream_source_configuration;
  std::optional<S3DestinationConfiguration> s3_destination_configuration;
  std::optional<ExtendedS3DestinationConfiguration> extended_s3_destination_configuration;
  std::optional<std::vector<Tag>> tags;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::delivery_stream_name>(
          "DeliveryStreamName", wire::required, wire::length(1, 64), wire::pattern(kNamePattern)),
      wire::member<&Request::delivery_stream_type>("DeliveryStreamType", wire::one_of(kTypes)),
      wire::member<&Request::direct_put_source_configuration>("DirectPutSourceConfiguration"),
      wire::member<&Request::kinesis_stream_source_configuration>(
          "KinesisStreamSourceConfiguration"),
      wire::refused("DeliveryStreamEncryptionConfigurationInput"),
      wire::member<&Request::s3_destination_configuration>("S3DestinationConfiguration"),
      wire::member<&Request::extended_s3_destination_configuration>(
          "ExtendedS3DestinationConfiguration"),
      wire::refused("RedshiftDestinationConfiguration"),
      wire::refused("ElasticsearchDestinationConfiguration"),
      wire::refused("AmazonopensearchserviceDestinationConfiguration"),
      wire::refused("SplunkDestinationConfiguration"),
      wire::refused("HttpEndpointDestinationConfiguration"),
      wire::member<&Request::tags>("Tags", wire::length(1, 50)),
      wire::refused("AmazonOpenSearchServerlessDestinationConfiguration"),
      wire::refused("MSKSourceConfiguration"), wire::refused("SnowflakeDestinationConfiguration"),
      wire::refused("IcebergDestinationConfiguration"),
      wire::refused("DatabaseSourceConfiguration"));
};

struct Response {
  std::string delivery_stream_arn;
  static constexpr auto shape = wire::structure(wire::member<&Response::delivery_stream_arn>(
      "DeliveryStreamARN", wire::length(1, 512), wire::pattern(kDeliveryStreamPattern)));
};

std::unexpected<Error> not_there(const std::string& member) {
  return fail(ErrorCode::kInvalidArgument, "Headrace does not support " + member + " yet");
}

// The plain S3 destination says the same with fewer members.
ExtendedS3DestinationConfiguration extended(const S3DestinationConfiguration& plain) {
  ExtendedS3DestinationConfiguration e;
  e.role_arn = plain.role_arn;
  e.bucket_arn = plain.bucket_arn;
  e.prefix = plain.prefix;
  e.error_output_prefix = plain.error_output_prefix;
  e.buffering_hints = plain.buffering_hints;
  e.compression_format = plain.compression_format;
  e.encryption_configuration = plain.encryption_configuration;
  e.cloud_watch_logging_options = plain.cloud_watch_logging_options;
  return e;
}

// What is asked for and cannot be honoured is refused, never dropped.
Status check_supported(const ExtendedS3DestinationConfiguration& d) {
  if (d.processing_configuration) {
    const auto& p = *d.processing_configuration;
    if (p.enabled.value_or(true) || (p.processors && !p.processors->empty())) {
      return not_there("ProcessingConfiguration");
    }
  }
  if (d.s3_backup_mode == "Enabled") return not_there("S3BackupMode Enabled");
  if (d.data_format_conversion_configuration &&
      d.data_format_conversion_configuration->enabled.value_or(true)) {
    return not_there("DataFormatConversionConfiguration");
  }
  if (d.dynamic_partitioning_configuration &&
      d.dynamic_partitioning_configuration->enabled.value_or(true)) {
    return not_there("DynamicPartitioningConfiguration");
  }
  if (d.cloud_watch_logging_options && d.cloud_watch_logging_options->enabled.value_or(false)) {
    return not_there("CloudWatchLoggingOptions");
  }
  const std::string& zone = d.custom_time_zone.value_or("");
  if (!zone.empty() && zone != "UTC") return not_there("CustomTimeZone " + zone);
  const std::string& compression = d.compression_format.value_or("UNCOMPRESSED");
  if (compression != "UNCOMPRESSED" && compression != "GZIP") {
    return not_there("CompressionFormat " + compression);
  }
  return {};
}

Status check_prefixes(const ExtendedS3DestinationConfiguration& d) {
  using delivery::Prefix;
  ASSIGN_OR_RETURN(const Prefix prefix, Prefix::parse(d.prefix.value_or(""), Prefix::Use::kPrefix));
  const std::string& error_text = d.error_output_prefix.value_or("");
  ASSIGN_OR_RETURN(const Prefix error_prefix,
                   Prefix::parse(error_text, Prefix::Use::kErrorOutputPrefix));
  if (prefix.has_expressions() && error_text.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "Ths supplied prefix(es) do not satisfy the following constraint: "
                "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions");
  }
  if (error_prefix.has_expressions() && !error_prefix.has_error_output_type()) {
    return fail(ErrorCode::kInvalidArgument,
                "Ths supplied prefix(es) do not satisfy the following constraint: "
                "ErrorOutputPrefix must contain !{firehose:error-output-type} when it contains "
                "expressions");
  }
  return {};
}

Status apply_destination(const ExtendedS3DestinationConfiguration& d,
                         delivery::Configuration* configuration) {
  RETURN_IF_ERROR(check_supported(d));
  RETURN_IF_ERROR(check_prefixes(d));
  if (d.buffering_hints) {
    const BufferingHints& hints = *d.buffering_hints;
    if (hints.size_in_mbs.has_value() != hints.interval_in_seconds.has_value()) {
      return fail(ErrorCode::kInvalidArgument,
                  "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure "
                  "buffering.");
    }
    if (hints.size_in_mbs) {
      configuration->hints = {*hints.size_in_mbs, *hints.interval_in_seconds};
    }
  }
  configuration->role_arn = d.role_arn;
  configuration->bucket = d.bucket_arn.substr(d.bucket_arn.rfind(':') + 1);
  configuration->prefix = d.prefix.value_or("");
  configuration->error_output_prefix = d.error_output_prefix.value_or("");
  configuration->file_extension = d.file_extension.value_or("");
  configuration->compression = d.compression_format.value_or("UNCOMPRESSED") == "GZIP"
                                   ? delivery::Compression::kGzip
                                   : delivery::Compression::kUncompressed;
  return {};
}

Status apply_source(Firehose& firehose, const Request& request,
                    delivery::Configuration* configuration) {
  const std::string& type = request.delivery_stream_type.value_or("DirectPut");
  if (type != "DirectPut" && type != "KinesisStreamAsSource") {
    return not_there("DeliveryStreamType " + type);
  }
  const bool reads_stream = type == "KinesisStreamAsSource";
  if (reads_stream != request.kinesis_stream_source_configuration.has_value() ||
      (reads_stream && request.direct_put_source_configuration)) {
    return fail(ErrorCode::kInvalidArgument,
                reads_stream ? "KinesisStreamSourceConfiguration is required, and no other source "
                               "configuration, for KinesisStreamAsSource delivery stream type."
                             : "KinesisStreamSourceConfiguration is only allowed for "
                               "KinesisStreamAsSource delivery stream type.");
  }
  if (!reads_stream) return {};
  const auto& source = *request.kinesis_stream_source_configuration;
  ASSIGN_OR_RETURN(const std::uint64_t stream, firehose.find_stream(source.kinesis_stream_arn));
  configuration->source =
      delivery::KinesisSource{source.kinesis_stream_arn, source.role_arn, stream};
  return {};
}

boost::asio::awaitable<Result<Response>> handle(Firehose& firehose, Caller caller,
                                                Request request) {
  if (request.s3_destination_configuration.has_value() ==
      request.extended_s3_destination_configuration.has_value()) {
    co_return fail(ErrorCode::kInvalidArgument,
                   "Exactly one destination configuration is supported for a Firehose");
  }
  delivery::Configuration configuration;
  configuration.account = caller.account;
  configuration.region = caller.region;
  configuration.name = request.delivery_stream_name;
  configuration.extended = request.extended_s3_destination_configuration.has_value();
  configuration.created = firehose.clock.wall_now();
  CO_RETURN_IF_ERROR(apply_destination(configuration.extended
                                           ? *request.extended_s3_destination_configuration
                                           : extended(*request.s3_destination_configuration),
                                       &configuration));
  CO_RETURN_IF_ERROR(apply_source(firehose, request, &configuration));
  delivery::Tags tags;
  for (const Tag& tag : request.tags.value_or(std::vector<Tag>{})) {
    tags[tag.key] = tag.value.value_or("");
  }
  Response response{.delivery_stream_arn = "arn:aws:firehose:" + caller.region + ":" +
                                           caller.account + ":deliverystream/" +
                                           configuration.name};
  Status created = co_await firehose.deliveries.create(std::move(configuration), std::move(tags));
  if (!created) co_return std::unexpected(created.error());
  co_return response;
}

}  // namespace

Operation create_delivery_stream(Firehose& firehose) {
  return operation<Request, Response>("CreateDeliveryStream", "firehose:CreateDeliveryStream",
                                      std::bind_front(handle, std::ref(firehose)));
}

}  // namespace headrace::services::firehose
