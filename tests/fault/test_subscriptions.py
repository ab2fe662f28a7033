"""Subscribers that vanish, hang or do not read, and a server that stops meanwhile."""

import base64
import json
import os
import signal
import subprocess
import time

import pytest

from crash_load import Wire
from headrace_server import wait_until
from test_connections import SANITIZED, connect, open_files, resident_mib, vanish

STREAM = "fan-out"
HEADERS = {"Content-Type": "application/x-amz-json-1.1",
           "X-Amz-Target": "Kinesis_20131202.SubscribeToShard"}
EVENT = b"SubscribeToShardEvent"
LATEST, HORIZON = "LATEST", "TRIM_HORIZON"
SECONDS_TO_TAKE_OVER = 5


def shard_id(index):
    return f"shardId-{index:012d}"


def unsent_bytes(server):
    """What the kernel holds for clients that do not take it."""
    with open("/proc/net/tcp") as sockets:
        rows = [line.split() for line in list(sockets)[1:]]
    return sum(int(row[4].split(":")[0], 16) for row in rows
               if int(row[1].split(":")[1], 16) == server.port)


class FanOut:
    """A stream with one consumer."""

    def __init__(self, server, shards):
        self.server, self.shards = server, shards
        self.wire = Wire(server)
        self.wire.kinesis("CreateStream", StreamName=STREAM, ShardCount=shards)
        arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{STREAM}"
        consumer = self.wire.kinesis("RegisterStreamConsumer", StreamARN=arn, ConsumerName="reader")
        self.consumer = consumer["Consumer"]["ConsumerARN"]

    def request(self, shard, position):
        return json.dumps({"ConsumerARN": self.consumer, "ShardId": shard_id(shard),
                           "StartingPosition": {"Type": position}}).encode()

    def put(self, size, count=1):
        """Records of `size` bytes to the first shard."""
        data = base64.b64encode(os.urandom(size)).decode()
        for _ in range(count):
            self.wire.kinesis("PutRecord", StreamName=STREAM, PartitionKey="k", Data=data,
                              ExplicitHashKey="0")


class Http1:
    """A subscriber that has its first message and then reads only when told to."""

    def __init__(self, fan_out, shard, position=LATEST):
        body = fan_out.request(shard, position)
        self.connection = connect(fan_out.server, receive_buffer=4096)
        headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        self.connection.sendall(f"POST / HTTP/1.1\r\nHost: localhost\r\n{headers}"
                                f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def wait(self, what=b"initial-response"):
        """Until that has come; all up to it."""
        answer = b""
        while what not in answer:
            piece = self.connection.recv(4096)
            assert piece, f"no {what} in {answer[-300:]}"
            answer += piece
        return answer

    def end(self):
        """The answer ends as it should."""
        answer = b""
        while piece := self.connection.recv(65536):
            answer += piece
        assert answer.endswith(b"0\r\n\r\n"), answer[-300:]
        self.close()

    def die(self):
        vanish(self.connection)

    def close(self):
        self.connection.close()


class Http2:
    """The same, in a process of its own."""

    def __init__(self, fan_out, shard, position=LATEST):
        headers = [word for name, value in HEADERS.items()
                   for word in ("--header", f"{name}: {value}")]
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["curl", "--silent", "--no-buffer", "--http2-prior-knowledge", *headers,
             "--data-binary", fan_out.request(shard, position), fan_out.server.url() + "/"],
            stdout=subprocess.PIPE)

    def wait(self, what=b"initial-response"):
        answer = b""
        while what not in answer:
            piece = os.read(self.process.stdout.fileno(), 4096)
            assert piece, f"no {what} in {answer[-300:]}"
            answer += piece
        return answer

    def end(self):
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0

    def die(self):
        self.process.kill()
        self.close()

    def close(self):
        self.process.stdout.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


SPEAKS_HTTP2 = "HTTP2" in subprocess.run(["curl", "--version"], capture_output=True, text=True,
                                         check=False).stdout
