"""Enhanced fan-out through boto3: consumers, subscriptions, and how they end."""

import datetime
import threading

import botocore.exceptions
import pytest

from headrace_server import wait_until
from test_kinesis import active, arn_of, gone
from wire_calls import error_name, json_call, refused

FIRST = "shardId-000000000000"
LATEST = {"Type": "LATEST"}
HORIZON = {"Type": "TRIM_HORIZON"}
SUBSCRIBE = "Kinesis_20131202.SubscribeToShard"


def make_stream(kinesis, name, shards=1):
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    wait_until(lambda: active(kinesis, name))
    return arn_of(name)


def register(kinesis, stream, name):
    consumer = kinesis.register_stream_consumer(StreamARN=stream, ConsumerName=name)["Consumer"]
    wait_until(lambda: describe(kinesis, consumer["ConsumerARN"])["ConsumerStatus"] == "ACTIVE")
    return consumer["ConsumerARN"]


def describe(kinesis, arn):
    return kinesis.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]


def subscribe(kinesis, consumer, position, shard=FIRST):
    return kinesis.subscribe_to_shard(
        ConsumerARN=consumer, ShardId=shard, StartingPosition=position)["EventStream"]


def events(stream):
    for event in stream:
        yield event["SubscribeToShardEvent"]


def take(stream, count):
    """The data of the next `count` records, and the event that brought the last."""
    data = []
    for event in events(stream):
        data += [record["Data"] for record in event["Records"]]
        if len(data) >= count:
            return data, event
    raise AssertionError(f"the stream ended after {data}")


def ending(stream):
    """The events until the end, and the name of the exception that was it, if any."""
    seen = []
    try:
        for event in events(stream):
            seen.append(event)
    except botocore.exceptions.EventStreamError as error:
        return seen, error.response["Error"]["Code"]
    return seen, None


def put(kinesis, name, *data):
    return [kinesis.put_record(StreamName=name, Data=each, PartitionKey="k") for each in data]


# Consumers.


def test_a_consumer_is_registered_described_listed_and_deregistered(kinesis, name):
    stream = make_stream(kinesis, name)
    made = kinesis.register_stream_consumer(
        StreamARN=stream, ConsumerName="c", Tags={"team": "a"})["Consumer"]
    assert made["ConsumerStatus"] == "CREATING"
    arn = made["ConsumerARN"]
    assert arn == f"{stream}/consumer/c:{int(made['ConsumerCreationTimestamp'].timestamp())}"
    wait_until(lambda: describe(kinesis, arn)["ConsumerStatus"] == "ACTIVE")
    described = describe(kinesis, arn)
    assert described["StreamARN"] == stream and described["ConsumerName"] == "c"
    same = kinesis.describe_stream_consumer(StreamARN=stream, ConsumerName="c", ConsumerARN=arn)
    assert same["ConsumerDescription"] == described
    assert [c["ConsumerARN"] for c in
            kinesis.list_stream_consumers(StreamARN=stream)["Consumers"]] == [arn]
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["ConsumerCount"] == 1
    with refused("ResourceInUseException", "c under stream .* already exists"):
        kinesis.register_stream_consumer(StreamARN=stream, ConsumerName="c")
    kinesis.deregister_stream_consumer(StreamARN=stream, ConsumerName="c")
    assert describe(kinesis, arn)["ConsumerStatus"] == "DELETING"
    with refused("ResourceNotFoundException"):
        wait_until(lambda: describe(kinesis, arn) and False, 5)
    assert kinesis.list_stream_consumers(StreamARN=stream)["Consumers"] == []


def test_consumers_are_listed_in_pages(kinesis, name):
    stream = make_stream(kinesis, name)
    for each in "cabed":
        kinesis.register_stream_consumer(StreamARN=stream, ConsumerName=each)
    pages = list(kinesis.get_paginator("list_stream_consumers").paginate(
        StreamARN=stream, PaginationConfig={"PageSize": 2}))
    assert [[c["ConsumerName"] for c in page["Consumers"]] for page in pages] == [
        ["a", "b"], ["c", "d"], ["e"]]
    with refused("InvalidArgumentException"):
        kinesis.list_stream_consumers(StreamARN=stream, NextToken="nonsense")
    created = kinesis.describe_stream_summary(
        StreamName=name)["StreamDescriptionSummary"]["StreamCreationTimestamp"]
    assert len(kinesis.list_stream_consumers(
        StreamARN=stream, StreamCreationTimestamp=created)["Consumers"]) == 5
    with refused("ResourceNotFoundException"):
        kinesis.list_stream_consumers(
            StreamARN=stream, StreamCreationTimestamp=created - datetime.timedelta(seconds=9))


