"""Load for the crash test, and what it may expect: producers, object writers, a live reader.

Everything goes through http.client: an SDK would spend the round on signing.
"""

import base64
import gzip
import http.client
import json
import random
import re
import threading
import urllib.parse

STREAM, STREAM_DELIVERY, DIRECT_DELIVERY = "crash", "crash-stream", "crash-direct"
DELIVERED, OBJECTS = "crash-delivered", "crash-objects"
KEYS_PER_WRITER = 8
PAYLOAD = re.compile(rb"([a-z]\d+)\.(\d{8})\.")


class Gone(Exception):
    """The server went away in the middle: what became of the request is not known."""


class Wire:
    """One kept-alive connection."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(server.http, timeout=30)

    def call(self, method, target, body=b"", headers=None):
        try:
            self.connection.request(method, target, body, headers or {})
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone from error

    def json(self, target, body):
        status, text = self.call("POST", "/", json.dumps(body).encode(), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target})
        assert status == 200, f"{target}: {status} {text[:500]}"
        return json.loads(text) if text else None

    def kinesis(self, operation, **body):
        return self.json(f"Kinesis_20131202.{operation}", body)

    def firehose(self, operation, **body):
        return self.json(f"Firehose_20150804.{operation}", body)

    def close(self):
        self.connection.close()


def payload(producer, number):
    """The bytes of a producer's record; its front says which record it must equal."""
    head = b"%s.%08d." % (producer.encode(), number)
    return head + bytes(97 + (number + i) % 26 for i in range(number * 37 % 230)) + b"\n"


def parse(data):
    """(producer, number) of a record that is whole."""
    found = PAYLOAD.match(data)
    assert found, f"no record of ours: {data[:80]!r}"
    producer, number = found.group(1).decode(), int(found.group(2))
    assert data == payload(producer, number), f"changed: {data[:80]!r}"
    return producer, number


class Source:
    """What one producer has sent over all rounds: what was acknowledged, and what may be there."""

    def __init__(self, name):
        self.name = name
        self.next = 0
        self.acknowledged = set()

    def take(self, count):
        first = self.next
        self.next += count
        return range(first, first + count)


def produce_to_stream(wire, source, batch, stop):
    while not stop.is_set():
        numbers = source.take(batch)
        answer = wire.kinesis("PutRecords", StreamName=STREAM, Records=[
            {"Data": base64.b64encode(payload(source.name, number)).decode(),
             "PartitionKey": partition_key(source.name, number)} for number in numbers])
        assert answer["FailedRecordCount"] == 0, answer
        source.acknowledged.update(numbers)


def partition_key(producer, number):
    return f"{producer}-{number % 5}"


def produce_to_delivery(wire, source, batch, stop):
    while not stop.is_set():
        numbers = source.take(batch)
        answer = wire.firehose("PutRecordBatch", DeliveryStreamName=DIRECT_DELIVERY, Records=[
            {"Data": base64.b64encode(payload(source.name, number)).decode()}
            for number in numbers])
        assert answer["FailedPutCount"] == 0, answer
        source.acknowledged.update(numbers)


