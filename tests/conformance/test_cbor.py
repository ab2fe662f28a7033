"""AWS CBOR 1.1, what the Java SDK and the KCL speak, without either of them."""

import base64
import datetime
import http.client
import time

import pytest

import cbor
from headrace_server import wait_until
from wire_calls import json_call

CBOR = "application/x-amz-cbor-1.1"
KINESIS = "Kinesis_20131202."
ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/"


class Answer:
    def __init__(self, answer):
        self.status = answer.status
        self.headers = dict(answer.getheaders())
        body = answer.read()
        assert self.headers["Content-Type"] == CBOR
        assert self.headers["x-amzn-RequestId"]
        self.body = cbor.decode(body) if body else None


def call(server, operation, body, target=KINESIS):
    """`body` in CBOR, unless it is bytes already."""
    connection = http.client.HTTPConnection(server.http, timeout=20)
    try:
        data = body if isinstance(body, bytes) else cbor.encode(body)
        connection.request("POST", "/", data,
                           {"Content-Type": CBOR, "X-Amz-Target": target + operation})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def ok(server, operation, body):
    answer = call(server, operation, body)
    assert answer.status == 200, answer.body
    return answer.body


def refused(server, operation, body):
    """(name, message) of the error."""
    answer = call(server, operation, body)
    assert answer.status == 400
    return answer.body["__type"], answer.body.get("message")