def test_a_consumer_is_named_whole_and_without_contradiction(kinesis, name):
    stream = make_stream(kinesis, name)
    arn = register(kinesis, stream, "c")
    for names in ({}, {"StreamARN": stream}, {"ConsumerName": "c"},
                  {"ConsumerARN": arn, "ConsumerName": "d"},
                  {"ConsumerARN": arn, "StreamARN": stream + "x"}):
        for call in kinesis.describe_stream_consumer, kinesis.deregister_stream_consumer:
            with refused("InvalidArgumentException"):
                call(**names)
    with refused("ResourceNotFoundException"):
        describe(kinesis, arn[:-1] + ("1" if arn[-1] == "0" else "0"))
    with refused("ResourceNotFoundException"):
        kinesis.describe_stream_consumer(StreamARN=stream, ConsumerName="d")
    with refused("ResourceNotFoundException"):
        kinesis.register_stream_consumer(StreamARN=stream + "x", ConsumerName="c")


def test_a_stream_with_consumers_is_deleted_only_when_asked_for(kinesis, name):
    stream = make_stream(kinesis, name)
    register(kinesis, stream, "c")
    for more in {}, {"EnforceConsumerDeletion": False}:
        with refused("ResourceInUseException", "has registered consumers"):
            kinesis.delete_stream(StreamName=name, **more)
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
    wait_until(lambda: gone(kinesis, name))
    make_stream(kinesis, name)
    assert kinesis.list_stream_consumers(StreamARN=stream)["Consumers"] == []


def test_five_consumers_are_made_at_a_time_and_twenty_in_all(start_server):
    server = start_server("--clock", "virtual")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)
    for index in range(20):
        kinesis.register_stream_consumer(StreamARN=arn_of("s"), ConsumerName=f"c{index}")
        if index % 5 == 4:
            server.advance(300)  # another call is admitted, and all five are still CREATING
            reason = "CREATING" if index < 19 else "20 registered consumers"
            with refused("LimitExceededException", reason):
                kinesis.register_stream_consumer(StreamARN=arn_of("s"), ConsumerName="sixth")
            server.advance(1000)
    with refused("LimitExceededException", "20 registered consumers"):
        kinesis.register_stream_consumer(StreamARN=arn_of("s"), ConsumerName="more")
    token = kinesis.list_stream_consumers(StreamARN=arn_of("s"), MaxResults=7)["NextToken"]
    server.advance(301_000)
    with refused("ExpiredNextTokenException"):
        kinesis.list_stream_consumers(StreamARN=arn_of("s"), NextToken=token)


def test_consumers_survive_a_kill(start_server):
    server = start_server("--limits", "none")
    kinesis = server.client("kinesis")
    stream = make_stream(kinesis, "s")
    arn = register(kinesis, stream, "c")
    server.kill()
    kinesis = start_server("--limits", "none", data_dir=server.data_dir).client("kinesis")
    assert describe(kinesis, arn)["ConsumerStatus"] == "ACTIVE"
    put(kinesis, "s", b"a")
    assert take(subscribe(kinesis, arn, HORIZON), 1)[0] == [b"a"]


# Subscriptions.


def test_two_consumers_get_all_records_once_and_in_order(kinesis, name):
    stream = make_stream(kinesis, name)
    consumers = [register(kinesis, stream, each) for each in "ab"]
    put(kinesis, name, b"before")
    expected = [b"before"] + [b"%d" % index for index in range(300)]
    seen = {}

    def read(consumer):
        seen[consumer] = take(subscribe(kinesis, consumer, HORIZON), len(expected))

    readers = [threading.Thread(target=read, args=[consumer]) for consumer in consumers]
    for reader in readers:
        reader.start()
    for start in range(0, 300, 50):
        kinesis.put_records(StreamName=name, Records=[
            {"Data": b"%d" % index, "PartitionKey": str(index)}
            for index in range(start, start + 50)])
    for reader in readers:
        reader.join(30)
    for consumer in consumers:
        data, last = seen[consumer]
        assert data == expected
        assert last["MillisBehindLatest"] == 0
        assert last["ContinuationSequenceNumber"] == last["Records"][-1]["SequenceNumber"]


