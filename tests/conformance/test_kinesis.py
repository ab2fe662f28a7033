"""Kinesis Data Streams through boto3, the AWS CLI and requests that no SDK sends."""

import base64
import datetime
import hashlib
import json
import re
import time

import pytest

from headrace_server import wait_until
from wire_calls import error_name, json_call, refused

ACCOUNT = "000000000000"
HASH_KEYS = 2**128


def arn_of(name):
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"


def shards_of(kinesis, stream):
    return [shard["ShardId"] for shard in kinesis.list_shards(StreamName=stream)["Shards"]]


def iterator(kinesis, stream, shard, kind="TRIM_HORIZON", **more):
    return kinesis.get_shard_iterator(
        StreamName=stream, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]


def read(kinesis, stream, shard, kind="TRIM_HORIZON", **more):
    """All records from there to the tip."""
    position, records = iterator(kinesis, stream, shard, kind, **more), []
    while True:
        answer = kinesis.get_records(ShardIterator=position)
        records += answer["Records"]
        position = answer["NextShardIterator"]
        if not answer["Records"] and answer["MillisBehindLatest"] == 0:
            return records


def shard_of(key, count):
    number = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
    return f"shardId-{min(number // (HASH_KEYS // count), count - 1):012d}"


# Streams.


def test_a_stream_is_created_described_and_deleted(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=3)
    summary = wait_until(lambda: active(kinesis, name))
    assert summary["StreamARN"] == arn_of(name)
    assert summary["OpenShardCount"] == 3
    assert summary["RetentionPeriodHours"] == 24
    assert summary["StreamModeDetails"]["StreamMode"] == "PROVISIONED"
    assert summary["EncryptionType"] == "NONE"
    assert abs(summary["StreamCreationTimestamp"].timestamp() - time.time()) < 60
    described = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    assert described["StreamStatus"] == "ACTIVE" and described["HasMoreShards"] is False
    assert [shard["ShardId"] for shard in described["Shards"]] == [
        f"shardId-{index:012d}" for index in range(3)]
    kinesis.delete_stream(StreamName=name)
    with refused("ResourceNotFoundException", f"Stream {name} under account {ACCOUNT} not found"):
        wait_until(lambda: kinesis.describe_stream_summary(StreamName=name) and False, 5)


def active(kinesis, name):
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    return summary if summary["StreamStatus"] == "ACTIVE" else None


def gone(kinesis, name):
    try:
        kinesis.describe_stream_summary(StreamName=name)
    except kinesis.exceptions.ResourceNotFoundException:
        return True
    return False


def test_a_stream_is_busy_while_it_is_created_or_deleted(start_server):
    server = start_server("--clock", "virtual")
    client = server.client("kinesis")
    client.create_stream(StreamName="s", ShardCount=1)
    summary = client.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    assert summary["StreamStatus"] == "CREATING" and summary["OpenShardCount"] == 0
    with refused("ResourceNotFoundException"):
        client.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    with refused("ResourceInUseException"):
        client.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=48)
    server.advance(1000)
    assert active(client, "s")["OpenShardCount"] == 1
    client.delete_stream(StreamName="s")
    summary = client.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    assert summary["StreamStatus"] == "DELETING"
    with refused("ResourceInUseException"):
        client.create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)
    assert gone(client, "s")


def test_shards_share_the_hash_keys_without_gap(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=3)
    wait_until(lambda: active(kinesis, name))
    ranges = [shard["HashKeyRange"] for shard in kinesis.list_shards(StreamName=name)["Shards"]]
    edges = [(int(r["StartingHashKey"]), int(r["EndingHashKey"])) for r in ranges]
    assert edges[0][0] == 0 and edges[-1][1] == HASH_KEYS - 1
    assert all(low[1] + 1 == high[0] for low, high in zip(edges, edges[1:]))
    kinesis.delete_stream(StreamName=name)


def test_an_existing_stream_is_not_created_again(kinesis, stream):
    with refused("ResourceInUseException",
                 f"Stream {stream} under account {ACCOUNT} already exists"):
        kinesis.create_stream(StreamName=stream, ShardCount=1)


