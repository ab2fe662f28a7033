"""The Kinesis Producer Library: TLS only, aggregated records."""

import pytest

import client_programs
from deaggregation import user_records
from java_programs import producer_library

RECORDS = 20_000
pytestmark = pytest.mark.parametrize("scheme", ["https"], indirect=True)


@pytest.fixture
def producer(server, stream, tmp_path):
    with producer_library(server, stream, tmp_path) as producer:
        yield producer


def read_all(kinesis, stream):
    """(Kinesis records, [(key, data)] of the user records in them), parents before children."""
    outer, users = 0, []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator)
            outer += len(answer["Records"])
            for record in answer["Records"]:
                users += user_records(record["Data"], record["PartitionKey"])
            if not answer["Records"] and not answer["MillisBehindLatest"]:
                break
            iterator = answer.get("NextShardIterator")
    return outer, users


def test_kpl_aggregates_are_stored_once_and_whole(kinesis, stream, producer):
    producer.put(RECORDS)
    producer.finish()
    outer, users = read_all(kinesis, stream)
    assert outer < RECORDS / 10
    assert sorted(data.decode() for _, data in users) == sorted(client_programs.expected(RECORDS))
    assert all(data.decode().startswith(key + ":") for key, data in users)
    # Nothing was refused or put on another shard than the library meant.
    assert producer.events[-1]["attempts"] == RECORDS


def test_kpl_loses_nothing_through_a_split_and_a_merge(kinesis, stream, producer):
    # It learns of a split from where its records land, and then sends some of them again: each
    # arrives, and those that arrive twice are the library's own.
    client_programs.produce_while_resharding(producer, kinesis, stream)
    producer.finish()
    _, users = read_all(kinesis, stream)
    assert {data.decode() for _, data in users} == set(client_programs.expected(producer.total))