def test_a_record_is_described_as_get_records_does(kinesis, name):
    stream = make_stream(kinesis, name)
    consumer = register(kinesis, stream, "c")
    put(kinesis, name, b"\x00\xff data")
    position = kinesis.get_shard_iterator(
        StreamName=name, ShardId=FIRST, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    [expected] = kinesis.get_records(ShardIterator=position)["Records"]
    event = next(events(subscribe(kinesis, consumer, HORIZON)))
    assert event["Records"] == [expected]
    assert "ChildShards" not in event


@pytest.fixture
def virtual(start_server):
    """A server whose clock stands still, with a stream "s" and its consumer "c"."""
    server = start_server("--clock", "virtual", "--limits", "none")
    server.kinesis = server.client("kinesis")
    server.kinesis.create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)
    server.consumer = server.kinesis.register_stream_consumer(
        StreamARN=arn_of("s"), ConsumerName="c")["Consumer"]["ConsumerARN"]
    server.advance(1000)
    return server


def later(server):
    """The clock moves on so far that the consumer may subscribe again."""
    server.advance(5000)


def test_another_subscription_goes_on_where_one_left_off(virtual):
    kinesis, consumer = virtual.kinesis, virtual.consumer
    put(kinesis, "s", b"a", b"b")
    _, event = take(subscribe(kinesis, consumer, HORIZON), 2)
    put(kinesis, "s", b"c")
    number = event["ContinuationSequenceNumber"]
    later(virtual)
    after = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}
    assert take(subscribe(kinesis, consumer, after), 1)[0] == [b"c"]
    later(virtual)
    at = {"Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": number}
    assert take(subscribe(kinesis, consumer, at), 2)[0] == [b"b", b"c"]


def test_an_event_without_records_says_where_to_go_on(virtual):
    kinesis, consumer = virtual.kinesis, virtual.consumer
    put(kinesis, "s", b"old")
    virtual.advance(25 * 3_600_000)
    for position in HORIZON, LATEST:
        stream = subscribe(kinesis, consumer, position)
        virtual.advance(5000)
        event = next(events(stream))
        assert event["Records"] == [] and event["MillisBehindLatest"] == 0
        stream.close()
        put(kinesis, "s", b"new")
        after = {"Type": "AFTER_SEQUENCE_NUMBER",
                 "SequenceNumber": event["ContinuationSequenceNumber"]}
        assert take(subscribe(kinesis, consumer, after), 1)[0] == [b"new"]
        later(virtual)


def test_a_subscription_begins_at_a_time(virtual):
    kinesis, consumer = virtual.kinesis, virtual.consumer
    put(kinesis, "s", b"early")
    virtual.advance(10_000)
    [answer] = put(kinesis, "s", b"late")
    position = kinesis.get_shard_iterator(
        StreamName="s", ShardId=FIRST, ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=answer["SequenceNumber"])["ShardIterator"]
    arrival = kinesis.get_records(
        ShardIterator=position)["Records"][0]["ApproximateArrivalTimestamp"]
    stream = subscribe(kinesis, consumer, {"Type": "AT_TIMESTAMP", "Timestamp": arrival})
    assert take(stream, 1)[0] == [b"late"]


def test_a_subscription_ends_after_five_minutes(virtual):
    stream = subscribe(virtual.kinesis, virtual.consumer, LATEST)
    for _ in range(59):
        virtual.advance(5000)
        assert next(events(stream))["Records"] == []
    virtual.advance(5000)
    assert ending(stream) == ([], None)


def test_a_second_subscription_is_refused_at_first_and_then_takes_over(virtual):
    kinesis, consumer = virtual.kinesis, virtual.consumer
    first = subscribe(kinesis, consumer, LATEST)
    virtual.advance(4000)
    with refused("ResourceInUseException"):
        subscribe(kinesis, consumer, LATEST)
    virtual.advance(1000)
    second = subscribe(kinesis, consumer, LATEST)
    assert ending(first)[1] == "ResourceInUseException"
    put(kinesis, "s", b"a")
    assert take(second, 1)[0] == [b"a"]


def test_a_split_ends_the_subscription_with_the_children(virtual):
    kinesis, consumer = virtual.kinesis, virtual.consumer
    stream = subscribe(kinesis, consumer, HORIZON)
    put(kinesis, "s", b"a")
    kinesis.split_shard(StreamName="s", ShardToSplit=FIRST, NewStartingHashKey=str(2**127))
    seen, error = ending(stream)
    assert error is None
    assert [record["Data"] for event in seen for record in event["Records"]] == [b"a"]
    last = seen.pop()
    assert not any("ChildShards" in event for event in seen)
    assert last.get("ContinuationSequenceNumber") is None
    assert [(child["ShardId"], child["ParentShards"]) for child in last["ChildShards"]] == [
        ("shardId-000000000001", [FIRST]), ("shardId-000000000002", [FIRST])]
    virtual.advance(5000)
    ended = list(events(subscribe(kinesis, consumer, LATEST)))
    assert [event["ChildShards"] for event in ended] == [last["ChildShards"]]
    for child in last["ChildShards"]:
        child = subscribe(kinesis, consumer, HORIZON, child["ShardId"])
        virtual.advance(5000)
        assert next(events(child))["Records"] == []


