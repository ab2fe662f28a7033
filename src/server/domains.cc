#include "server/domains.h"

#include <cstdio>
#include <utility>

#include "access/identities.h"
#include "access/service_keys.h"
#include "delivery/deliveries.h"
#include "delivery/store_sink.h"
#include "objects/object_store.h"
#include "server/metrics.h"
#include "services/firehose/firehose.h"
#include "services/iam/iam.h"
#include "services/kinesis/kinesis.h"
#include "services/s3/s3.h"
#include "services/sts/sts.h"
#include "streams/streams.h"

namespace headrace::server {
namespace {

void warn(const std::string& line) { std::fprintf(stderr, "headrace: %s\n", line.c_str()); }

delivery::FindSource find_source(streams::Streams& streams) {
  return [&streams](const delivery::KinesisSource& source) -> Result<delivery::Worker::Source> {
    ASSIGN_OR_RETURN(streams::Source found, streams.source(source.storage_stream));
    return delivery::Worker::Source{.stream = found.stream,
                                    .lanes = std::move(found.lanes),
                                    .not_before_ms = std::move(found.not_before_ms),
                                    .open = std::move(found.open)};
  };
}

streams::KeyRing key_ring(access::ServiceKeys& keys) {
  const auto use_of = [](const streams::KeyRing::Use& use) {
    return access::KeyUse{.key_id = use.key_id,
                          .account = use.account,
                          .region = use.region,
                          .context = "aws:kinesis:arn=" + use.stream_arn};
  };
  return {.wrap = [&keys, use_of](const streams::KeyRing::Use& use,
                                  std::string_view plain) { return keys.wrap(use_of(use), plain); },
          .unwrap = [&keys, use_of](
                        const streams::KeyRing::Use& use,
                        std::string_view wrapped) { return keys.unwrap(use_of(use), wrapped); }};
}

}  // namespace

std::vector<storage::Schema> schemas() {
  return {streams::schema(), objects::schema(), access::schema(), delivery::schema()};
}

// Made from top to bottom, destroyed from bottom to top.
struct Domains::State {
  explicit State(const Environment& e)
      : store(e.store),
        service_keys(e.disk, e.data_dir, e.random, e.kms_root),
        streams({.store = e.store,
                 .clock = e.clock,
                 .random = e.random,
                 .pool = e.pool,
                 .limits = e.limits ? streams::Limits::kAws : streams::Limits::kNone,
                 .transition_ms = e.transition_ms,
                 .warn = warn,
                 .key_ring = key_ring(service_keys)}),
        objects(e.store, e.clock, e.random, e.pool),
        identities(e.store),
        sink(objects),
        deliveries({.store = e.store,
                    .clock = e.clock,
                    .random = e.random,
                    .sink = sink,
                    .pool = e.pool,
                    .find_source = find_source(streams),
                    .warn = warn}),
        kinesis{.streams = streams, .clock = e.clock},
        firehose{.deliveries = deliveries,
                 .clock = e.clock,
                 .find_stream = [this](const std::string& arn) -> Result<std::uint64_t> {
                   ASSIGN_OR_RETURN(const streams::Source found, streams.source(arn));
                   return found.stream;
                 }},
        s3{.objects = objects, .clock = e.clock, .random = e.random, .region = e.region},
        iam{.identities = identities,
            .clock = e.clock,
            .random = e.random,
            .root_created = e.root_created} {}

  storage::Store& store;
  access::ServiceKeys service_keys;
  streams::Streams streams;
  objects::ObjectStore objects;
  access::Identities identities;
  delivery::StoreSink sink;
  delivery::Deliveries deliveries;
  services::kinesis::Kinesis kinesis;
  services::firehose::Firehose firehose;
  services::s3::S3 s3;
  services::iam::Iam iam;
};

Domains::Domains(const Environment& environment) : state_(std::make_unique<State>(environment)) {}
Domains::~Domains() = default;

Status Domains::start() {
  RETURN_IF_ERROR(state_->streams.start());
  return state_->deliveries.start();
}

void Domains::stop() {
  state_->deliveries.stop();
  state_->streams.stop();
}

std::string Domains::metrics() const { return metrics_text(state_->streams); }

std::vector<services::Service> Domains::services() {
  using services::Protocol;
  State& s = *state_;
  return {{.signing_name = "kinesis",
           .protocol = Protocol::kAwsJson,
           .target_prefix = "Kinesis_20131202",
           .operations = services::kinesis::operations(s.kinesis),
           .wire_error = services::kinesis::wire_error},
          {.signing_name = "firehose",
           .protocol = Protocol::kAwsJson,
           .target_prefix = "Firehose_20150804",
           .operations = services::firehose::operations(s.firehose),
           .wire_error = services::firehose::wire_error},
          {.signing_name = "s3",
           .protocol = Protocol::kRestXml,
           .xml_namespace = services::s3::kXmlNamespace,
           .operations = services::s3::operations(s.s3),
           .wire_error = services::s3::wire_error},
          {.signing_name = "iam",
           .protocol = Protocol::kAwsQuery,
           .version = services::iam::kVersion,
           .xml_namespace = services::iam::kXmlNamespace,
           .operations = services::iam::operations(s.iam),
           .wire_error = services::iam::wire_error},
          {.signing_name = "sts",
           .protocol = Protocol::kAwsQuery,
           .version = services::sts::kVersion,
           .xml_namespace = services::sts::kXmlNamespace,
           .operations = services::sts::operations(),
           .wire_error = services::sts::wire_error}};
}

}  // namespace headrace::server
