"""The admin API under /_headrace/."""

import json
import urllib.error
import urllib.request

import pytest

from headrace_server import wait_until
from test_firehose import create, objects


def test_health_says_that_the_server_is_well(server):
    status, body = server.get("/_headrace/health")
    assert status == 200
    assert json.loads(body)["status"] == "ok"


def test_an_unknown_admin_path_is_not_found(server):
    assert server.get("/_headrace/nonsense")[0] == 404


def test_it_is_no_bucket(server):
    with pytest.raises(server.client("s3").exceptions.ClientError):
        server.client("s3").create_bucket(Bucket="_headrace")


def test_the_system_clock_cannot_be_moved(server):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        server.advance(1000)
    assert 400 <= refusal.value.code < 500


@pytest.fixture
def virtual(start_server):
    return start_server("--clock", "virtual", "--limits", "none")


def now_of(server):
    return json.loads(server.get("/_headrace/clock")[1])


def test_the_virtual_clock_moves_only_when_told(virtual):
    before = now_of(virtual)
    assert now_of(virtual) == before
    virtual.advance(86_400_000)
    after = now_of(virtual)
    assert after != before


def test_five_minutes_of_buffering_pass_in_no_time(virtual):
    s3, firehose = virtual.client("s3"), virtual.client("firehose")
    s3.create_bucket(Bucket="virtual-time")
    create(firehose, "patient", "virtual-time",
           BufferingHints={"SizeInMBs": 5, "IntervalInSeconds": 300})
    firehose.put_record(DeliveryStreamName="patient", Record={"Data": b"sooner or later\n"})
    virtual.advance(290_000)
    assert objects(s3, "virtual-time") == {}
    virtual.advance(20_000)
    found = wait_until(lambda: objects(s3, "virtual-time"), 10)
    assert list(found.values()) == [b"sooner or later\n"]


def test_a_day_of_retention_passes_in_no_time(virtual):
    kinesis = virtual.client("kinesis")
    kinesis.create_stream(StreamName="short", ShardCount=1)
    virtual.advance(1000)  # past CREATING
    kinesis.put_record(StreamName="short", Data=b"old", PartitionKey="k")
    virtual.advance(25 * 3_600_000)
    kinesis.put_record(StreamName="short", Data=b"new", PartitionKey="k")
    iterator = kinesis.get_shard_iterator(
        StreamName="short", ShardId="shardId-000000000000",
        ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert [record["Data"] for record in records] == [b"new"]


def test_an_iterator_lives_for_five_minutes(virtual):
    kinesis = virtual.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    virtual.advance(1000)  # past CREATING
    iterator = kinesis.get_shard_iterator(
        StreamName="s", ShardId="shardId-000000000000",
        ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    virtual.advance(299_000)
    kinesis.get_records(ShardIterator=iterator)
    virtual.advance(2_000)
    with pytest.raises(kinesis.exceptions.ExpiredIteratorException):
        kinesis.get_records(ShardIterator=iterator)
