"""GET /_headrace/metrics: AWS's metrics of streams and shards in Prometheus's text format."""

import contextlib
import re

import pytest

from test_fan_out import subscribe, take
from test_kinesis import iterator
from wire_calls import refused

SHARD = "shardId-000000000000"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})\{{({LABEL}(?:,{LABEL})*)\}} (-?[0-9]+(?:\.[0-9]+)?)")


def parse(text):
    """{family: [(suffix, labels, value)]}; asserts every rule of the format that applies to us.

    Each family has one HELP, then one TYPE, then only its own samples; all lines end; no
    two samples are the same; each of a summary has its sum, its count, quantiles in order.
    """
    assert text == "" or text.endswith("\n")
    families, current, seen = {}, None, set()
    lines = text.split("\n")[:-1]
    for at, line in enumerate(lines):
        if line.startswith("# HELP "):
            _, _, current, help_text = line.split(" ", 3)
            assert re.fullmatch(NAME, current) and help_text
            assert current not in families, f"{current} comes twice"
            assert lines[at + 1] == f"# TYPE {current} summary"
            families[current] = []
            continue
        if line.startswith("# TYPE "):
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        name, labels, value = sample.groups()
        assert (name, labels) not in seen, line
        seen.add((name, labels))
        assert name in (current, f"{current}_sum", f"{current}_count"), line
        pairs = dict(pair.split("=", 1) for pair in re.findall(LABEL, labels))
        assert len(pairs) == len(re.findall(LABEL, labels))
        assert ("quantile" in pairs) == (name == current)
        families[current].append((name[len(current):], pairs, float(value)))
    for samples in families.values():
        assert samples and len(samples) % 4 == 0
        for series in zip(*[iter(samples)] * 4):
            assert [suffix for suffix, _, _ in series] == ["", "", "_sum", "_count"]
            assert [pairs.get("quantile") for _, pairs, _ in series] == ['"0"', '"1"', None, None]
    return families


class Metrics:
    """What there is about one stream or shard: metrics["get_records_bytes"] is (sum, count)."""

    def __init__(self, server, stream, shard=None):
        status, body = server.get("/_headrace/metrics")
        assert status == 200
        self.of = {}
        for family, samples in parse(body.decode()).items():
            mine = [(suffix, value) for suffix, labels, value in samples
                    if labels["stream"] == f'"{stream}"'
                    and labels.get("shard") == (shard and f'"{shard}"')]
            if mine:
                found = dict(mine[2:])
                self.of[family.removeprefix("headrace_kinesis_")] = (
                    found["_sum"], found["_count"], mine[0][1], mine[1][1])

    def __getitem__(self, name):
        return self.of[name][:2]

    def extremes(self, name):
        return self.of[name][2:]


@pytest.fixture
def own(start_server):
    server = start_server("--clock", "virtual")
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)
    return server


def put(kinesis, *sizes):
    return kinesis.put_records(StreamName="s", Records=[
        {"Data": b"d" * size, "PartitionKey": "key"} for size in sizes])


def test_there_is_nothing_about_a_stream_that_nobody_used(own):
    assert own.get("/_headrace/metrics") == (200, b"")


def test_puts_and_gets_give_exactly_their_numbers(own):
    kinesis = own.client("kinesis")
    put(kinesis, 10, 20, 30)                                                # 60 + 9 for keys
    put(kinesis, 100)                                                       # 103
    kinesis.put_record(StreamName="s", Data=b"four", PartitionKey="key")    # 7
    first = iterator(kinesis, "s", SHARD)
    answer = kinesis.get_records(ShardIterator=first, Limit=4)
    kinesis.get_records(ShardIterator=answer["NextShardIterator"])
    own.advance(5000)
    kinesis.get_records(ShardIterator=first, Limit=1)
    metrics = Metrics(own, "s")
    assert metrics["incoming_bytes"] == (179, 3)
    assert metrics.extremes("incoming_bytes") == (7, 103)
    assert metrics["incoming_records"] == (5, 3)
    assert metrics["put_records_bytes"] == (172, 2)
    assert metrics["put_records_records"] == (4, 2)
    assert metrics["put_records_total_records"] == (4, 2)
    assert metrics["put_records_successful_records"] == (4, 2)
    assert metrics["put_records_throttled_records"] == (0, 2)
    assert metrics["put_records_failed_records"] == (0, 2)
    assert metrics["put_records_success"] == (2, 2)
    assert metrics["put_records_latency_seconds"][1] == 2
    assert metrics["put_record_bytes"] == (7, 1)
    assert metrics["put_record_success"] == (1, 1)
    assert metrics["write_provisioned_throughput_exceeded"] == (0, 3)
    assert metrics["get_records_bytes"] == (172 + 7 + 13, 3)
    assert metrics["get_records_records"] == (4 + 1 + 1, 3)
    assert metrics["get_records_success"] == (3, 3)
    assert metrics["outgoing_bytes"] == (192, 3)
    assert metrics["outgoing_records"] == (6, 3)
    assert metrics["read_provisioned_throughput_exceeded"] == (0, 3)
    assert metrics.extremes("get_records_iterator_age_seconds") == (0, 5)