@pytest.fixture
def made(server, name):
    """An active stream of one shard, made through CBOR."""
    assert ok(server, "CreateStream", {"StreamName": name, "ShardCount": 1}) is None
    wait_until(lambda: ok(server, "DescribeStreamSummary", {"StreamName": name})
               ["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
    return name


def iterator(server, stream, kind="TRIM_HORIZON", **more):
    return ok(server, "GetShardIterator", {
        "StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": kind,
        **more})["ShardIterator"]


def records(server, stream, **more):
    return ok(server, "GetRecords", {"ShardIterator": iterator(server, stream, **more)})["Records"]


def test_records_go_in_and_come_out(server, made):
    data = [b"", b"\x00\xff" * 100, b"x" * 70_000]
    one = ok(server, "PutRecord", {"StreamName": made, "PartitionKey": "k", "Data": b"first"})
    assert one["ShardId"] == "shardId-000000000000"
    many = ok(server, "PutRecords", {"StreamARN": ARN + made, "Records": [
        {"Data": d, "PartitionKey": "é" * (i + 1)} for i, d in enumerate(data)]})
    assert many["FailedRecordCount"] == 0
    read = records(server, made)
    assert [r["Data"] for r in read] == [b"first", *data]
    assert [r["PartitionKey"] for r in read] == ["k", "é", "éé", "ééé"]
    assert [r["SequenceNumber"] for r in read] == [
        one["SequenceNumber"], *(r["SequenceNumber"] for r in many["Records"])]
    for record in read:
        arrival = record["ApproximateArrivalTimestamp"]
        assert isinstance(arrival, datetime.datetime)
        assert abs(arrival.timestamp() - time.time()) < 60


def test_both_formats_see_the_same(server, made):
    ok(server, "PutRecords", {"StreamName": made, "Records": [
        {"PartitionKey": "k", "Data": b"\x00\x01"}]})
    status, by_json, _ = json_call(server, KINESIS + "GetRecords",
                                   {"ShardIterator": iterator(server, made)})
    assert status == 200
    (theirs,) = by_json["Records"]
    (ours,) = records(server, made)
    assert base64.b64decode(theirs["Data"]) == ours["Data"]
    assert theirs["SequenceNumber"] == ours["SequenceNumber"]
    assert round(theirs["ApproximateArrivalTimestamp"] * 1000) == round(
        ours["ApproximateArrivalTimestamp"].timestamp() * 1000)


@pytest.mark.parametrize("definite", [True, False])
def test_lengths_may_be_given_or_not(server, made, definite):
    body = cbor.encode({"StreamName": made, "Records": [
        {"Data": b"a", "PartitionKey": "k", "ExplicitHashKey": "0"}]}, definite=definite)
    assert ok(server, "PutRecords", body)["FailedRecordCount"] == 0
    chunked = (b"\xbf\x7f\x65Strea\x65mName\xff" + cbor.encode(made)
               + cbor.encode("PartitionKey") + b"\x7f\x61k\xff"
               + cbor.encode("Data") + b"\x5f\x42ab\x41c\xff\xff")
    ok(server, "PutRecord", chunked)
    assert [r["Data"] for r in records(server, made)] == [b"a", b"abc"]


def test_timestamps_are_milliseconds(server, made):
    ok(server, "PutRecord", {"StreamName": made, "PartitionKey": "k", "Data": b"a"})
    (record,) = records(server, made)
    arrival = record["ApproximateArrivalTimestamp"]
    at = {"kind": "AT_TIMESTAMP"}
    assert len(records(server, made, Timestamp=arrival, **at)) == 1
    seconds = cbor.Tag(1, arrival.timestamp() - 5)
    assert len(records(server, made, Timestamp=seconds, **at)) == 1
    summary = ok(server, "DescribeStreamSummary", {"StreamName": made})["StreamDescriptionSummary"]
    assert abs(summary["StreamCreationTimestamp"].timestamp() - time.time()) < 60


def test_other_operations(server, made):
    assert made in ok(server, "ListStreams", {"Limit": 10_000})["StreamNames"]
    (shard,) = ok(server, "ListShards", {"StreamName": made})["Shards"]
    assert shard["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)}
    described = ok(server, "DescribeStream", {"StreamName": made})["StreamDescription"]
    assert described["Shards"] == [shard] and described["HasMoreShards"] is False
    assert ok(server, "AddTagsToStream", {"StreamName": made, "Tags": {"a": "1", "é": ""}}) is None
    tags = ok(server, "ListTagsForStream", {"StreamName": made})
    assert tags == {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "é", "Value": ""}],
                    "HasMoreTags": False}
    ok(server, "IncreaseStreamRetentionPeriod", {"StreamName": made, "RetentionPeriodHours": 48})
    assert ok(server, "DescribeLimits", {})["OpenShardCount"] >= 1
    assert ok(server, "DescribeLimits", b"")["OpenShardCount"] >= 1
    ok(server, "DeleteStream", {"StreamName": made})


def test_errors_are_those_of_json(server, made):
    bodies = [
        ("DescribeStream", {"StreamName": "none"}),
        ("DescribeStream", {"StreamName": ""}),
        ("DescribeStream", {"StreamName": 5}),
        ("CreateStream", {"StreamName": made, "ShardCount": 1}),
        ("CreateStream", {"StreamName": "a b" * 100, "ShardCount": 0}),
        ("ListStreams", {"Limit": "many", "Unknown": {"a": [None]}}),
        ("GetShardIterator", {"ShardId": "é", "ShardIteratorType": "SOMEWHERE"}),
        ("GetRecords", {"ShardIterator": "AAAA"}),
        ("PutRecords", {"StreamName": made, "Records": []}),
        ("PutRecords", {"StreamName": made, "Records": [{"PartitionKey": "k"}]}),
        ("AddTagsToStream", {"StreamName": made, "Tags": {"x" * 200: "y" * 300}}),
    ]
    for operation, body in bodies:
        answer = call(server, operation, body)
        status, by_json, _ = json_call(server, KINESIS + operation, body)
        assert (answer.status, answer.body) == (status, by_json), operation
        assert status == 400 and by_json["__type"]
    assert refused(server, "Nothing", {}) == ("UnknownOperationException", None)


def test_unknown_members_are_ignored_whatever_they_hold(server, made):
    ok(server, "PutRecord", {"StreamName": made, "PartitionKey": "k", "Data": b"a",
                             "Other": [{"x": 1.5, "y": None}, b"\xff", datetime.datetime.now(
                                 datetime.timezone.utc)]})


def test_of_members_with_one_name_the_last_counts(server, made):
    member = cbor.encode("StreamName")
    body = b"\xbf" + member + cbor.encode("none") + member + cbor.encode(made) + b"\xff"
    ok(server, "DescribeStreamSummary", body)


def test_documents_that_are_none_are_refused(server, made):
    name = cbor.encode("StreamName") + cbor.encode(made)
    data = cbor.encode("Data")
    hostile = {
        "truncated": b"\xbf" + name,
        "two documents": b"\xa1" + name + b"\xa0",
        "no map": b"\x80",
        "JSON": b'{"StreamName":"x"}',
        "a break": b"\xff",
        "deep": b"\xa2" + name + b"\x61x" + b"\x81" * 100 + b"\x01",
        "deep and open": b"\xbf" + b"\x61x" + b"\x9f" * 1_000_000,
        "deep tags": b"\xa2" + name + b"\x61x" + b"\xc1" * 1_000_000,
        "a tag": b"\xa2" + name + data + b"\xc2\x41a",
        "a long text": b"\xa1\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
        "long bytes": b"\xa2" + name + data + b"\x5a\x7f\xff\xff\xff" + b"x" * 100,
        "a long list": b"\xa2" + name + cbor.encode("Records") + b"\x9b\x00\xff" + b"\xff" * 6,
        "a long map": b"\xbb\x7f" + b"\xff" * 7 + name,
        "no UTF-8": b"\xa1" + cbor.encode("StreamName") + b"\x62\xc3\x28",
        "a number as a name": b"\xa1\x01\x02",
        "chunks of another type": b"\xa1" + cbor.encode("StreamName") + b"\x7f\x41a\xff",
        "chunks in chunks": b"\xa1" + cbor.encode("StreamName") + b"\x7f\x7f\x61a\xff\xff",
        "reserved": b"\xa2" + name + b"\x61x\x1c",
        "a million values": b"\xa2" + name + b"\x61x\x9f" + b"\xf6" * 1_100_000 + b"\xff",
    }
    for operation in ("PutRecords", "PutRecord", "DescribeStreamSummary"):
        for what, body in hostile.items():
            answer = call(server, operation, body)
            assert (answer.status, answer.body) == (
                400, {"__type": "SerializationException"}), (operation, what)
    assert ok(server, "DescribeStreamSummary", {"StreamName": made})


def test_firehose_speaks_it_too(server):
    answer = call(server, "ListDeliveryStreams", {}, target="Firehose_20150804.")
    assert answer.status == 200
    assert answer.body["HasMoreDeliveryStreams"] is False
