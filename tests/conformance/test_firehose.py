"""Data Firehose through boto3 and the AWS CLI: configuration, buffering, keys, delivery."""

import gzip
import re
import time

import pytest

from headrace_server import wait_until
from wire_calls import error_name, json_call, refused

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/delivery"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
STAMP = r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d"


def destination(bucket, **more):
    return {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1}, **more}


def create(firehose, name, bucket, **more):
    answer = firehose.create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(bucket, **more))
    wait_until(lambda: status(firehose, name) == "ACTIVE")
    return answer["DeliveryStreamARN"]


def describe(firehose, name):
    return firehose.describe_delivery_stream(
        DeliveryStreamName=name)["DeliveryStreamDescription"]


def status(firehose, name):
    return describe(firehose, name)["DeliveryStreamStatus"]


def objects(s3, bucket):
    """{key: bytes}, decompressed when the object says that it is gzip."""
    found = {}
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        answer = s3.get_object(Bucket=bucket, Key=item["Key"])
        body = answer["Body"].read()
        found[item["Key"]] = (
            gzip.decompress(body) if answer.get("ContentEncoding") == "gzip" else body)
    return found


def delivered(s3, bucket, size, seconds=20):
    """The objects once they hold `size` bytes in all."""
    return wait_until(lambda: (found := objects(s3, bucket)) and
                      sum(map(len, found.values())) >= size and found, seconds)