def test_what_was_throttled_is_counted(own):
    kinesis = own.client("kinesis")
    assert put(kinesis, *[1] * 500)["FailedRecordCount"] == 0
    assert put(kinesis, *[1] * 499)["FailedRecordCount"] == 0
    assert put(kinesis, 1, 1, 1)["FailedRecordCount"] == 2
    with refused("ProvisionedThroughputExceededException"):
        kinesis.put_record(StreamName="s", Data=b"d", PartitionKey="key")
    position = iterator(kinesis, "s", SHARD, "LATEST")
    for _ in range(5):
        kinesis.get_records(ShardIterator=position)
    with refused("ProvisionedThroughputExceededException"):
        kinesis.get_records(ShardIterator=position)
    metrics = Metrics(own, "s")
    assert metrics["incoming_records"] == (1000, 3)
    assert metrics["put_records_throttled_records"] == (2, 3)
    assert metrics["put_records_successful_records"] == (1000, 3)
    assert metrics["put_record_success"] == (0, 1)
    assert metrics["write_provisioned_throughput_exceeded"] == (3, 4)
    assert metrics["read_provisioned_throughput_exceeded"] == (1, 6)
    assert metrics["get_records_success"] == (5, 6)


def test_events_of_subscriptions_are_counted(own):
    kinesis = own.client("kinesis")
    put(kinesis, 10, 20)
    stream = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
    consumer = kinesis.register_stream_consumer(
        StreamARN=stream["StreamARN"], ConsumerName="c")["Consumer"]["ConsumerARN"]
    kinesis.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])
    own.advance(1000)
    with contextlib.closing(subscribe(kinesis, consumer, {"Type": "TRIM_HORIZON"})) as events:
        assert len(take(events, 2)[0]) == 2
    metrics = Metrics(own, "s")
    assert metrics["subscribe_to_shard_success"] == (1, 1)
    assert metrics["subscribe_to_shard_rate_exceeded"] == (0, 1)
    assert metrics["subscribe_to_shard_event_records"] == (2, 1)
    assert metrics["subscribe_to_shard_event_bytes"] == (36, 1)
    assert metrics["subscribe_to_shard_event_success"] == (1, 1)
    assert metrics["outgoing_bytes"] == (36, 1)
    of_shard = Metrics(own, "s", SHARD)
    assert of_shard["shard_outgoing_bytes"] == (36, 1)
    assert of_shard["shard_outgoing_records"] == (2, 1)
    assert "shard_iterator_age_seconds" not in of_shard.of


def test_sealing_changes_no_number(own):
    kinesis = own.client("kinesis")
    kinesis.start_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    own.advance(1000)
    put(kinesis, 10)
    kinesis.get_records(ShardIterator=iterator(kinesis, "s", SHARD))
    metrics = Metrics(own, "s")
    assert metrics["incoming_bytes"] == metrics["get_records_bytes"] == (13, 1)


def test_shards_are_counted_while_that_is_enabled(own):
    kinesis = own.client("kinesis")
    put(kinesis, 10)
    assert Metrics(own, "s", SHARD).of == {}
    kinesis.enable_enhanced_monitoring(
        StreamName="s", ShardLevelMetrics=["IncomingBytes", "OutgoingRecords"])
    own.advance(1000)
    put(kinesis, 20, 30)
    kinesis.get_records(ShardIterator=iterator(kinesis, "s", SHARD))
    metrics = Metrics(own, "s", SHARD)
    assert metrics.of.keys() == {"shard_incoming_bytes", "shard_outgoing_records"}
    assert metrics["shard_incoming_bytes"] == (56, 1)
    assert metrics["shard_outgoing_records"] == (3, 1)
    kinesis.disable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["IncomingBytes"])
    assert Metrics(own, "s", SHARD).of.keys() == {"shard_outgoing_records"}


def test_what_a_shard_or_a_stream_counted_goes_with_it(own):
    kinesis = own.client("kinesis")
    kinesis.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["IncomingBytes"])
    own.advance(1000)
    put(kinesis, 10)
    kinesis.split_shard(StreamName="s", ShardToSplit=SHARD, NewStartingHashKey=str(2**127))
    own.advance(1000)
    put(kinesis, 20)
    assert Metrics(own, "s", SHARD).of.keys() == {"shard_incoming_bytes"}
    own.advance(24 * 3600 * 1000)
    assert Metrics(own, "s", SHARD).of == {}
    assert any(Metrics(own, "s", f"{SHARD[:-1]}{child}").of for child in (1, 2))
    kinesis.delete_stream(StreamName="s")
    own.advance(1000)
    assert own.get("/_headrace/metrics") == (200, b"")


def test_it_needs_the_root_credentials_like_the_rest(start_server):
    assert start_server("--auth", "enforce").get("/_headrace/metrics")[0] == 403
