"""Shards that split and merge under a real client: lineage, order, and a kill between."""

import collections

import pytest

from headrace_server import wait_until
from wire_calls import refused

SPACE = 2**128


@pytest.fixture(scope="module")
def fast():
    """A server whose streams change state at once."""
    from headrace_server import Server
    server = Server(flags=["--limits", "none", "--transition-ms", "1"])
    try:
        yield server.start()
        assert server.stop() == 0, server.log()
    finally:
        server.close()


@pytest.fixture
def kinesis(fast):
    return fast.client("kinesis")


def status(kinesis, stream):
    return kinesis.describe_stream_summary(
        StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"]


def settled(kinesis, stream):
    wait_until(lambda: status(kinesis, stream) == "ACTIVE", every=0.002)


@pytest.fixture
def stream(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=2)
    settled(kinesis, name)
    return name


def shards(kinesis, stream, **more):
    found, token = [], None
    while True:
        answer = kinesis.list_shards(**({"NextToken": token} if token else
                                        {"StreamName": stream, **more}))
        found += answer["Shards"]
        token = answer.get("NextToken")
        if not token:
            return found


def ids(found):
    return [int(shard["ShardId"][-12:]) for shard in found]


def shard_id(index):
    return f"shardId-{index:012d}"


def put(kinesis, stream, keys, text):
    """One record a key; in the order given."""
    for begin in range(0, len(keys), 500):
        answer = kinesis.put_records(StreamName=stream, Records=[
            {"Data": f"{key}:{text}", "PartitionKey": key} for key in keys[begin:begin + 500]])
        assert answer["FailedRecordCount"] == 0


def read_to_end(kinesis, stream, shard):
    """(records, child shards) of a shard; None for children while it is open."""
    position = kinesis.get_shard_iterator(
        StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = []
    while True:
        answer = kinesis.get_records(ShardIterator=position, Limit=1000)
        records += [record["Data"].decode() for record in answer["Records"]]
        position = answer.get("NextShardIterator")
        if position is None:
            return records, answer["ChildShards"]
        if not answer["Records"] and answer["MillisBehindLatest"] == 0:
            return records, None


def read_all(kinesis, stream):
    """As a consumer does: parents to their ends, then their children."""
    texts = collections.defaultdict(list)
    for shard in shards(kinesis, stream):
        for record in read_to_end(kinesis, stream, shard["ShardId"])[0]:
            key, text = record.split(":")
            texts[key].append(text)
    return texts


def half(shard):
    start, end = (int(shard["HashKeyRange"][k]) for k in ("StartingHashKey", "EndingHashKey"))
    return str(start + (end - start) // 2)


def test_a_split_keeps_every_record_and_the_order_of_each_key(kinesis, stream):
    keys = [f"k{i}" for i in range(100)]
    put(kinesis, stream, keys, "a")
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(0),
                        NewStartingHashKey=half(shards(kinesis, stream)[0]))
    put(kinesis, stream, keys, "b")
    settled(kinesis, stream)
    kinesis.merge_shards(StreamName=stream, ShardToMerge=shard_id(3),
                         AdjacentShardToMerge=shard_id(1))
    put(kinesis, stream, keys, "c")
    assert read_all(kinesis, stream) == {key: ["a", "b", "c"] for key in keys}

    parent, first, second = (shards(kinesis, stream)[i] for i in (0, 2, 3))
    assert first["ParentShardId"] == second["ParentShardId"] == parent["ShardId"]
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]
    assert "EndingSequenceNumber" not in first["SequenceNumberRange"]
    merged = shards(kinesis, stream)[4]
    assert merged["ParentShardId"] == shard_id(3)
    assert merged["AdjacentParentShardId"] == shard_id(1)

    _, children = read_to_end(kinesis, stream, parent["ShardId"])
    assert [child["ShardId"] for child in children] == [shard_id(2), shard_id(3)]
    assert all(child["ParentShards"] == [parent["ShardId"]] for child in children)
    _, children = read_to_end(kinesis, stream, shard_id(1))
    assert [set(child["ParentShards"]) for child in children] == [{shard_id(1), shard_id(3)}]
    assert read_to_end(kinesis, stream, merged["ShardId"])[1] is None


def test_a_closed_shard_has_an_end_to_read_from(kinesis, stream):
    put(kinesis, stream, [f"k{i}" for i in range(20)], "a")
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(0),
                        NewStartingHashKey=half(shards(kinesis, stream)[0]))
    end = shards(kinesis, stream)[0]["SequenceNumberRange"]["EndingSequenceNumber"]
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        position = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard_id(0), ShardIteratorType=kind,
            StartingSequenceNumber=end)["ShardIterator"]
        answer = kinesis.get_records(ShardIterator=position)
        assert answer["Records"] == [] and "NextShardIterator" not in answer
    latest = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard_id(0),
                                        ShardIteratorType="LATEST")["ShardIterator"]
    assert len(kinesis.get_records(ShardIterator=latest)["ChildShards"]) == 2


