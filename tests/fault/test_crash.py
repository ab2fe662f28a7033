"""kill -9 under load, round after round over one data directory.

After each start: every acknowledged record can be read, in order in its shard, once; what was read
before the kill is still there; objects are whole. At the end: every record is in S3 exactly once,
byte for byte. HEADRACE_CRASH_ROUNDS rounds; round N's choices depend on N alone.
"""

import os
import subprocess
import time

import pytest

from crash_load import (DELIVERED, DIRECT_DELIVERY, OBJECTS, STREAM, STREAM_DELIVERY, Delivered,
                        Objects, Round, Source, Stream, Wire, chance_of, produce_to_delivery,
                        produce_to_stream)
from headrace_server import BINARY, Server, wait_until

ROUNDS = int(os.environ.get("HEADRACE_CRASH_ROUNDS", "50"))
LOAD_SECONDS = (0.05, 0.45)
KILL_WHILE_STARTING = 0.15  # of the rounds, before the start that is verified
LOOK_AT_DELIVERED_EVERY = 5
SHARDS = 4
ROLE = "arn:aws:iam::000000000000:role/crash"


def provision(wire):
    wire.kinesis("CreateStream", StreamName=STREAM, ShardCount=SHARDS)
    wait_until(lambda: wire.kinesis("DescribeStreamSummary", StreamName=STREAM)[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
    for bucket in (DELIVERED, OBJECTS):
        status, text = wire.call("PUT", f"/{bucket}")
        assert status == 200, text
    for name, prefix, seconds, source in (
            (STREAM_DELIVERY, "stream/", 1, {
                "DeliveryStreamType": "KinesisStreamAsSource",
                "KinesisStreamSourceConfiguration": {
                    "KinesisStreamARN": f"arn:aws:kinesis:us-east-1:000000000000:stream/{STREAM}",
                    "RoleARN": ROLE}}),
            (DIRECT_DELIVERY, "direct/", 0, {})):
        wire.firehose("CreateDeliveryStream", DeliveryStreamName=name, **source,
                      ExtendedS3DestinationConfiguration={
                          "RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{DELIVERED}",
                          "Prefix": prefix, "CompressionFormat": "GZIP",
                          "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": seconds}})
        wait_until(lambda: wire.firehose("DescribeDeliveryStream", DeliveryStreamName=name)[
            "DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE")
    shards = wire.kinesis("ListShards", StreamName=STREAM)["Shards"]
    return [shard["ShardId"] for shard in shards]


class Crash:
    """What the clients know, over all rounds."""

    def __init__(self, shards):
        self.stream = Stream(shards)
        self.to_stream = [Source(f"s{index}") for index in range(3)]
        self.to_delivery = [Source("d0")]
        self.acknowledged_direct = set()
        self.objects = [Objects(f"w{index}") for index in range(2)]
        self.delivered = Delivered()

    def load(self, server, chance):
        """Everything at once, until the kill."""
        load = Round(server)
        for source in self.to_stream:
            load.run(produce_to_stream, source, chance.choice([1, 10, 40]))
        for source in self.to_delivery:
            load.run(produce_to_delivery, source, chance.choice([1, 20]))
        for objects in self.objects:
            load.run(objects.write, chance)
        load.run(self.stream.follow)
        time.sleep(chance.uniform(*LOAD_SECONDS))
        server.kill()
        load.end()

    def verify(self, server, number):
        wire = Wire(server)
        self.stream.verify(wire, self.to_stream, resume=number % 7 == 0)
        for source in self.to_delivery:
            self.acknowledged_direct |= {(source.name, n) for n in source.acknowledged}
            source.acknowledged.clear()
        for objects in self.objects:
            objects.verify(wire)
        if number % LOOK_AT_DELIVERED_EVERY == 0:
            self.delivered.look(wire)
        wire.close()

    def verify_delivery(self, wire):
        """Waits for what is buffered. Of a request that the kill cut off, all is there or nothing:
        the stream says what; of Direct PUT, S3 does."""
        def complete():
            self.delivered.look(wire)
            return (self.delivered.found["stream"] >= self.stream.found and
                    self.delivered.found["direct"] >= self.acknowledged_direct)
        try:
            wait_until(complete, 30, every=0.2)
        except AssertionError:
            for name, wanted in (("stream", self.stream.found),
                                 ("direct", self.acknowledged_direct)):
                missing = sorted(wanted - self.delivered.found[name])
                assert not missing, f"{len(missing)} not delivered ({name}): {missing[:5]}"
        assert self.delivered.found["stream"] == self.stream.found
        sent = {(source.name, n) for source in self.to_delivery for n in range(source.next)}
        assert self.delivered.found["direct"] <= sent


def kill_while_starting(server, chance):
    server.launch()
    time.sleep(chance.uniform(0, 0.08))
    server.kill()


@pytest.mark.timeout(120 + 4 * ROUNDS)
def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9():
    server = Server(flags=["--limits", "none"])
    try:
        server.start()
        wire = Wire(server)
        crash = Crash(provision(wire))
        wire.close()
        for number in range(ROUNDS):
            chance = chance_of(number)
            try:
                crash.load(server, chance)
                if chance.random() < KILL_WHILE_STARTING:
                    kill_while_starting(server, chance)
                server.start()
                crash.verify(server, number)
            except (AssertionError, RuntimeError) as failure:
                failure.add_note(f"in round {number}; the server's log ends:\n"
                                 f"{server.log()[-3000:]}")
                raise
        wire = Wire(server)
        crash.stream.verify_all(wire)
        crash.verify_delivery(wire)
        wire.close()
        assert server.stop() == 0, server.log()[-3000:]
        checked = subprocess.run([BINARY, "verify", server.data_dir], text=True,
                                 capture_output=True, timeout=100)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        print(f"{ROUNDS} rounds, {len(crash.stream.found):,} records through the stream, "
              f"{len(crash.delivered.found['direct']):,} by Direct PUT, "
              f"{len(crash.delivered.keys):,} objects delivered")
    finally:
        server.close()