def test_streams_are_listed_in_order_and_in_pages(kinesis, name):
    names = [f"{name}-{letter}" for letter in "cab"]
    for each in names:
        kinesis.create_stream(StreamName=each, ShardCount=1)
    listed = [each for page in kinesis.get_paginator("list_streams").paginate(Limit=1)
              for each in page["StreamNames"]]
    assert [each for each in listed if each in names] == sorted(names)
    after = kinesis.list_streams(ExclusiveStartStreamName=f"{name}-b", Limit=1)
    assert after["StreamNames"] == [f"{name}-c"]
    for each in names:
        kinesis.delete_stream(StreamName=each)


def test_shards_are_listed_in_pages(kinesis, stream):
    first = kinesis.list_shards(StreamName=stream, MaxResults=1)
    assert len(first["Shards"]) == 1
    second = kinesis.list_shards(NextToken=first["NextToken"])
    assert [shard["ShardId"] for shard in second["Shards"]] == ["shardId-000000000001"]
    assert "NextToken" not in second
    with refused("InvalidArgumentException"):
        kinesis.list_shards(StreamName=stream, NextToken=first["NextToken"])


def test_tags_are_added_listed_and_removed(kinesis, stream):
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"b": "2", "a": "1"})
    kinesis.add_tags_to_stream(StreamARN=arn_of(stream), Tags={"a": "one"})
    listed = kinesis.list_tags_for_stream(StreamName=stream)
    assert listed["Tags"] == [{"Key": "a", "Value": "one"}, {"Key": "b", "Value": "2"}]
    assert listed["HasMoreTags"] is False
    page = kinesis.list_tags_for_stream(StreamName=stream, Limit=1)
    assert page["HasMoreTags"] is True and len(page["Tags"]) == 1
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["a", "none"])
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_retention_goes_up_and_down_but_not_astray(kinesis, stream):
    def retention():
        return wait_until(lambda: active(kinesis, stream))["RetentionPeriodHours"]

    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=24)
    assert retention() == 24
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    assert retention() == 48
    with refused("InvalidArgumentException"):
        kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=36)
    kinesis.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=24)
    assert retention() == 24
    with refused("InvalidArgumentException"):
        kinesis.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=30)


def test_limits_are_described(kinesis, stream):
    limits = kinesis.describe_limits()
    assert limits["ShardLimit"] >= 200 and limits["OpenShardCount"] >= 2
    assert limits["OnDemandStreamCount"] == 0 and limits["OnDemandStreamCountLimit"] > 0


# Records.


