"""What a stream may look like after a kill -9 in the middle of a change: as before it, or as after.

The model of a stream knows what was acknowledged and the one change that was under way.
"""

import base64
import json

from crash_load import STREAM, ShardReader, parse, partition_key

HASH_KEYS = 2**128
OPEN_MAX = 10


def status_of(wire, stream):
    """Its summary; None when there is no such stream, or none for much longer."""
    status, body = try_kinesis(wire, "DescribeStreamSummary", StreamName=stream)
    if status == 200 and body["StreamDescriptionSummary"]["StreamStatus"] != "DELETING":
        return body["StreamDescriptionSummary"]
    assert status in (200, 400), body
    return None


def try_kinesis(wire, operation, **body):
    """(status, answer), whatever the answer is."""
    status, text = wire.call("POST", "/", json.dumps(body).encode(), {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"Kinesis_20131202.{operation}"})
    return status, json.loads(text) if text else None


def hash_range(shard):
    span = shard["HashKeyRange"]
    return int(span["StartingHashKey"]), int(span["EndingHashKey"])


def is_open(shard):
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def starting_number(shard):
    return int(shard["SequenceNumberRange"]["StartingSequenceNumber"])


def equal_ranges(count):
    width = HASH_KEYS // count
    return [(width * i, HASH_KEYS - 1 if i + 1 == count else width * (i + 1) - 1)
            for i in range(count)]


class Lineage:
    """The shards of a stream, by what ListShards says."""

    def __init__(self, shards):
        self.shards = {shard["ShardId"]: shard for shard in shards}
        self.ranges = sorted(hash_range(shard) for shard in shards if is_open(shard))

    @classmethod
    def of(cls, wire, stream=STREAM):
        answer = wire.kinesis("ListShards", StreamName=stream)
        shards = answer["Shards"]
        while "NextToken" in answer:
            answer = wire.kinesis("ListShards", NextToken=answer["NextToken"])
            shards += answer["Shards"]
        return cls(shards)

    def open(self):
        """In the order of their ranges."""
        return sorted(filter(is_open, self.shards.values()), key=hash_range)

    def check(self):
        """The open shards own every hash key once; who is closed has children that took over."""
        at = 0
        for start, end in self.ranges:
            assert start == at, f"hash keys from {at} on belong to none or two: {self.ranges}"
            at = end + 1
        assert at == HASH_KEYS, self.ranges
        children = {shard: [] for shard in self.shards}
        for shard in self.shards.values():
            for name in ("ParentShardId", "AdjacentParentShardId"):
                if name in shard:
                    parent = self.shards[shard[name]]
                    children[shard[name]].append(shard)
                    assert not is_open(parent), f"{shard} descends from an open shard"
                    ending = int(parent["SequenceNumberRange"]["EndingSequenceNumber"])
                    assert starting_number(shard) > ending, (parent, shard)
        for name, shard in self.shards.items():
            if is_open(shard):
                assert not children[name], f"{shard} is open and has children"
                continue
            start, end = hash_range(shard)
            spans = sorted(hash_range(child) for child in children[name])
            assert spans and spans[0][0] <= start and spans[-1][1] >= end, (shard, spans)
            assert all(a[1] + 1 == b[0] for a, b in zip(spans, spans[1:])), (shard, spans)

    def holds(self, before):
        """Every shard of before is still there, with its place in the family unchanged."""
        for name, shard in before.shards.items():
            for field in ("HashKeyRange", "ParentShardId", "AdjacentParentShardId"):
                assert self.shards[name].get(field) == shard.get(field), (shard, self.shards[name])
            assert starting_number(self.shards[name]) == starting_number(shard)
            assert is_open(shard) or not is_open(self.shards[name]), f"{name} opened again"


