"""headrace produce and headrace consume, end to end."""

import base64
import collections
import hashlib
import json
import os
import re
import signal
import socket
import socketserver
import subprocess
import threading
import time

import pytest

from deaggregation import MAGIC
from headrace_server import BINARY, wait_until

SUMMARY = re.compile(r"records=(\d+)")


def environment(server, **more):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**plain, "AWS_ENDPOINT_URL": server.url(), "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull, **more}


def headrace(server, *arguments, data=None, check=True, cwd=None, **more):
    done = subprocess.run([BINARY, *map(str, arguments)], input=data, capture_output=True,
                          timeout=60, cwd=cwd, env=environment(server, **more))
    assert not check or done.returncode == 0, done.stderr.decode()
    return done


def consume(server, stream, *arguments):
    """What `headrace consume` writes until it has been silent at the tip, as lines."""
    process = subprocess.Popen([BINARY, "consume", "--stream", stream, *arguments],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=environment(server))
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(process.stdout), daemon=True)
    reader.start()
    return process, reader, lines


def consumed(server, stream, count, *arguments):
    """The first `count` lines that it writes."""
    process, reader, lines = consume(server, stream, *arguments)
    try:
        wait_until(lambda: len(lines) >= count or process.poll() is not None, 20)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(10)
        reader.join(10)
    return [line.rstrip(b"\n") for line in lines]


def records(kinesis, stream):
    found = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while True:
            answer = kinesis.get_records(ShardIterator=iterator)
            found += answer["Records"]
            iterator = answer["NextShardIterator"]
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                break
    return found


@pytest.fixture
def kinesis(server):
    return server.client("kinesis")


def test_lines_of_files_become_records_and_come_back(server, kinesis, stream, tmp_path):
    lines = [f"line {number} {'ü' * (number % 50)}".encode() for number in range(3000)]
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"\n".join(lines[:2000]) + b"\n")
    second.write_bytes(b"\n".join(lines[2000:]))  # without a last line feed
    done = headrace(server, "produce", "--stream", stream, "--file", first, "--file", second)
    summary = (done.stdout + done.stderr).decode().strip().splitlines()[-1]
    assert SUMMARY.search(summary).group(1) == "3000", summary
    found = records(kinesis, stream)
    assert sorted(record["Data"].rstrip(b"\n") for record in found) == sorted(lines)
    assert sorted(consumed(server, stream, 3000, "--from", "trim")) == sorted(lines)


def test_standard_input_is_read(server, kinesis, stream):
    headrace(server, "produce", "--stream", stream, "--file", "-", data=b"one\ntwo\nthree\n")
    assert sorted(record["Data"].rstrip(b"\n") for record in records(kinesis, stream)) == [
        b"one", b"three", b"two"]


def test_a_field_is_the_partition_key_and_keeps_its_records_in_order(server, kinesis, stream):
    events = [{"number": number, "user": f"user-{number % 7}"} for number in range(2000)]
    headrace(server, "produce", "--stream", stream, "--file", "-", "--format", "ndjson",
             "--partition-key", "user", "--batch-records", "100",
             data="".join(json.dumps(event) + "\n" for event in events).encode())
    found = records(kinesis, stream)
    assert len(found) == 2000
    seen = {}
    for record in found:
        event = json.loads(record["Data"])
        assert record["PartitionKey"] == event["user"]
        assert seen.get(event["user"], -1) < event["number"]
        seen[event["user"]] = event["number"]


def test_what_cannot_be_accepted_goes_to_a_file_and_the_exit_code_says_so(server, kinesis, stream,
                                                                          tmp_path):
    data = b'{"user": "a"}\nno json\n{"user": "b"}\n'
    done = headrace(server, "produce", "--stream", stream, "--file", "-", "--format", "ndjson",
                    "--partition-key", "user", data=data, check=False, cwd=tmp_path)
    assert done.returncode != 0
    assert sorted(json.loads(r["Data"])["user"] for r in records(kinesis, stream)) == ["a", "b"]
    rejected, = [path for path in tmp_path.iterdir() if path.is_file()]
    assert b"no json" in rejected.read_bytes() and b'"a"' not in rejected.read_bytes()
    assert rejected.name in (done.stdout + done.stderr).decode()


