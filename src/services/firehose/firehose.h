// What the Firehose operations work on, and the shapes that several of them share.
//
// Source: the service model of Data Firehose, API version 2015-08-04.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "delivery/deliveries.h"
#include "services/operation.h"
#include "wire/shape.h"

namespace headrace::services::firehose {

struct Firehose {
  delivery::Deliveries& deliveries;
  Clock& clock;
  // The storage id of the Kinesis stream with this ARN; kNotFound.
  std::function<Result<std::uint64_t>(const std::string& stream_arn)> find_stream;
};

// Every operation there is.
std::vector<Operation> operations(Firehose& firehose);

WireError wire_error(const Error& error);

inline constexpr std::string_view kNamePattern = "[a-zA-Z0-9_.-]+";
inline constexpr std::string_view kRolePattern = "arn:.*:iam::\\d{12}:role/[a-zA-Z_0-9+=,.@\\-_/]+";
inline constexpr std::string_view kBucketPattern = "arn:.*:s3:::[\\w\\.\\-]{1,255}";
inline constexpr std::string_view kStreamPattern =
    "arn:.*:kinesis:[a-zA-Z0-9\\-]+:\\d{12}:stream/[a-zA-Z0-9_.-]+";
inline constexpr std::string_view kDeliveryStreamPattern =
    "arn:.*:firehose:[a-zA-Z0-9\\-]+:\\d{12}:deliverystream/[a-zA-Z0-9._-]+";
inline constexpr std::string_view kTagKeyPattern = "^(?!aws:)[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$";
inline constexpr std::string_view kTagValuePattern = "^[\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@%]*$";
inline constexpr std::string_view kTypes =
    "DirectPut|KinesisStreamAsSource|MSKAsSource|DatabaseAsSource";
inline constexpr std::string_view kCompressions = "UNCOMPRESSED|GZIP|ZIP|Snappy|HADOOP_SNAPPY";
inline constexpr std::string_view kDestinationId = "destinationId-000000000001";

struct Tag {
  std::string key;
  std::optional<std::string> value;
  static constexpr auto shape = wire::structure(
      wire::member<&Tag::key>("Key", wire::required, wire::length(1, 128),
                              wire::pattern(kTagKeyPattern)),
      wire::member<&Tag::value>("Value", wire::length(0, 256), wire::pattern(kTagValuePattern)));
};

struct Record {
  Bytes data;
  static constexpr auto shape = wire::structure(
      wire::member<&Record::data>("Data", wire::required, wire::length(0, 1'024'000)));
};

struct BufferingHints {
  std::optional<std::int32_t> size_in_mbs;
  std::optional<std::int32_t> interval_in_seconds;
  static constexpr auto shape = wire::structure(
      wire::member<&BufferingHints::size_in_mbs>("SizeInMBs", wire::range(1, 128)),
      wire::member<&BufferingHints::interval_in_seconds>("IntervalInSeconds", wire::range(0, 900)));
};

struct EncryptionConfiguration {
  std::optional<std::string> no_encryption_config;
  static constexpr auto shape =
      wire::structure(wire::member<&EncryptionConfiguration::no_encryption_config>(
                          "NoEncryptionConfig", wire::one_of("NoEncryption")),
                      wire::refused("KMSEncryptionConfig"));
};

struct CloudWatchLoggingOptions {
  std::optional<bool> enabled;
  std::optional<std::string> log_group_name;
  std::optional<std::string> log_stream_name;
  static constexpr auto shape = wire::structure(
      wire::member<&CloudWatchLoggingOptions::enabled>("Enabled"),
      wire::member<&CloudWatchLoggingOptions::log_group_name>(
          "LogGroupName", wire::length(0, 512), wire::pattern("[\\.\\-_/#A-Za-z0-9]*")),
      wire::member<&CloudWatchLoggingOptions::log_stream_name>(
          "LogStreamName", wire::length(0, 512), wire::pattern("[^:*]*")));
};

// Processors, conversion and partitioning are known by name only: the handler refuses a block that
// is switched on, and one that is switched off changes nothing.
struct Processor {
  std::string type;
  static constexpr auto shape = wire::structure(
      wire::member<&Processor::type>(
          "Type", wire::required,
          wire::one_of("RecordDeAggregation|Decompression|CloudWatchLogProcessing|Lambda|"
                       "MetadataExtraction|AppendDelimiterToRecord")),
      wire::refused("Parameters"));
};

struct ProcessingConfiguration {
  std::optional<bool> enabled;
  std::optional<std::vector<Processor>> processors;
  static constexpr auto shape =
      wire::structure(wire::member<&ProcessingConfiguration::enabled>("Enabled"),
                      wire::member<&ProcessingConfiguration::processors>("Processors"));
};

struct DataFormatConversionConfiguration {
  std::optional<bool> enabled;
  static constexpr auto shape = wire::structure(
      wire::refused("SchemaConfiguration"), wire::refused("InputFormatConfiguration"),
      wire::refused("OutputFormatConfiguration"),
      wire::member<&DataFormatConversionConfiguration::enabled>("Enabled"));
};

struct DynamicPartitioningConfiguration {
  std::optional<bool> enabled;
  static constexpr auto shape =
      wire::structure(wire::refused("RetryOptions"),
                      wire::member<&DynamicPartitioningConfiguration::enabled>("Enabled"));
};

}  // namespace headrace::services::firehose