def test_a_record_comes_back_as_it_went_in(kinesis, stream):
    data = bytes(range(256))
    put = kinesis.put_record(StreamName=stream, Data=data, PartitionKey="schlüssel")
    assert put["ShardId"] == shard_of("schlüssel", 2)
    assert re.fullmatch(r"\d{56}", put["SequenceNumber"])
    record, = read(kinesis, stream, put["ShardId"])
    assert record["Data"] == data and record["PartitionKey"] == "schlüssel"
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert abs(record["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 60


@pytest.mark.parametrize("size", [0, 1, 2, 3, 100, 2**20 - 1])
def test_every_size_survives(kinesis, stream, size):
    data = bytes(index * 7 % 251 for index in range(size))
    put = kinesis.put_record(StreamName=stream, Data=data, PartitionKey="k")
    record, = read(kinesis, stream, put["ShardId"])
    assert record["Data"] == data


def test_a_batch_keeps_order_within_each_shard(kinesis, stream):
    records = [{"Data": f"{index}".encode(), "PartitionKey": f"key {index % 7}"}
               for index in range(500)]
    answer = kinesis.put_records(StreamName=stream, Records=records)
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == 500
    for shard in shards_of(kinesis, stream):
        expected = [(record["Data"], entry["SequenceNumber"])
                    for record, entry in zip(records, answer["Records"])
                    if entry["ShardId"] == shard]
        found = [(record["Data"], record["SequenceNumber"])
                 for record in read(kinesis, stream, shard)]
        assert found == expected
        assert [number for _, number in found] == sorted(number for _, number in found)


def test_an_explicit_hash_key_decides_the_shard(kinesis, stream):
    for key, shard in [("0", 0), (str(HASH_KEYS // 2 - 1), 0), (str(HASH_KEYS // 2), 1),
                       (str(HASH_KEYS - 1), 1)]:
        put = kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k",
                                 ExplicitHashKey=key)
        assert put["ShardId"] == f"shardId-{shard:012d}"


def test_names_and_arns_are_interchangeable(kinesis, stream):
    put = kinesis.put_record(StreamARN=arn_of(stream), Data=b"x", PartitionKey="k")
    position = kinesis.get_shard_iterator(
        StreamARN=arn_of(stream), ShardId=put["ShardId"], ShardIteratorType="TRIM_HORIZON")
    assert len(kinesis.get_records(StreamARN=arn_of(stream),
                                   ShardIterator=position["ShardIterator"])["Records"]) == 1
    assert kinesis.describe_stream(StreamARN=arn_of(stream))["StreamDescription"]
    assert kinesis.list_shards(StreamARN=arn_of(stream))["Shards"]


def test_each_iterator_type_starts_where_it_says(kinesis, stream):
    puts = [kinesis.put_record(StreamName=stream, Data=str(index).encode(), PartitionKey="k")
            for index in range(4)]
    shard, numbers = puts[0]["ShardId"], [put["SequenceNumber"] for put in puts]

    def data(*arguments, **more):
        return [record["Data"] for record in read(kinesis, stream, shard, *arguments, **more)]

    assert data("TRIM_HORIZON") == [b"0", b"1", b"2", b"3"]
    assert data("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"1", b"2", b"3"]
    assert data("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"2", b"3"]
    assert data("LATEST") == []
    assert data("AT_TIMESTAMP", Timestamp=0) == [b"0", b"1", b"2", b"3"]
    latest = iterator(kinesis, stream, shard, "LATEST")
    kinesis.put_record(StreamName=stream, Data=b"4", PartitionKey="k")
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=latest)["Records"]] == [b"4"]


def test_at_timestamp_skips_what_is_older(kinesis, stream):
    put = kinesis.put_record(StreamName=stream, Data=b"old", PartitionKey="k")
    time.sleep(0.05)
    between = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(0.05)
    kinesis.put_record(StreamName=stream, Data=b"new", PartitionKey="k")
    found = read(kinesis, stream, put["ShardId"], "AT_TIMESTAMP", Timestamp=between)
    assert [record["Data"] for record in found] == [b"new"]


def test_get_records_stops_at_its_limit_and_goes_on(kinesis, stream):
    kinesis.put_records(StreamName=stream, Records=[
        {"Data": str(index).encode(), "PartitionKey": "k"} for index in range(10)])
    shard = shard_of("k", 2)
    answer = kinesis.get_records(ShardIterator=iterator(kinesis, stream, shard), Limit=4)
    assert [record["Data"] for record in answer["Records"]] == [b"0", b"1", b"2", b"3"]
    answer = kinesis.get_records(ShardIterator=answer["NextShardIterator"])
    assert [record["Data"] for record in answer["Records"]] == [
        str(index).encode() for index in range(4, 10)]
    assert answer["MillisBehindLatest"] == 0


def test_one_answer_holds_at_most_ten_mebibytes(kinesis, stream):
    for _ in range(12):
        kinesis.put_record(StreamName=stream, Data=b"x" * (2**20 - 1), PartitionKey="k")
    answer = kinesis.get_records(ShardIterator=iterator(kinesis, stream, shard_of("k", 2)))
    assert 1 <= len(answer["Records"]) <= 10
    assert len(read(kinesis, stream, shard_of("k", 2))) == 12


# Refusals.


@pytest.mark.parametrize("operation,arguments,code,message", [
    ("put_record", {"StreamName": "none", "Data": b"", "PartitionKey": "k"},
     "ResourceNotFoundException", f"Stream none under account {ACCOUNT} not found"),
    ("put_records", {"StreamName": "none", "Records": [{"Data": b"", "PartitionKey": "k"}]},
     "ResourceNotFoundException", f"Stream none under account {ACCOUNT} not found"),
    ("describe_stream", {"StreamName": "none"}, "ResourceNotFoundException", "not found"),
    ("describe_stream_summary", {"StreamName": "none"}, "ResourceNotFoundException", "not found"),
    ("delete_stream", {"StreamName": "none"}, "ResourceNotFoundException", "not found"),
    ("list_shards", {"StreamName": "none"}, "ResourceNotFoundException", "not found"),
    ("list_tags_for_stream", {"StreamName": "none"}, "ResourceNotFoundException", "not found"),
    ("create_stream", {"StreamName": "no spaces", "ShardCount": 1}, "ValidationException",
     r"^1 validation error detected: Value 'no spaces' at 'streamName' failed to satisfy "
     r"constraint: Member must satisfy regular expression pattern: \[a-zA-Z0-9_.-\]\+$"),
    ("create_stream", {"StreamName": "x" * 129, "ShardCount": 1}, "ValidationException",
     "at 'streamName' failed to satisfy constraint: Member must have length less than or equal "
     "to 128"),
    ("create_stream", {"StreamName": "zero", "ShardCount": 0}, "ValidationException",
     "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater "
     "than or equal to 1"),
    ("create_stream", {"StreamName": "two words", "ShardCount": 0}, "ValidationException",
     "^2 validation errors detected: .*; Value"),
    ("get_records", {"ShardIterator": "garbage"}, "InvalidArgumentException",
     r"Invalid ShardIterator\."),
])
def test_a_bad_call_is_refused_in_the_services_words(
        server, scheme, operation, arguments, code, message):
    client = server.client("kinesis", scheme, parameter_validation=False)
    with refused(code, message):
        getattr(client, operation)(**arguments)


@pytest.mark.parametrize("change,code,message", [
    ({"PartitionKey": ""}, "ValidationException",
     "at 'partitionKey' failed to satisfy constraint: Member must have length greater than or "
     "equal to 1"),
    ({"PartitionKey": "x" * 257}, "ValidationException",
     "Member must have length less than or equal to 256"),
    ({"ExplicitHashKey": "-1"}, "ValidationException", "regular expression pattern"),
    ({"ExplicitHashKey": "01"}, "ValidationException", "regular expression pattern"),
    ({"ExplicitHashKey": str(2**128)}, "InvalidArgumentException", "Invalid ExplicitHashKey"),
    ({"Data": b"x" * (2**20 + 1)}, None, None),
    ({"StreamARN": arn_of("other")}, "InvalidArgumentException|ValidationException", None),
])
def test_a_bad_record_is_refused_and_nothing_is_written(server, scheme, stream, change, code,
                                                        message):
    client = server.client("kinesis", scheme, parameter_validation=False)
    good = {"StreamName": stream, "Data": b"x", "PartitionKey": "k"}
    with pytest.raises(client.exceptions.ClientError) as info:
        client.put_record(**{**good, **change})
    error = info.value.response["Error"]
    allowed = code or "ValidationException|InvalidArgumentException"
    assert re.fullmatch(allowed, error["Code"]), error
    assert message is None or message in error["Message"], error
    assert all(not read(client, stream, shard) for shard in shards_of(client, stream))


def test_more_than_500_records_are_refused_as_a_whole(server, scheme, stream):
    client = server.client("kinesis", scheme, parameter_validation=False)
    records = [{"Data": b"x", "PartitionKey": "k"}] * 501
    with refused("ValidationException", "at 'records' failed to satisfy constraint: Member must "
                 "have length less than or equal to 500"):
        client.put_records(StreamName=stream, Records=records)
    with refused("ValidationException", "Member must have length greater than or equal to 1"):
        client.put_records(StreamName=stream, Records=[])
    assert read(client, stream, shard_of("k", 2)) == []


def test_more_than_ten_mebibytes_are_refused_as_a_whole(kinesis, stream):
    records = [{"Data": b"x" * 1_000_000, "PartitionKey": "k"}] * 11
    with pytest.raises(kinesis.exceptions.ClientError) as info:
        kinesis.put_records(StreamName=stream, Records=records)
    assert info.value.response["Error"]["Code"] in (
        "InvalidArgumentException", "ValidationException", "RequestEntityTooLargeException")
    assert info.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413)
    assert read(kinesis, stream, shard_of("k", 2)) == []


@pytest.mark.parametrize("kind,more", [
    ("AT_SEQUENCE_NUMBER", {}), ("AFTER_SEQUENCE_NUMBER", {}), ("AT_TIMESTAMP", {}),
    ("AT_SEQUENCE_NUMBER", {"StartingSequenceNumber": "7" * 56}),
])
def test_a_bad_starting_point_is_refused(kinesis, stream, kind, more):
    with refused("InvalidArgumentException"):
        iterator(kinesis, stream, "shardId-000000000000", kind, **more)


def test_an_unknown_shard_is_named(kinesis, stream):
    with refused("ResourceNotFoundException",
                 f"shardId-000000000099 in stream {stream} under account {ACCOUNT}"):
        iterator(kinesis, stream, "shardId-000000000099")


def test_an_iterator_dies_with_its_stream(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1)
    wait_until(lambda: active(kinesis, name))
    kinesis.put_record(StreamName=name, Data=b"secret", PartitionKey="k")
    position = iterator(kinesis, name, "shardId-000000000000")
    kinesis.delete_stream(StreamName=name)
    wait_until(lambda: gone(kinesis, name))
    kinesis.create_stream(StreamName=name, ShardCount=1)
    wait_until(lambda: active(kinesis, name))
    try:
        assert kinesis.get_records(ShardIterator=position)["Records"] == []
    except kinesis.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in (
            "InvalidArgumentException", "ResourceNotFoundException")
    kinesis.delete_stream(StreamName=name)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'{"StreamName": 5}', b'{"StreamName": "s"} x', b"\xff\xfe",
    b'{"StreamName": "\xff"}', b'{"StreamName": "s", "Data": "%%%", "PartitionKey": "k"}',
    b'{"StreamName": "s", "Data": "YQ", "PartitionKey": "k"}',
    b'{"StreamName": "s", "Data": 7, "PartitionKey": "k"}', b"{" * 5000, b"[" * 100000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
])
def test_a_malformed_body_is_a_serialization_error(server, body):
    status, answer, headers = json_call(server, "Kinesis_20131202.PutRecord", body)
    assert status == 400
    assert error_name(answer) in ("SerializationException", "ValidationException")
    if body.startswith((b"{" * 2, b"[" * 2, b"\xff")) or b"%%%" in body or b": 5" in body:
        assert error_name(answer) == "SerializationException"
    assert headers.get("x-amzn-RequestId") or headers.get("x-amzn-requestid")