def test_a_missing_stream_is_said_and_the_exit_code_is_not_zero(server, tmp_path):
    done = headrace(server, "produce", "--stream", "there-is-none", "--file", "-", data=b"x\n",
                    check=False, cwd=tmp_path)
    assert done.returncode != 0 and b"there-is-none" in done.stdout + done.stderr


def test_the_rate_is_kept(server, kinesis, stream):
    began = time.monotonic()
    headrace(server, "produce", "--stream", stream, "--file", "-", "--rate", "500",
             "--batch-records", "50", data=b"x\n" * 1000)
    assert 1.2 < time.monotonic() - began < 8
    assert len(records(kinesis, stream)) == 1000


def test_throttled_records_are_sent_again_until_they_are_in(start_server):
    """At AWS's limits one shard takes 1,000 records a second: 2,500 need retries."""
    server = start_server("--limits", "aws")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="narrow", ShardCount=1)
    wait_until(lambda: kinesis.describe_stream_summary(StreamName="narrow")[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
    lines = [b"%06d" % number for number in range(2500)]
    headrace(server, "produce", "--stream", "narrow", "--file", "-", data=b"\n".join(lines))
    found = records(server.client("kinesis", retries=8), "narrow")
    assert sorted(record["Data"].rstrip(b"\n") for record in found) == lines


def test_follow_sends_what_is_appended(server, kinesis, stream, tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"first\n")
    process = subprocess.Popen(
        [BINARY, "produce", "--stream", stream, "--file", path, "--follow"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(server))
    try:
        wait_until(lambda: len(records(kinesis, stream)) == 1, 10)
        with path.open("ab") as file:
            file.write(b"second\n")
        wait_until(lambda: len(records(kinesis, stream)) == 2, 10)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 0


def test_credentials_come_from_the_shared_file_too(server, kinesis, stream, tmp_path):
    path = tmp_path / "credentials"
    path.write_text("[default]\naws_access_key_id = test\naws_secret_access_key = test\n")
    plain = environment(server, AWS_SHARED_CREDENTIALS_FILE=str(path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del plain[name]
    done = subprocess.run([BINARY, "produce", "--stream", stream, "--file", "-"], input=b"x\n",
                          capture_output=True, timeout=30, env=plain)
    assert done.returncode == 0, done.stderr
    assert len(records(kinesis, stream)) == 1


def test_without_credentials_it_says_where_it_looked(server, tmp_path):
    plain = environment(server, AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del plain[name]
    done = subprocess.run([BINARY, "produce", "--stream", "s", "--file", "-"], input=b"x\n",
                          capture_output=True, timeout=30, env=plain, cwd=tmp_path)
    assert done.returncode != 0 and b"AWS_ACCESS_KEY_ID" in done.stderr


def test_consume_starts_at_a_time_and_writes_json(server, kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"early", PartitionKey="k")
    placed = kinesis.put_record(StreamName=stream, Data=b"late", PartitionKey="k")
    line, = [json.loads(line) for line in
             consumed(server, stream, 2, "--from", "trim", "--format", "json")
             if b"late" in line or b"bGF0ZQ" in line]
    text = json.dumps(line)
    assert placed["SequenceNumber"] in text and placed["ShardId"] in text
    later = consume(server, stream, "--from", "latest")
    try:
        # It has no line to say that it is at the tip: put until one comes out.
        def arrives():
            kinesis.put_record(StreamName=stream, Data=b"now", PartitionKey="k")
            return later[2]
        wait_until(arrives, 20, every=0.3)
        assert {line.rstrip(b"\n") for line in later[2]} == {b"now"}
    finally:
        later[0].send_signal(signal.SIGINT)
        later[0].wait(10)


class Proxy(socketserver.ThreadingTCPServer):
    """Passes connections on to a server, in pieces that `asks` and `answers` want to."""

    daemon_threads = True

    def __init__(self, server):
        self.to = server.port
        super().__init__(("127.0.0.1", 0), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return "http://127.0.0.1:%d" % self.server_address[1]

    def asks(self, _piece):
        return True

    def answers(self, _piece):
        return True

    def finish_request(self, request, client_address):
        with socket.create_connection(("127.0.0.1", self.to)) as there:
            back = threading.Thread(target=self.copy, args=(there, request, self.answers),
                                    daemon=True)
            back.start()
            self.copy(request, there, self.asks)
            back.join()

    @staticmethod
    def copy(source, sink, wanted):
        """Until either side ends, or a piece is not wanted."""
        try:
            while (piece := source.recv(65536)) and wanted(piece):
                sink.sendall(piece)
            for end in (source, sink):
                end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Cutter(Proxy):
    """Cuts the first subscription as soon as it is there, after what `meanwhile` does."""

    def __init__(self, server, meanwhile):
        self.meanwhile, self.cut = meanwhile, threading.Event()
        super().__init__(server)

    def answers(self, piece):
        if self.cut.is_set() or b"initial-response" not in piece:
            return True
        self.meanwhile()
        self.cut.set()
        return False


class Silencer(Proxy):
    """Does not pass on what asks for an operation, and so never answers it."""

    def __init__(self, server, operation):
        self.operation = operation
        self.asked, self.ended = threading.Event(), threading.Event()
        super().__init__(server)

    def asks(self, piece):
        if self.operation not in piece:
            return True
        self.asked.set()
        self.ended.wait(30)
        return False

    def shutdown(self):
        self.ended.set()
        super().shutdown()


# Both ways of reading.
MODES = pytest.mark.parametrize("mode", [[], ["--consumer", "reader"]],
                                ids=["polling", "fan-out"])


@pytest.fixture
def fast(start_server):
    """A server whose streams and consumers change state at once."""
    return start_server("--limits", "none", "--transition-ms", "1")


def settled(kinesis, stream):
    wait_until(lambda: kinesis.describe_stream_summary(StreamName=stream)[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE", every=0.002)


def created(kinesis, stream, shards):
    kinesis.create_stream(StreamName=stream, ShardCount=shards)
    settled(kinesis, stream)


def put_numbered(kinesis, stream, first, count):
    """Records `first` and on; seven keys take turns."""
    failed = kinesis.put_records(StreamName=stream, Records=[
        {"Data": b"%d" % number, "PartitionKey": f"key-{number % 7}"}
        for number in range(first, first + count)])["FailedRecordCount"]
    assert failed == 0


def split_then_merge(kinesis, stream, between):
    """The first of two shards is split, its second child merged with the other shard."""
    quarter = 2**126
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000",
                        NewStartingHashKey=str(quarter))
    settled(kinesis, stream)
    between()
    upper = next(shard["ShardId"] for shard in kinesis.list_shards(StreamName=stream)["Shards"]
                 if int(shard["HashKeyRange"]["StartingHashKey"]) == quarter)
    kinesis.merge_shards(StreamName=stream, ShardToMerge=upper,
                         AdjacentShardToMerge="shardId-000000000001")
    settled(kinesis, stream)


def check_numbered(lines, count):
    """Each once, those of a key in order."""
    seen = collections.defaultdict(list)
    for line in lines:
        record = json.loads(line)
        seen[record["PartitionKey"]].append(int(base64.b64decode(record["Data"])))
    for key, numbers in seen.items():
        assert numbers == list(range(int(key[-1]), count, 7)), key
    assert sum(map(len, seen.values())) == count


@MODES
def test_following_goes_through_a_split_and_a_merge(fast, mode):
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 2)
    put_numbered(kinesis, "s", 0, 400)
    process, reader, lines = consume(fast, "s", "--from", "trim", "--follow", "--format", "json",
                                     *mode)
    try:
        wait_until(lambda: len(lines) >= 400, 20)
        split_then_merge(kinesis, "s", lambda: put_numbered(kinesis, "s", 400, 400))
        put_numbered(kinesis, "s", 800, 400)
        wait_until(lambda: len(lines) >= 1200 or process.poll() is not None, 20)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(10)
        reader.join(10)
    check_numbered(lines, 1200)
    assert code == 0


@MODES
def test_what_was_split_and_merged_is_read_to_its_tip(fast, mode):
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 2)
    put_numbered(kinesis, "s", 0, 400)
    split_then_merge(kinesis, "s", lambda: put_numbered(kinesis, "s", 400, 400))
    put_numbered(kinesis, "s", 800, 400)
    for _ in range(2):  # a consumer that is registered is used again
        done = headrace(fast, "consume", "--stream", "s", "--format", "json", *mode)
        check_numbered(done.stdout.splitlines(), 1200)
    arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    consumers = kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
    assert [each["ConsumerName"] for each in consumers] == mode[1:]


@MODES
def test_without_follow_it_ends_though_the_stream_is_written_to(fast, mode):
    """With everything that was there when it began."""
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 1)
    put_numbered(kinesis, "s", 0, 400)
    over = threading.Event()

    def write():
        client, number = fast.client("kinesis"), 400
        while not over.is_set():
            put_numbered(client, "s", number, 1)
            number += 1
    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = headrace(fast, "consume", "--stream", "s", *mode)
    finally:
        over.set()
        writer.join()
    numbers = [int(line) for line in done.stdout.splitlines()]
    assert numbers == list(range(len(numbers))) and len(numbers) >= 400


@pytest.mark.parametrize("silent", [b"DescribeStreamSummary", b"GetRecords", b"SubscribeToShard"])
def test_an_interrupt_cuts_a_call_that_has_no_answer(fast, silent):
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 1)
    mode = ["--consumer", "reader"] if silent == b"SubscribeToShard" else []
    with Silencer(fast, silent) as silencer:
        process, reader, _ = consume(silencer, "s", "--follow", *mode)
        try:
            assert silencer.asked.wait(20)
            process.send_signal(signal.SIGINT)
            assert process.wait(5) == 0
        finally:
            process.kill()
            reader.join(10)
            silencer.shutdown()


def test_a_subscription_is_renewed_where_it_ended(start_server):
    server = start_server("--limits", "none", "--transition-ms", "1", "--clock", "virtual")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    server.advance(1000)
    settled(kinesis, "s")
    arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")
    server.advance(1000)
    put_numbered(kinesis, "s", 0, 100)
    process, reader, lines = consume(server, "s", "--from", "trim", "--follow", "--format", "json",
                                     "--consumer", "reader")
    try:
        wait_until(lambda: len(lines) >= 100, 20)
        for first in (100, 200):
            server.advance(301_000)
            put_numbered(kinesis, "s", first, 100)

            def arrived():
                server.advance(1000)
                return len(lines) >= first + 100
            wait_until(arrived, 20)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)
        reader.join(10)
    check_numbered(lines, 300)


def test_from_latest_nothing_is_missed_while_a_subscription_is_broken(fast):
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 1)
    put_numbered(kinesis, "s", 0, 7)
    with Cutter(fast, lambda: put_numbered(kinesis, "s", 7, 7)) as cutter:
        process, reader, lines = consume(cutter, "s", "--from", "latest", "--consumer", "reader")
        try:
            assert cutter.cut.wait(20)
            # What came in the second before may be seen again.
            wait_until(lambda: {b"%d\n" % number for number in range(7, 14)} <= set(lines), 20)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
            reader.join(10)
            cutter.shutdown()


def test_from_latest_reads_on_by_the_clock_of_the_server(start_server):
    server = start_server("--limits", "none", "--transition-ms", "1", "--clock", "virtual")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    server.advance(3_600_000)  # no longer near the real time
    settled(kinesis, "s")
    arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")
    put_numbered(kinesis, "s", 0, 7)
    server.advance(5000)
    with Cutter(server, lambda: put_numbered(kinesis, "s", 7, 7)) as cutter:
        process, reader, lines = consume(cutter, "s", "--from", "latest", "--consumer", "reader")
        try:
            assert cutter.cut.wait(20)

            def arrived():
                server.advance(1000)
                return len(lines) >= 7
            wait_until(arrived, 20)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
            reader.join(10)
            cutter.shutdown()
    assert {b"%d\n" % number for number in range(7, 14)} == set(lines)


def test_a_consumer_that_is_deregistered_ends_the_reading(fast):
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 1)
    put_numbered(kinesis, "s", 0, 7)
    process, reader, lines = consume(fast, "s", "--from", "trim", "--follow",
                                     "--consumer", "reader")
    try:
        wait_until(lambda: len(lines) == 7, 20)
        arn = kinesis.describe_stream_summary(
            StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName="reader")
        assert process.wait(20) == 1
    finally:
        process.kill()
        reader.join(10)


def field(number, value):
    """One field of a Protocol Buffers message, its length or value below 128."""
    if isinstance(value, bytes):
        return bytes([number << 3 | 2, len(value)]) + value
    return bytes([number << 3, value])


def aggregated(*records):
    """(partition key, data) pairs as the Kinesis Producer Library packs them."""
    keys = sorted({key for key, _ in records})
    message = b"".join(field(1, key.encode()) for key in keys) + b"".join(
        field(3, field(1, keys.index(key)) + field(3, data)) for key, data in records)
    return MAGIC + message + hashlib.md5(message).digest()


@MODES
def test_aggregated_records_are_taken_apart(fast, mode):
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 1)
    packed = aggregated(("pk1", b"hello"), ("pk2", b"world"), ("pk1", b"!"))
    assert packed.hex() == (  # a vector that AWS's own library takes apart
        "f3899ac20a03706b310a03706b321a0908001a0568656c6c6f1a0908011a05776f726c641a0508001a0121"
        "13441f9267225980303271d133978ab4")
    inconsistent = MAGIC + (message := field(3, field(1, 5) + field(3, b"x"))) + hashlib.md5(
        message).digest()
    numbers = [kinesis.put_record(StreamName="s", PartitionKey="a", Data=data)["SequenceNumber"]
               for data in (packed, b"plain", inconsistent)]
    done = headrace(fast, "consume", "--stream", "s", "--format", "json", *mode)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(record["SequenceNumber"], record.get("SubSequenceNumber"), record["PartitionKey"],
             base64.b64decode(record["Data"])) for record in found] == [
        (numbers[0], 0, "pk1", b"hello"), (numbers[0], 1, "pk2", b"world"),
        (numbers[0], 2, "pk1", b"!"), (numbers[1], None, "a", b"plain"),
        (numbers[2], None, "a", inconsistent)]
    assert b"1 aggregated record" in done.stderr
    raw = headrace(fast, "consume", "--stream", "s", "--format", "json", "--raw", *mode)
    assert [base64.b64decode(json.loads(line)["Data"]) for line in raw.stdout.splitlines()] == [
        packed, b"plain", inconsistent]