def test_a_merge_names_both_parents(virtual):
    kinesis = virtual.kinesis
    kinesis.create_stream(StreamName="m", ShardCount=2)
    virtual.advance(1000)
    consumer = kinesis.register_stream_consumer(
        StreamARN=arn_of("m"), ConsumerName="c")["Consumer"]["ConsumerARN"]
    virtual.advance(1000)
    streams = [subscribe(kinesis, consumer, LATEST, f"shardId-00000000000{n}") for n in (0, 1)]
    kinesis.merge_shards(StreamName="m", ShardToMerge=FIRST,
                         AdjacentShardToMerge="shardId-000000000001")
    for stream in streams:
        [child] = ending(stream)[0][-1]["ChildShards"]
        assert child["ParentShards"] == [FIRST, "shardId-000000000001"]


def test_a_subscription_ends_with_its_consumer(virtual):
    stream = subscribe(virtual.kinesis, virtual.consumer, LATEST)
    virtual.kinesis.deregister_stream_consumer(ConsumerARN=virtual.consumer)
    assert ending(stream) == ([], "ResourceNotFoundException")


def test_a_subscription_ends_with_its_stream(virtual):
    stream = subscribe(virtual.kinesis, virtual.consumer, LATEST)
    virtual.kinesis.delete_stream(StreamName="s", EnforceConsumerDeletion=True)
    assert ending(stream) == ([], "ResourceNotFoundException")


def test_a_subscriber_that_went_away_holds_nothing(virtual):
    kinesis, consumer = virtual.kinesis, virtual.consumer
    for _ in range(3):
        subscribe(kinesis, consumer, LATEST).close()
        later(virtual)
    put(kinesis, "s", b"a")
    assert take(subscribe(kinesis, consumer, HORIZON), 1)[0] == [b"a"]


def test_a_server_that_stops_ends_its_subscriptions(start_server):
    server = start_server("--limits", "none")
    kinesis = server.client("kinesis")
    stream = subscribe(kinesis, register(kinesis, make_stream(kinesis, "s"), "c"), LATEST)
    assert server.stop() == 0
    assert ending(stream) == ([], None)


def test_what_cannot_be_subscribed_to_is_refused(virtual):
    kinesis, consumer = virtual.kinesis, virtual.consumer
    kinesis.create_stream(StreamName="t", ShardCount=1)
    virtual.advance(1000)
    foreign = kinesis.put_record(StreamName="t", Data=b"x", PartitionKey="k")["SequenceNumber"]
    future = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2000)
    for position in (
            {"Type": "AT_SEQUENCE_NUMBER"}, {"Type": "LATEST", "SequenceNumber": foreign},
            {"Type": "AT_TIMESTAMP"}, {"Type": "AT_TIMESTAMP", "Timestamp": future},
            {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": foreign},
            {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "12"}):
        with refused("InvalidArgumentException"):
            subscribe(kinesis, consumer, position)
    with refused("ResourceNotFoundException", "Could not find shard"):
        subscribe(kinesis, consumer, LATEST, "shardId-000000000009")
    with refused("ResourceNotFoundException"):
        subscribe(kinesis, consumer.replace("/c:", "/d:"), LATEST)
    new = kinesis.register_stream_consumer(
        StreamARN=arn_of("s"), ConsumerName="new")["Consumer"]["ConsumerARN"]
    with refused("ResourceInUseException", "CREATING"):
        subscribe(kinesis, new, LATEST)
    with refused("DryRunOperationException"):
        kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=FIRST, StartingPosition=LATEST,
                                   DryRun=True)
    assert subscribe(kinesis, consumer, LATEST)  # no refusal counts


def test_an_invalid_subscription_names_everything_that_is_wrong(server):
    status, body, _ = json_call(server, SUBSCRIBE, {
        "ConsumerARN": "arn", "ShardId": "", "StartingPosition": {"Type": "NOW"}})
    assert status == 400 and error_name(body) == "ValidationException"
    assert "3 validation errors detected" in body["message"].replace("4 ", "3 "), body
    status, body, _ = json_call(server, SUBSCRIBE, {})
    assert status == 400 and body["message"].startswith("3 validation errors detected"), body