def test_an_unknown_operation_is_the_clients_mistake(server):
    for target in ("Kinesis_20131202.NoSuchThing", "Kinesis_20131202.", "Nothing_1.PutRecord"):
        status, answer, _ = json_call(server, target, {})
        assert status == 400 and error_name(answer) == "UnknownOperationException"


def test_unknown_members_are_ignored(server, kinesis, stream):
    status, answer, _ = json_call(server, "Kinesis_20131202.PutRecord", {
        "StreamName": stream, "Data": base64.b64encode(b"x").decode(), "PartitionKey": "k",
        "Unknown": {"a": [1, 2, {"b": None}]}})
    assert status == 200 and answer["ShardId"] == shard_of("k", 2)


@pytest.mark.parametrize("key", ['a"b', "a\\b", "\u0001", "\U0001F600", "ä", "a/b"])
def test_escapes_in_keys_survive_both_spellings(server, kinesis, stream, key):
    for ascii_only in (True, False):
        body = json.dumps({"Records": [{"PartitionKey": key, "Data": "YQ=="}],
                           "StreamName": stream}, ensure_ascii=ascii_only).encode()
        status, answer, _ = json_call(server, "Kinesis_20131202.PutRecords", body)
        assert status == 200 and answer["FailedRecordCount"] == 0, answer
    found = read(kinesis, stream, shard_of(key, 2))
    assert [record["PartitionKey"] for record in found] == [key, key]