def test_update_shard_count_makes_equal_ranges(kinesis, stream):
    answer = kinesis.update_shard_count(StreamName=stream, TargetShardCount=3,
                                        ScalingType="UNIFORM_SCALING")
    assert answer["CurrentShardCount"] == 2 and answer["TargetShardCount"] == 3
    settled(kinesis, stream)
    found = shards(kinesis, stream, ShardFilter={"Type": "AT_LATEST"})
    ranges = sorted((int(s["HashKeyRange"]["StartingHashKey"]),
                     int(s["HashKeyRange"]["EndingHashKey"])) for s in found)
    assert [start for start, _ in ranges] == [SPACE // 3 * i for i in range(3)]
    assert ranges[-1][1] == SPACE - 1
    for shard in shards(kinesis, stream):
        closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]
        assert closed == (shard["ShardId"] not in {s["ShardId"] for s in found})


def test_list_shards_filters_by_life_time(start_server):
    server = start_server("--clock", "virtual", "--limits", "none")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)
    put(kinesis, "s", ["a"], "1")
    server.advance(60_000)
    made = kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamCreationTimestamp"]
    kinesis.update_shard_count(StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    server.advance(60_000)

    def listed(kind, **more):
        return ids(shards(kinesis, "s", ShardFilter={"Type": kind, **more}))

    early, late = made.timestamp() + 30, made.timestamp() + 100
    assert listed("AT_TRIM_HORIZON") == [0]
    assert listed("FROM_TRIM_HORIZON") == [0, 1, 2]
    assert listed("AT_LATEST") == [1, 2]
    assert listed("AT_TIMESTAMP", Timestamp=early) == [0]
    assert listed("AT_TIMESTAMP", Timestamp=late) == [1, 2]
    assert listed("FROM_TIMESTAMP", Timestamp=early) == [0, 1, 2]
    assert listed("FROM_TIMESTAMP", Timestamp=late) == [1, 2]
    assert listed("AFTER_SHARD_ID", ShardId=shard_id(0)) == [1, 2]
    assert ids(shards(kinesis, "s", ShardFilter={"Type": "FROM_TRIM_HORIZON"}, MaxResults=1)) == [
        0, 1, 2]
    # A closed shard goes when its records have expired.
    server.advance(25 * 3600 * 1000)
    assert ids(shards(kinesis, "s")) == [1, 2]
    assert listed("AT_TRIM_HORIZON") == [1, 2]


def test_a_years_retention_is_over_in_a_moment(start_server):
    server = start_server("--clock", "virtual", "--limits", "none")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)
    kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=8760)
    server.advance(1000)
    put(kinesis, "s", ["a"], "1")
    server.advance(8759 * 3600 * 1000)
    assert len(read_to_end(kinesis, "s", shard_id(0))[0]) == 1
    server.advance(2 * 3600 * 1000)
    assert read_to_end(kinesis, "s", shard_id(0))[0] == []


def test_what_cannot_be_split_or_merged_says_why(kinesis, stream):
    with refused("InvalidArgumentException", "is not both greater than one plus the shard's Start"):
        kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(0), NewStartingHashKey="0")
    with refused("ResourceNotFoundException", f"Could not find shard {shard_id(9)} in stream"):
        kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(9), NewStartingHashKey="5")
    with refused("InvalidArgumentException", "not an adjacent pair of shards eligible for merging"):
        kinesis.merge_shards(StreamName=stream, ShardToMerge=shard_id(0),
                             AdjacentShardToMerge=shard_id(0))
    with refused("InvalidArgumentException", "over double your current open shard count"):
        kinesis.update_shard_count(StreamName=stream, TargetShardCount=5,
                                   ScalingType="UNIFORM_SCALING")
    with refused("ResourceNotFoundException", "not found"):
        kinesis.split_shard(StreamName="none", ShardToSplit=shard_id(0), NewStartingHashKey="5")


def test_one_change_at_a_time(start_server):
    server = start_server("--clock", "virtual")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    with refused("ResourceInUseException", "not ACTIVE, instead in state CREATING"):
        kinesis.split_shard(StreamName="s", ShardToSplit=shard_id(0), NewStartingHashKey="5")
    server.advance(500)
    kinesis.split_shard(StreamName="s", ShardToSplit=shard_id(0), NewStartingHashKey="5")
    assert status(kinesis, "s") == "UPDATING"
    put(kinesis, "s", ["a"], "1")
    with refused("ResourceInUseException", "not ACTIVE, instead in state UPDATING"):
        kinesis.update_shard_count(StreamName="s", TargetShardCount=4,
                                   ScalingType="UNIFORM_SCALING")
    server.advance(500)
    assert status(kinesis, "s") == "ACTIVE"