def object_body(key, version):
    """Mostly what travels inside a log entry, at times what needs a file of its own."""
    size = 300_000 if version % 7 == 3 else version * 977 % 20_000
    return (f"{key} {version} ".encode() * (size // 8 + 1))[:size + 16]


class Objects:
    """The keys of one writer: the version each must have, and the one that it may have instead."""

    def __init__(self, writer):
        self.keys = [f"{writer}/key-{index}" for index in range(KEYS_PER_WRITER)]
        self.kept = dict.fromkeys(self.keys, 0)
        self.tried = dict.fromkeys(self.keys, 0)
        self.version = 0

    def write(self, wire, chance, stop):
        while not stop.is_set():
            key = chance.choice(self.keys)
            self.version += 1
            self.tried[key] = self.version
            status, text = wire.call("PUT", f"/{OBJECTS}/{key}", object_body(key, self.version))
            assert status == 200, f"PUT {key}: {status} {text[:300]}"
            self.kept[key] = self.version

    def verify(self, wire):
        """Each key holds all of the last version acknowledged, or of the one that was under way."""
        for key in self.keys:
            status, body = wire.call("GET", f"/{OBJECTS}/{key}")
            allowed = {self.kept[key], self.tried[key]}
            if status == 404:
                assert 0 in allowed, f"{key}: version {self.kept[key]} is gone"
                found = 0
            else:
                assert status == 200, f"GET {key}: {status} {body[:300]}"
                found = next((v for v in allowed if v and body == object_body(key, v)), None)
                assert found, f"{key}: {len(body)} bytes that are none of {sorted(allowed)}"
            self.kept[key] = self.tried[key] = found


class ShardReader:
    """One shard as consumers see it. `live` is what was read under load, before the kill."""

    def __init__(self, shard):
        self.shard = shard
        self.last = None  # sequence number up to which all was verified
        self.live = []
        self.iterator = None  # of the live reader

    def start(self, wire, from_horizon=False):
        where = {"ShardIteratorType": "TRIM_HORIZON"}
        if self.last and not from_horizon:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                     "StartingSequenceNumber": self.last}
        return wire.kinesis("GetShardIterator", StreamName=STREAM, ShardId=self.shard,
                            **where)["ShardIterator"]

    def step(self, wire, iterator):
        """(records, next iterator, whether this is the tip)."""
        answer = wire.kinesis("GetRecords", ShardIterator=iterator, Limit=10_000)
        records = [(record["SequenceNumber"], record["PartitionKey"],
                    base64.b64decode(record["Data"])) for record in answer["Records"]]
        tip = not records and answer["MillisBehindLatest"] == 0
        return records, answer["NextShardIterator"], tip

    def to_tip(self, wire, iterator):
        records, tip = [], False
        while not tip:
            more, iterator, tip = self.step(wire, iterator)
            records += more
        return records

    def follow(self, wire):
        """One look at the tip while producers are at work."""
        if self.iterator is None:
            self.iterator = self.start(wire)
        records, self.iterator, _ = self.step(wire, self.iterator)
        self.live += records


class Stream:
    """All shards, and every record that was read from them so far."""

    def __init__(self, shards):
        self.readers = [ShardReader(shard) for shard in shards]
        self.found = set()  # (producer, number)
        self.last_number = {}  # by partition key

    def follow(self, wire, stop):
        while not stop.is_set():
            for reader in self.readers:
                reader.follow(wire)

    def verify(self, wire, sources, resume):
        """Reads on from where the last round ended; `resume`: also with the iterators of before
        the kill."""
        for reader in self.readers:
            records = reader.to_tip(wire, reader.start(wire))
            live = len(reader.live)
            assert records[:live] == reader.live, "what was read before the kill has changed"
            if resume and reader.iterator:
                assert reader.to_tip(wire, reader.iterator) == records[live:]
            self.check_order(reader, records)
            reader.live, reader.iterator = [], None
        for source in sources:
            missing = [number for number in source.acknowledged
                       if (source.name, number) not in self.found]
            assert not missing, f"{len(missing)} acknowledged records are gone: {missing[:5]}"
            source.acknowledged.clear()  # they are in `found` now

    def check_order(self, reader, records):
        for sequence, key, data in records:
            assert reader.last is None or int(sequence) > int(reader.last), "order"
            reader.last = sequence
            producer, number = parse(data)
            assert key == partition_key(producer, number)
            assert (producer, number) not in self.found, f"twice: {producer} {number}"
            self.found.add((producer, number))
            assert self.last_number.get(key, -1) < number, f"{key}: {number} out of order"
            self.last_number[key] = number

    def verify_all(self, wire):
        """The whole stream once more, from the horizon: the same records and no others."""
        again = Stream([reader.shard for reader in self.readers])
        for reader in again.readers:
            again.check_order(reader, reader.to_tip(wire, reader.start(wire, from_horizon=True)))
        assert again.found == self.found


class Delivered:
    """The objects of both delivery streams; each is fetched once, since objects never change."""

    def __init__(self):
        self.keys = set()
        self.found = {"stream": set(), "direct": set()}

    def look(self, wire):
        for key in self.list(wire):
            if key in self.keys:
                continue
            self.keys.add(key)
            status, body = wire.call("GET", f"/{DELIVERED}/{urllib.parse.quote(key)}")
            assert status == 200, f"GET {key}: {status}"
            found = self.found[key.split("/")[0]]
            for line in gzip.decompress(body).splitlines(keepends=True):
                record = parse(line)
                assert record not in found, f"delivered twice: {record} (again in {key})"
                found.add(record)

    def list(self, wire):
        keys, token = [], ""
        while True:
            status, text = wire.call("GET", f"/{DELIVERED}?list-type=2{token}")
            assert status == 200, text[:300]
            keys += re.findall(r"<Key>([^<]+)</Key>", text.decode())
            more = re.search(r"<NextContinuationToken>([^<]+)<", text.decode())
            if not more:
                return keys
            token = "&continuation-token=" + urllib.parse.quote(more.group(1), safe="")


class Round:
    """Threads that put load on a server until it is killed."""

    def __init__(self, server):
        self.server = server
        self.stop = threading.Event()
        self.threads = []
        self.failures = []

    def run(self, work, *arguments):
        def body():
            wire = Wire(self.server)
            try:
                work(wire, *arguments, self.stop)
            except Gone:
                pass
            except BaseException as failure:  # pylint: disable=broad-except
                self.failures.append(failure)
            finally:
                wire.close()

        thread = threading.Thread(target=body, daemon=True)
        self.threads.append(thread)
        thread.start()

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs"
        if self.failures:
            raise self.failures[0]


def chance_of(round_number):
    return random.Random(f"crash {round_number}")