# Time and limits.


def virtual(start_server, *flags):
    server = start_server("--clock", "virtual", *flags)
    client = server.client("kinesis")
    client.create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)  # past CREATING: this clock stands still by itself
    assert active(client, "s")
    return server, client


def test_an_iterator_expires_after_five_minutes(start_server):
    server, client = virtual(start_server)
    young = iterator(client, "s", "shardId-000000000000")
    server.advance(299_000)
    client.get_records(ShardIterator=young)
    old = iterator(client, "s", "shardId-000000000000")
    server.advance(300_001)
    with refused("ExpiredIteratorException", "300000 milliseconds"):
        client.get_records(ShardIterator=old)


def test_retention_trims_what_is_too_old(start_server):
    server, client = virtual(start_server)
    client.put_record(StreamName="s", Data=b"old", PartitionKey="k")
    server.advance(23 * 3_600_000)
    client.put_record(StreamName="s", Data=b"new", PartitionKey="k")
    server.advance(2 * 3_600_000)
    found = client.get_records(ShardIterator=iterator(client, "s", "shardId-000000000000"))
    assert [record["Data"] for record in found["Records"]] == [b"new"]


def test_an_iterator_and_its_records_survive_a_restart(start_server):
    server = start_server()
    client = server.client("kinesis")
    client.create_stream(StreamName="s", ShardCount=1)
    wait_until(lambda: active(client, "s"))
    put = client.put_record(StreamName="s", Data=b"kept", PartitionKey="k")
    position = iterator(client, "s", put["ShardId"])
    assert server.stop() == 0
    server.start()
    record, = server.client("kinesis").get_records(ShardIterator=position)["Records"]
    assert record["Data"] == b"kept" and record["SequenceNumber"] == put["SequenceNumber"]