CLIENTS = [Http1, pytest.param(Http2, marks=pytest.mark.skipif(
    not SPEAKS_HTTP2, reason="this curl has no HTTP/2"))]


def start_standing_still(start_server):
    return start_server("--limits", "none", "--clock", "virtual", "--transition-ms", "0")


@pytest.mark.parametrize("client", CLIENTS)
def test_dropped_subscribers_leave_nothing_behind(start_server, client):
    """The clock stands still: what notices them is their connections, not the next event."""
    server = start_standing_still(start_server)
    fan_out = FanOut(server, shards=40)
    idle = open_files(server)
    resident = []
    for _ in range(5):
        subscribers = [client(fan_out, shard) for shard in range(fan_out.shards)]
        for subscriber in subscribers:
            subscriber.wait()
        assert open_files(server) >= idle + fan_out.shards
        for subscriber in subscribers:
            subscriber.die()
        wait_until(lambda: open_files(server) <= idle, 10)
        resident.append(resident_mib(server))
        server.advance(SECONDS_TO_TAKE_OVER * 1000)
    assert SANITIZED or resident[-1] - resident[0] < 4, resident
    fan_out.put(10)
    assert server.stop() == 0


@pytest.mark.parametrize("client", CLIENTS)
def test_a_hanging_subscriber_is_taken_over(start_server, client):
    """It does not read, so that the server is in the middle of writing to it."""
    server = start_standing_still(start_server)
    fan_out = FanOut(server, shards=1)
    hanging = client(fan_out, 0)
    hanging.wait()
    fan_out.put(1_000_000, count=12)
    early = Http1(fan_out, 0, HORIZON)
    assert b"ResourceInUseException" in early.wait(b"}")
    server.advance(SECONDS_TO_TAKE_OVER * 1000)
    successor = client(fan_out, 0, HORIZON)
    successor.wait(EVENT)
    for subscriber in (hanging, early, successor):
        subscriber.die()


@pytest.mark.parametrize("client", CLIENTS)
def test_subscribers_that_do_not_read_cost_little_memory(start_server, client):
    server = start_standing_still(start_server)
    fan_out = FanOut(server, shards=1)
    consumers = 8
    fan_out.put(1_000_000, count=50)  # what the store keeps in memory of any stream, it keeps now
    before = resident_mib(server)
    arn = f"arn:aws:kinesis:us-east-1:000000000000:stream/{STREAM}"
    subscribers = []
    for index in range(consumers):
        consumer = fan_out.wire.kinesis("RegisterStreamConsumer", StreamARN=arn,
                                        ConsumerName=f"lazy-{index}")
        fan_out.consumer = consumer["Consumer"]["ConsumerARN"]
        subscribers.append(client(fan_out, 0, HORIZON if index % 2 else LATEST))
        subscribers[-1].wait()
    fan_out.put(1_000_000, count=50)
    grown = resident_mib(server) - before
    assert SANITIZED or grown < 12 * consumers, f"{grown} MiB"
    for subscriber in subscribers:
        subscriber.die()


@pytest.mark.parametrize("client", CLIENTS)
def test_sigterm_ends_open_subscriptions(start_server, client):
    server = start_server("--limits", "none", "--transition-ms", "0")
    fan_out = FanOut(server, shards=20)
    subscribers = [client(fan_out, shard) for shard in range(fan_out.shards)]
    for subscriber in subscribers:
        subscriber.wait()
    fan_out.put(1000)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    server.process.stdout.close()
    assert time.monotonic() - began < 5
    for subscriber in subscribers:
        subscriber.end()


@pytest.mark.parametrize("client", CLIENTS)
def test_sigterm_does_not_wait_for_a_subscriber_that_does_not_read(start_server, client):
    server = start_server("--limits", "none", "--transition-ms", "0")
    fan_out = FanOut(server, shards=1)
    fan_out.put(1_000_000, count=30)
    hanging = client(fan_out, 0, HORIZON)
    hanging.wait()
    wait_until(lambda: unsent_bytes(server) > 100_000)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(40) == 0
    server.process.stdout.close()
    assert time.monotonic() - began < 8
    hanging.close()