@MODES
def test_an_aggregate_with_a_record_of_another_shard_is_dropped_whole(fast, mode):
    """As the Kinesis Client Library does: the writer sends it again to where it belongs."""
    kinesis = fast.client("kinesis")
    created(kinesis, "s", 2)  # pk1 belongs to the second shard, pk2 to the first
    for data in (aggregated(("pk1", b"hello"), ("pk2", b"world")), aggregated(("pk1", b"!"))):
        kinesis.put_record(StreamName="s", PartitionKey="a", ExplicitHashKey=str(2**128 - 1),
                           Data=data)
    done = headrace(fast, "consume", "--stream", "s", *mode)
    assert done.stdout == b"!\n" and b"dropped 1 aggregated record" in done.stderr


@MODES
def test_aggregates_of_a_stream_that_spreads_its_records_are_taken_apart(fast, mode):
    """Whatever their keys, records are in any shard there."""
    kinesis = fast.client("kinesis")
    kinesis.create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"},
                          RecordDistributionStrategy="AUTO")
    settled(kinesis, "s")
    keys = [f"pk{number}" for number in range(8)]
    kinesis.put_records(StreamName="s", Records=[
        {"Data": aggregated(*((key, b"%d" % number) for key in keys)), "PartitionKey": "a"}
        for number in range(8)])
    done = headrace(fast, "consume", "--stream", "s", "--format", "json", *mode)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({record["ShardId"] for record in found}) > 1
    assert sorted((record["PartitionKey"], base64.b64decode(record["Data"]))
                  for record in found) == sorted(
        (key, b"%d" % number) for key in keys for number in range(8))
    assert b"dropped" not in done.stderr