def plan(lineage, chance):
    """(operation, its members, the open ranges that it leaves) of a change that is allowed."""
    shards = lineage.open()
    kind = chance.choice(["split", "merge", "count"])
    if kind == "split" and len(shards) < OPEN_MAX:
        shard = chance.choice(shards)
        start, end = hash_range(shard)
        key = chance.randrange(start + 2, end)
        ranges = [r for r in lineage.ranges if r != (start, end)] + [(start, key - 1), (key, end)]
        return "SplitShard", {"ShardToSplit": shard["ShardId"],
                              "NewStartingHashKey": str(key)}, sorted(ranges)
    if kind == "merge" and len(shards) > 2:
        at = chance.randrange(len(shards) - 1)
        pair = shards[at:at + 2]
        if chance.random() < 0.5:
            pair.reverse()
        ranges = list(lineage.ranges)
        ranges[at:at + 2] = [(ranges[at][0], ranges[at + 1][1])]
        return "MergeShards", {"ShardToMerge": pair[0]["ShardId"],
                               "AdjacentShardToMerge": pair[1]["ShardId"]}, ranges
    counts = [n for n in range((len(shards) + 1) // 2, min(2 * len(shards), OPEN_MAX) + 1)
              if n != len(shards)]
    count = chance.choice(counts)
    return "UpdateShardCount", {"TargetShardCount": count,
                                "ScalingType": "UNIFORM_SCALING"}, equal_ranges(count)


class Resharded:
    """A stream that is resharded while producers write to it."""

    def __init__(self, wire):
        self.lineage = Lineage.of(wire)
        self.pending = None  # the ranges that the change under way leaves
        self.changes = 0
        self.readers = {}
        self.done = set()  # closed shards that were read to their end
        self.found = set()  # (producer, number)
        self.last_number = {}  # by partition key

    def reshard(self, wire, chance, stop):
        """Change after change until the kill."""
        while not stop.is_set():
            operation, members, ranges = plan(self.lineage, chance)
            self.pending = ranges
            status, answer = try_kinesis(wire, operation, StreamName=STREAM, **members)
            if status == 400 and answer["__type"].endswith("ResourceInUseException"):
                self.pending = None
                continue
            assert status == 200, f"{operation} {members}: {answer}"
            lineage = Lineage.of(wire)
            assert lineage.ranges == ranges, (operation, members)
            self.lineage, self.pending = lineage, None
            self.changes += 1

    def verify(self, wire, sources):
        now = Lineage.of(wire)
        now.check()
        now.holds(self.lineage)
        assert now.ranges in (self.lineage.ranges, self.pending), \
            f"neither {self.lineage.ranges} nor {self.pending}: {now.ranges}"
        if now.ranges == self.lineage.ranges and self.pending != self.lineage.ranges:
            assert now.shards.keys() == self.lineage.shards.keys()
        self.lineage, self.pending = now, None
        for shard in sorted(now.shards):  # parents come first: ids count up
            if shard not in self.done:
                self.read(wire, now.shards[shard])
        for source in sources:
            missing = [number for number in source.acknowledged
                       if (source.name, number) not in self.found]
            assert not missing, f"{len(missing)} acknowledged records are gone: {missing[:5]}"
            source.acknowledged.clear()

    def read(self, wire, shard):
        """What is new in it: whole, once, of its hash keys, in the order of each partition key."""
        name = shard["ShardId"]
        reader = self.readers.setdefault(name, ShardReader(name))
        for sequence, key, data in self.to_tip(wire, reader, shard):
            assert reader.last is None or int(sequence) > int(reader.last), "order"
            assert int(sequence) >= starting_number(shard)
            reader.last = sequence
            producer, number = parse(data)
            assert key == partition_key(producer, number)
            assert (producer, number) not in self.found, f"twice: {producer} {number}"
            self.found.add((producer, number))
            assert self.last_number.get(key, -1) < number, f"{key}: {number} out of order"
            self.last_number[key] = number

    def to_tip(self, wire, reader, shard):
        """An open shard has a next iterator for ever; a closed one ends, and names its children."""
        iterator, records = reader.start(wire), []
        while iterator:
            answer = wire.kinesis("GetRecords", ShardIterator=iterator, Limit=10_000)
            records += [(record["SequenceNumber"], record["PartitionKey"],
                         base64.b64decode(record["Data"])) for record in answer["Records"]]
            iterator = answer.get("NextShardIterator")
            assert bool(iterator) or not is_open(shard), f"{shard} ended while open"
            if is_open(shard) and not answer["Records"] and answer["MillisBehindLatest"] == 0:
                return records
        assert {child["ShardId"] for child in answer["ChildShards"]} <= self.lineage.shards.keys()
        self.done.add(shard["ShardId"])
        return records

    def verify_all(self, wire):
        """The whole stream once more, from the horizon: the same records and no others."""
        again = Resharded(wire)
        again.verify(wire, [])
        assert again.found == self.found


class Settings:
    """A stream whose settings and consumers change; nothing is written to it."""

    def __init__(self, wire, name):
        self.name = name
        self.known = self.look(wire)
        self.pending = None
        self.changes = 0

    def look(self, wire):
        """(retention, mode, consumers)."""
        summary = wire.kinesis("DescribeStreamSummary", StreamName=self.name)[
            "StreamDescriptionSummary"]
        self.arn = summary["StreamARN"]
        consumers = wire.kinesis("ListStreamConsumers", StreamARN=self.arn)["Consumers"]
        return (summary["RetentionPeriodHours"], summary["StreamModeDetails"]["StreamMode"],
                frozenset(consumer["ConsumerName"] for consumer in consumers
                          if consumer["ConsumerStatus"] != "DELETING"))

    def plan(self, chance):
        """(operation, its members, what it leaves)."""
        hours, mode, consumers = self.known
        kind = chance.choice(["hours", "mode", "consumer"])
        if kind == "hours":
            to = chance.choice([h for h in (24, 25, 48, 168) if h != hours])
            direction = "Increase" if to > hours else "Decrease"
            return f"{direction}StreamRetentionPeriod", {
                "StreamName": self.name, "RetentionPeriodHours": to}, (to, mode, consumers)
        if kind == "mode":
            to = "ON_DEMAND" if mode == "PROVISIONED" else "PROVISIONED"
            return "UpdateStreamMode", {
                "StreamARN": self.arn, "StreamModeDetails": {"StreamMode": to}}, (
                    hours, to, consumers)
        if len(consumers) < 4:
            name = f"consumer-{chance.randrange(10**6)}"
            return "RegisterStreamConsumer", {
                "StreamARN": self.arn, "ConsumerName": name}, (hours, mode, consumers | {name})
        name = chance.choice(sorted(consumers))
        return "DeregisterStreamConsumer", {
            "StreamARN": self.arn, "ConsumerName": name}, (hours, mode, consumers - {name})

    def change(self, wire, chance, stop):
        while not stop.is_set():
            operation, members, after = self.plan(chance)
            self.pending = after
            status, answer = try_kinesis(wire, operation, **members)
            if status == 200:
                self.known = after
                self.changes += 1
            else:
                assert answer["__type"].endswith("ResourceInUseException"), (operation, answer)
            self.pending = None

    def verify(self, wire):
        now = self.look(wire)
        assert now in (self.known, self.pending), f"not {self.known} or {self.pending}: {now}"
        self.known, self.pending = now, None


class Sealing(Settings):
    """Whether a stream seals what is put to it."""

    def look(self, wire):
        return wire.kinesis("DescribeStreamSummary", StreamName=self.name)[
            "StreamDescriptionSummary"]["EncryptionType"]

    def plan(self, chance):
        operation, after = {"NONE": ("StartStreamEncryption", "KMS"),
                            "KMS": ("StopStreamEncryption", "NONE")}[self.known]
        return operation, {"StreamName": self.name, "EncryptionType": "KMS",
                           "KeyId": "alias/aws/kinesis"}, after


class Mortal:
    """Streams that are made, written to and deleted, one after another."""

    def __init__(self):
        self.count = 0
        self.name = None
        self.shards = 0
        self.step = None  # "creating", "made", "deleting"
        self.acknowledged = []

    def live(self, wire, chance, stop):
        while not stop.is_set():
            self.count += 1
            self.name, self.shards = f"mortal-{self.count}", chance.randint(1, 5)
            self.acknowledged, self.step = [], "creating"
            wire.kinesis("CreateStream", StreamName=self.name, ShardCount=self.shards)
            self.step = "made"
            for number in range(chance.randrange(4)):
                self.put(wire, number)
            wire.kinesis("RegisterStreamConsumer", ConsumerName="reader", StreamARN=(
                f"arn:aws:kinesis:us-east-1:000000000000:stream/{self.name}"))
            self.step = "deleting"
            wire.kinesis("DeleteStream", StreamName=self.name, EnforceConsumerDeletion=True)
            self.step = None

    def put(self, wire, number):
        key = f"{self.name} {number}"
        wire.kinesis("PutRecord", StreamName=self.name, PartitionKey=key,
                     Data=base64.b64encode(key.encode()).decode())
        self.acknowledged.append(key)

    def verify(self, wire):
        """There with all it had, or gone with all it had."""
        if self.name is None:
            return
        if status_of(wire, self.name) is None:
            assert self.step != "made", f"{self.name} is gone"
        else:
            assert self.step is not None, f"{self.name} is back"
            lineage = Lineage.of(wire, self.name)
            lineage.check()
            assert lineage.ranges == equal_ranges(self.shards)
            self.verify_records(wire, lineage)
            wire.kinesis("DeleteStream", StreamName=self.name, EnforceConsumerDeletion=True)
        self.name = self.step = None

    def verify_records(self, wire, lineage):
        found = []
        for shard in lineage.shards:
            iterator = wire.kinesis("GetShardIterator", StreamName=self.name, ShardId=shard,
                                    ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            answer = wire.kinesis("GetRecords", ShardIterator=iterator)
            found += [record["PartitionKey"] for record in answer["Records"]]
        assert set(self.acknowledged) <= set(found) and len(set(found)) == len(found), found
        assert len(found) <= len(self.acknowledged) + 1