def test_a_shard_takes_a_thousand_records_a_second(start_server):
    _, client = virtual(start_server)
    batch = [{"Data": b"x", "PartitionKey": "k"}] * 500
    answers = [client.put_records(StreamName="s", Records=batch) for _ in range(3)]
    assert [answer["FailedRecordCount"] for answer in answers] == [0, 0, 500]
    entry = answers[2]["Records"][0]
    assert entry["ErrorCode"] == "ProvisionedThroughputExceededException"
    assert entry["ErrorMessage"] == (
        f"Rate exceeded for shard shardId-000000000000 in stream s under account {ACCOUNT}.")
    with refused("ProvisionedThroughputExceededException", "Rate exceeded for shard"):
        client.put_record(StreamName="s", Data=b"x", PartitionKey="k")


def test_a_shard_recovers_with_time(start_server):
    server, client = virtual(start_server)
    batch = [{"Data": b"x", "PartitionKey": "k"}] * 500
    for _ in range(3):
        client.put_records(StreamName="s", Records=batch)
    server.advance(1000)
    assert client.put_records(StreamName="s", Records=batch)["FailedRecordCount"] == 0


def test_a_shard_answers_five_reads_a_second(start_server):
    server, client = virtual(start_server)
    position = iterator(client, "s", "shardId-000000000000", "TRIM_HORIZON")
    for _ in range(5):
        client.get_records(ShardIterator=position)
    with refused("ProvisionedThroughputExceededException", "Rate exceeded for shard"):
        client.get_records(ShardIterator=position)
    server.advance(1000)
    client.get_records(ShardIterator=position)


# The AWS CLI.


def test_the_cli_walks_through_a_stream(server, scheme, name):
    def aws(*arguments):
        return server.aws_json("kinesis", *arguments, scheme=scheme)

    aws("create-stream", "--stream-name", name, "--shard-count", "1")
    aws("wait", "stream-exists", "--stream-name", name)
    put = aws("put-record", "--stream-name", name, "--partition-key", "k", "--data", "hello")
    batch = aws("put-records", "--stream-name", name, "--records",
                "Data=a,PartitionKey=k", "Data=b,PartitionKey=k")
    assert batch["FailedRecordCount"] == 0
    position = aws("get-shard-iterator", "--stream-name", name, "--shard-id", put["ShardId"],
                   "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
    records = aws("get-records", "--shard-iterator", position)["Records"]
    assert [base64.b64decode(record["Data"]) for record in records] == [b"hello", b"a", b"b"]
    assert aws("describe-stream", "--stream-name", name)["StreamDescription"]["Shards"]
    assert name in aws("list-streams")["StreamNames"]
    aws("delete-stream", "--stream-name", name)
    wait_until(lambda: gone(server.client("kinesis"), name))
    done = server.aws("kinesis", "describe-stream-summary", "--stream-name", name, scheme=scheme,
                      check=False)
    assert done.returncode != 0 and "(ResourceNotFoundException)" in done.stderr
