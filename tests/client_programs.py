"""Programs written with other clients of Kinesis, and what each of them must show.

A producer reads lines, each the number of records that it is to put next, and prints
{"put": TOTAL} when they are acknowledged. Record i has the key k<i mod 8> and the data "<key>:<i>".
A consumer prints a line for each record, {"shard", "key", "data", "sequence", "arrival_ms"}, and
{"ended": SHARD} after the last of a shard; it ends when its input does. All of them take endpoint,
region and credentials from the environment.
"""

import collections
import json
import os
import subprocess
import threading
import time

from headrace_server import ROOT, wait_until

KEYS = 8
BUILD = ROOT / "build/clients"
SECONDS = 60


def environment(server, scheme="http", **more):
    plain = {name: value for name, value in os.environ.items()
             if not name.startswith(("AWS_", "NODE_", "JAVA_", "JDK_"))}
    return {**plain, "AWS_ENDPOINT_URL_KINESIS": server.url(scheme), "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true", **more}


class Program:
    """A process that reads lines and prints JSON lines; killed, if need be, when it is closed.

    `events` has what it printed so far, each with the time `at` which it was read here.
    """

    def __init__(self, command, environment, log_path):
        self.events = []
        self.log_path = log_path
        with log_path.open("wb") as log:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, env=environment)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.events.append({**json.loads(line), "at": time.monotonic()})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()

    def wait_for(self, condition, seconds=SECONDS):
        """Until `condition()` holds; fails at once if the program ends by itself before."""
        def true_or_over():
            over = self.process.poll() is not None
            return condition() or (over and "over")
        value = wait_until(true_or_over, seconds, every=0.005)
        assert value != "over", (
            f"ended with {self.process.returncode}: {self.log_path.read_text()[-4000:]}")
        return value

    def finish(self, seconds=SECONDS):
        """Ends its input; it must then end well."""
        self.process.stdin.close()
        self.reader.join(seconds)
        assert self.process.wait(seconds) == 0, self.log_path.read_text()[-4000:]

    def of(self, kind):
        """The events that have a member of this name."""
        return [event for event in list(self.events) if kind in event]


class Producer(Program):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.total = 0

    def put(self, count):
        self.total += count
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        self.wait_for(lambda: any(event["put"] == self.total for event in self.of("put")[-1:]))


class Busy:
    """Keeps a producer producing for as long as the block lasts."""

    def __init__(self, producer, batch=50):
        self.producer, self.batch = producer, batch
        self.over = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.over.is_set():
                self.producer.put(self.batch)
        except BaseException as error:
            self.failure = error

    def __enter__(self):
        self.thread.start()
        return self

    def more(self):
        """Returns when another few batches are acknowledged."""
        wanted = self.producer.total + 3 * self.batch
        wait_until(lambda: self.failure or self.producer.total > wanted, SECONDS, every=0.005)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure


def active(kinesis, stream):
    def ready():
        summary = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
        return summary["StreamStatus"] == "ACTIVE"
    wait_until(ready, SECONDS)


def split_and_merge(kinesis, stream):
    """Splits the first of two shards in the middle, then merges its upper half with the other."""
    first, second = kinesis.list_shards(StreamName=stream)["Shards"]
    ends = first["HashKeyRange"]
    middle = (int(ends["StartingHashKey"]) + int(ends["EndingHashKey"])) // 2 + 1
    kinesis.split_shard(StreamName=stream, ShardToSplit=first["ShardId"],
                        NewStartingHashKey=str(middle))
    active(kinesis, stream)
    yield
    upper = next(shard for shard in kinesis.list_shards(StreamName=stream)["Shards"]
                 if shard["HashKeyRange"]["StartingHashKey"] == str(middle))
    kinesis.merge_shards(StreamName=stream, ShardToMerge=upper["ShardId"],
                         AdjacentShardToMerge=second["ShardId"])
    active(kinesis, stream)
    yield


def produce_while_resharding(producer, kinesis, stream, between=lambda: None):
    """A split and a merge with the producer busy; `between` is called after each."""
    with Busy(producer) as busy:
        busy.more()
        for _ in split_and_merge(kinesis, stream):
            busy.more()
            between()


def expected(total):
    return [f"k{number % KEYS}:{number}" for number in range(total)]


def number(record):
    return int(record["data"].split(":")[1])


def check_once(records, total):
    """Each record that was put, once, under its key and with a plausible time."""
    assert sorted(record["data"] for record in records) == sorted(expected(total))
    for record in records:
        assert record["data"].startswith(record["key"] + ":")
        assert abs(record["arrival_ms"] / 1000 - time.time()) < 600


def check_order(records):
    """Each shard's sequence numbers rise, and so do the numbers of each key."""
    shards, keys = collections.defaultdict(list), collections.defaultdict(list)
    for record in records:
        shards[record["shard"]].append(int(record["sequence"]))
        keys[record["key"]].append(number(record))
    for sequences in [*shards.values(), *keys.values()]:
        assert sequences == sorted(sequences)


def check_lineage(events, shards):
    """No record of a shard came before its parents' end; each closed shard came to its end."""
    ends = {event["ended"]: at for at, event in enumerate(events) if "ended" in event}
    first = {}
    for at, event in enumerate(events):
        if "shard" in event:
            first.setdefault(event["shard"], at)
    for shard in shards:
        for parent in ("ParentShardId", "AdjacentParentShardId"):
            if parent in shard and shard["ShardId"] in first:
                assert ends[shard[parent]] < first[shard["ShardId"]]
        assert (shard["ShardId"] in ends) == (
            "EndingSequenceNumber" in shard["SequenceNumberRange"])


def through_split_and_merge(start, kinesis, stream, mode):
    """The whole promise for one client: `start(class, mode, *arguments)` runs it.

    It puts while it reads and while the stream is split and merged: all records once, in order for
    each key, parents before children.
    """
    reading = [mode, stream] + (["reader"] if mode == "subscribe" else [])
    with start(Producer, "put", stream) as producer, start(Program, *reading) as consumer:
        produce_while_resharding(producer, kinesis, stream)
        producer.finish()
        shards = kinesis.list_shards(StreamName=stream)["Shards"]
        closed = sum("EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in shards)
        assert (len(shards), closed) == (5, 3)
        consumer.wait_for(lambda: len(consumer.of("shard")) >= producer.total
                          and len(consumer.of("ended")) >= closed)
        consumer.finish()
        records = consumer.of("shard")
        check_once(records, producer.total)
        check_order(records)
        check_lineage(consumer.events, shards)
        # No subscription broke off: each shard was subscribed to once.
        subscribed = [event["subscribed"] for event in consumer.of("subscribed")]
        assert len(subscribed) == len(set(subscribed)) == (5 if mode == "subscribe" else 0)