@pytest.fixture
def delivery(firehose, name, bucket):
    create(firehose, name, bucket)
    yield name
    firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_a_delivery_stream_is_described_with_its_defaults_filled_in(firehose, name, bucket):
    arn = firehose.create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}"})["DeliveryStreamARN"]
    assert arn == f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/{name}"
    wait_until(lambda: status(firehose, name) == "ACTIVE")
    described = describe(firehose, name)
    assert described["DeliveryStreamARN"] == arn
    assert described["DeliveryStreamType"] == "DirectPut" and described["VersionId"] == "1"
    assert described["HasMoreDestinations"] is False
    target, = described["Destinations"]
    assert target["DestinationId"] == "destinationId-000000000001"
    extended = target["ExtendedS3DestinationDescription"]
    assert extended["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert extended["CompressionFormat"] == "UNCOMPRESSED"
    assert extended["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}
    assert target["S3DestinationDescription"]["BucketARN"] == f"arn:aws:s3:::{bucket}"
    firehose.delete_delivery_stream(DeliveryStreamName=name)
    with refused("ResourceNotFoundException", f"Firehose {name} under account {ACCOUNT} not found"):
        wait_until(lambda: describe(firehose, name) and False, 5)


def test_the_older_s3_configuration_is_accepted(firehose, s3, name, bucket):
    firehose.create_delivery_stream(DeliveryStreamName=name,
                                    S3DestinationConfiguration=destination(bucket))
    wait_until(lambda: status(firehose, name) == "ACTIVE")
    firehose.put_record(DeliveryStreamName=name, Record={"Data": b"plain"})
    assert list(delivered(s3, bucket, 5).values()) == [b"plain"]
    firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_delivery_streams_are_listed_in_order_and_in_pages(firehose, name, bucket):
    names = [f"{name}-{letter}" for letter in "ba"]
    for each in names:
        create(firehose, each, bucket)
    page = firehose.list_delivery_streams(
        ExclusiveStartDeliveryStreamName=f"{name}-", Limit=1, DeliveryStreamType="DirectPut")
    assert page["DeliveryStreamNames"] == [f"{name}-a"] and page["HasMoreDeliveryStreams"] is True
    page = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName=f"{name}-a", Limit=1)
    assert page["DeliveryStreamNames"] == [f"{name}-b"]
    for each in names:
        firehose.delete_delivery_stream(DeliveryStreamName=each)


def test_tags_are_added_listed_and_removed(firehose, delivery):
    firehose.tag_delivery_stream(DeliveryStreamName=delivery, Tags=[
        {"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}])
    listed = firehose.list_tags_for_delivery_stream(DeliveryStreamName=delivery)
    assert sorted((tag["Key"], tag["Value"]) for tag in listed["Tags"]) == [("a", "1"), ("b", "2")]
    assert listed["HasMoreTags"] is False
    firehose.untag_delivery_stream(DeliveryStreamName=delivery, TagKeys=["a", "none"])
    listed = firehose.list_tags_for_delivery_stream(DeliveryStreamName=delivery)
    assert [tag["Key"] for tag in listed["Tags"]] == ["b"]


def test_records_are_joined_verbatim_under_the_default_key(firehose, s3, delivery, bucket):
    put = firehose.put_record_batch(DeliveryStreamName=delivery, Records=[
        {"Data": b"abc"}, {"Data": b""}, {"Data": bytes(range(256))}])
    assert put["FailedPutCount"] == 0 and put["Encrypted"] is False
    assert len({entry["RecordId"] for entry in put["RequestResponses"]}) == 3
    (key, body), = delivered(s3, bucket, 259).items()
    assert body == b"abc" + bytes(range(256))
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/\d\d/{delivery}-1-{STAMP}-{UUID}", key)
    head = s3.head_object(Bucket=bucket, Key=key)
    assert head["ContentType"] == "application/octet-stream" and "ContentEncoding" not in head


def test_gzip_objects_carry_their_name_and_encoding(firehose, s3, name, bucket):
    create(firehose, name, bucket, CompressionFormat="GZIP")
    lines = b"".join(b'{"line": %d}\n' % index for index in range(1000))
    firehose.put_record(DeliveryStreamName=name, Record={"Data": lines})
    (key, body), = delivered(s3, bucket, len(lines)).items()
    assert key.endswith(".gz") and body == lines
    head = s3.head_object(Bucket=bucket, Key=key)
    assert head["ContentEncoding"] == "gzip" and head["ContentLength"] < len(lines) / 4
    firehose.delete_delivery_stream(DeliveryStreamName=name)


@pytest.mark.parametrize("prefix,error_prefix,pattern", [
    ("logs/", None, r"logs/\d{4}/\d\d/\d\d/\d\d/"),
    ("legacy", None, r"legacy\d{4}/\d\d/\d\d/\d\d/"),
    ("y=!{timestamp:yyyy}/m=!{timestamp:MM}/", "e/!{firehose:error-output-type}/",
     r"y=\d{4}/m=\d\d/"),
    ("!{timestamp:yyyy'x'MM}-", "e/!{firehose:error-output-type}/", r"\d{4}x\d\d-"),
])
def test_the_prefix_is_evaluated(firehose, s3, name, bucket, prefix, error_prefix, pattern):
    more = {"ErrorOutputPrefix": error_prefix} if error_prefix else {}
    create(firehose, name, bucket, Prefix=prefix, **more)
    firehose.put_record(DeliveryStreamName=name, Record={"Data": b"x"})
    key, = delivered(s3, bucket, 1)
    assert re.fullmatch(rf"{pattern}{name}-1-{STAMP}-{UUID}", key)
    firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_a_full_buffer_does_not_wait_for_its_interval(firehose, s3, name, bucket):
    create(firehose, name, bucket, BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    for _ in range(5):
        firehose.put_record_batch(DeliveryStreamName=name,
                                  Records=[{"Data": b"x" * 250_000}] * 1)
    found = delivered(s3, bucket, 2**20 - 250_000, 10)
    assert all(len(body) % 250_000 == 0 for body in found.values())
    firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_a_stream_is_followed_from_activation_on(kinesis, firehose, s3, stream, name, bucket):
    kinesis.put_record(StreamName=stream, Data=b"before", PartitionKey="k")
    arn = kinesis.describe_stream_summary(
        StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    firehose.create_delivery_stream(
        DeliveryStreamName=f"{name}-d", DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": ROLE},
        ExtendedS3DestinationConfiguration=destination(bucket))
    wait_until(lambda: status(firehose, f"{name}-d") == "ACTIVE")
    source = describe(firehose, f"{name}-d")["Source"]["KinesisStreamSourceDescription"]
    assert source["KinesisStreamARN"] == arn and source["DeliveryStartTimestamp"]
    kinesis.put_records(StreamName=stream, Records=[
        {"Data": b"%03d\n" % index, "PartitionKey": str(index)} for index in range(200)])
    found = delivered(s3, bucket, 800)
    lines = b"".join(found.values()).split(b"\n")[:-1]
    assert sorted(lines) == [b"%03d" % index for index in range(200)]
    with refused("InvalidArgumentException", "This operation is not permitted on "
                 "KinesisStreamAsSource delivery stream type."):
        firehose.put_record(DeliveryStreamName=f"{name}-d", Record={"Data": b"x"})
    firehose.delete_delivery_stream(DeliveryStreamName=f"{name}-d")


def test_delivery_waits_for_a_missing_bucket(firehose, s3, name):
    create(firehose, name, f"{name}-late")
    firehose.put_record(DeliveryStreamName=name, Record={"Data": b"patient"})
    time.sleep(2)
    s3.create_bucket(Bucket=f"{name}-late")
    assert list(delivered(s3, f"{name}-late", 7, 60).values()) == [b"patient"]
    firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_what_was_accepted_before_a_restart_is_delivered_once(start_server):
    server = start_server()
    firehose, s3 = server.client("firehose"), server.client("s3")
    s3.create_bucket(Bucket="kept")
    create(firehose, "d", "kept")
    for index in range(20):
        firehose.put_record(DeliveryStreamName="d", Record={"Data": b"%02d" % index})
    assert server.stop() == 0
    server.start()
    s3 = server.client("s3")
    found = delivered(s3, "kept", 40)
    time.sleep(2)
    assert objects(s3, "kept") == found
    assert b"".join(found[key] for key in sorted(found)) == b"".join(
        b"%02d" % index for index in range(20))


@pytest.mark.parametrize("change,code,message", [
    ({"CompressionFormat": "LZ4"}, "ValidationException",
     "at 'extendedS3DestinationConfiguration.compressionFormat' failed to satisfy constraint: "
     "Member must satisfy enum value set"),
    ({"BufferingHints": {"SizeInMBs": 0, "IntervalInSeconds": 60}}, "ValidationException",
     "sizeInMBs' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ({"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 901}}, "ValidationException",
     "intervalInSeconds' failed to satisfy constraint: Member must have value less than or equal "
     "to 900"),
    ({"BufferingHints": {"SizeInMBs": 1}}, "InvalidArgumentException", None),
    ({"Prefix": "!{timestamp:yyyy}/"}, "InvalidArgumentException",
     "Ths supplied prefix.es. do not satisfy the following constraint: ErrorOutputPrefix cannot "
     "be null or empty when Prefix contains expressions"),
    ({"Prefix": "!{firehose:error-output-type}/", "ErrorOutputPrefix": "e"},
     "InvalidArgumentException", None),
    ({"Prefix": "!{timestamp:yyyy", "ErrorOutputPrefix": "e"}, "InvalidArgumentException", None),
    ({"BucketARN": None}, "ValidationException",
     "Value null at 'extendedS3DestinationConfiguration.bucketARN' failed to satisfy constraint: "
     "Member must not be null"),
    ({"ProcessingConfiguration": {"Enabled": True, "Processors": [
        {"Type": "Lambda", "Parameters": []}]}}, "InvalidArgumentException",
     "(?i)processingConfiguration"),
    ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "InvalidArgumentException",
     "(?i)dynamicPartitioning"),
    ({"DataFormatConversionConfiguration": {"Enabled": True}}, "InvalidArgumentException",
     "(?i)dataFormatConversion"),
    ({"S3BackupMode": "Enabled"}, "InvalidArgumentException", "(?i)s3Backup"),
])
def test_a_bad_destination_is_refused(server, scheme, name, change, code, message):
    client = server.client("firehose", scheme, parameter_validation=False)
    configuration = {key: value for key, value in destination("b", **change).items()
                     if value is not None}
    with refused(code, message):
        client.create_delivery_stream(DeliveryStreamName=name,
                                      ExtendedS3DestinationConfiguration=configuration)
    assert name not in client.list_delivery_streams(Limit=10000)["DeliveryStreamNames"]


def test_what_terraform_always_sends_is_accepted(firehose, name, bucket):
    create(firehose, name, bucket, CustomTimeZone="UTC", FileExtension="", S3BackupMode="Disabled",
           DataFormatConversionConfiguration={"Enabled": False},
           ProcessingConfiguration={"Enabled": False, "Processors": []},
           EncryptionConfiguration={"NoEncryptionConfig": "NoEncryption"})
    firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_a_name_is_taken_once(firehose, delivery, bucket):
    with refused("ResourceInUseException",
                 f"Firehose {delivery} under accountId {ACCOUNT} already exists"):
        create(firehose, delivery, bucket)


def test_exactly_one_destination(firehose, name, bucket):
    with refused("InvalidArgumentException", "Exactly one destination configuration is supported"):
        firehose.create_delivery_stream(DeliveryStreamName=name)
    with refused("InvalidArgumentException", "Exactly one destination configuration is supported"):
        firehose.create_delivery_stream(
            DeliveryStreamName=name, S3DestinationConfiguration=destination(bucket),
            ExtendedS3DestinationConfiguration=destination(bucket))


def test_a_source_that_does_not_exist_is_refused(firehose, name, bucket):
    with pytest.raises(firehose.exceptions.ClientError) as info:
        firehose.create_delivery_stream(
            DeliveryStreamName=name, DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={
                "KinesisStreamARN": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/none",
                "RoleARN": ROLE},
            ExtendedS3DestinationConfiguration=destination(bucket))
    assert info.value.response["Error"]["Code"] in (
        "ResourceNotFoundException", "InvalidArgumentException")


def test_an_oversized_record_or_batch_is_refused_as_a_whole(server, scheme, s3, bucket, name):
    client = server.client("firehose", scheme, parameter_validation=False)
    create(client, name, bucket)
    with refused("ValidationException",
                 "Member must have length less than or equal to 1024000"):
        client.put_record(DeliveryStreamName=name, Record={"Data": b"x" * 1_024_001})
    with refused("ValidationException", "Member must have length less than or equal to 500"):
        client.put_record_batch(DeliveryStreamName=name, Records=[{"Data": b"x"}] * 501)
    with refused("InvalidArgumentException"):
        client.put_record_batch(DeliveryStreamName=name,
                                Records=[{"Data": b"x" * 1_000_000}] * 5)
    with refused("ResourceNotFoundException", f"Firehose none under account {ACCOUNT} not found"):
        client.put_record(DeliveryStreamName="none", Record={"Data": b"x"})
    time.sleep(1.5)
    assert objects(s3, bucket) == {}
    client.delete_delivery_stream(DeliveryStreamName=name)


def test_unknown_operations_and_bad_bodies_are_the_clients_mistake(server):
    for target, body, name in [
            ("Firehose_20150804.Nothing", b"{}", "UnknownOperationException"),
            ("Firehose_20150804.PutRecord", b"{", "SerializationException"),
            ("Firehose_20150804.PutRecord", b'{"DeliveryStreamName": []}',
             "SerializationException"),
            ("Firehose_20150804.PutRecord", b"{}", "ValidationException")]:
        status_code, answer, _ = json_call(server, target, body)
        assert (status_code, error_name(answer)) == (400, name)


def test_the_cli_walks_through_a_delivery_stream(server, scheme, s3, name, bucket):
    def aws(*arguments):
        return server.aws_json("firehose", *arguments, "--delivery-stream-name", name,
                               scheme=scheme)

    aws("create-delivery-stream", "--extended-s3-destination-configuration",
        f"RoleARN={ROLE},BucketARN=arn:aws:s3:::{bucket},CompressionFormat=GZIP,"
        "BufferingHints={SizeInMBs=1,IntervalInSeconds=1}")
    wait_until(lambda: aws("describe-delivery-stream")["DeliveryStreamDescription"][
        "DeliveryStreamStatus"] == "ACTIVE")
    aws("put-record", "--record", "Data=hello")
    aws("put-record-batch", "--records", '[{"Data": "a"}, {"Data": "b"}]')
    assert b"".join(delivered(s3, bucket, 7).values()) == b"helloab"
    aws("delete-delivery-stream")
