"""Clients that stall, vanish or read slowly, and what a server that is told to stop owes them."""

import http.client
import os
import signal
import socket
import struct
import time

import pytest

from crash_load import Gone, Wire
from headrace_server import BINARY, wait_until
from wire_calls import receive, status_of

BUCKET = "connections"
MIB = 2**20
SANITIZED = BINARY.parent.name in ("asan", "tsan")  # whose shadow memory drowns ours


@pytest.fixture
def server(start_server):
    server = start_server("--limits", "none")
    assert Wire(server).call("PUT", f"/{BUCKET}")[0] == 200
    return server


def connect(server, receive_buffer=None):
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", server.port))
    return connection


def vanish(connection):
    """Closes with a reset, as a machine that went down."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def put_head(key, size):
    return (f"PUT /{BUCKET}/{key} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Length: {size}\r\n\r\n").encode()


def resident_mib(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def test_stalled_clients_hold_nobody_up(server):
    stalled = []
    for index in range(100):
        connection = connect(server)
        connection.sendall([b"", b"POST / HT", put_head("stalled", 1000),
                            put_head("stalled", MIB) + b"x" * 5000][index % 4])
        stalled.append(connection)
    wire = Wire(server)
    began = time.monotonic()
    for index in range(50):
        assert wire.call("PUT", f"/{BUCKET}/other", b"%d" % index)[0] == 200
    assert time.monotonic() - began < 5
    assert wire.call("GET", f"/{BUCKET}/stalled")[0] == 404
    for connection in stalled:
        connection.close()


def test_a_put_whose_client_vanishes_changes_nothing(server):
    wire = Wire(server)
    assert wire.call("PUT", f"/{BUCKET}/key", b"old")[0] == 200
    for sent in (0, 10, 5000, 300_000):
        for leave in (vanish, socket.socket.close):
            connection = connect(server)
            connection.sendall(put_head("key", MIB) + b"n" * sent)
            leave(connection)
    before = open_files(server)
    wait_until(lambda: open_files(server) <= before, 10)
    assert wire.call("GET", f"/{BUCKET}/key") == (200, b"old")
    assert wire.call("PUT", f"/{BUCKET}/key", b"new")[0] == 200
    assert wire.call("GET", f"/{BUCKET}/key") == (200, b"new")
    # What they had sent lies in no file.
    wait_until(lambda: not list(server.data_dir.rglob("blobs/*.blob")), 10)


def test_put_records_cut_off_in_the_middle_puts_none(server):
    wire = Wire(server)
    wire.kinesis("CreateStream", StreamName="cut", ShardCount=1)
    wait_until(lambda: wire.kinesis("DescribeStreamSummary", StreamName="cut")[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
    body = (b'{"StreamName": "cut", "Records": [' + b", ".join(
        [b'{"Data": "eA==", "PartitionKey": "k"}'] * 100) + b"]}")
    head = (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
            b"X-Amz-Target: Kinesis_20131202.PutRecords\r\nContent-Length: %d\r\n\r\n" % len(body))
    for sent in (0, 100, len(body) // 2, len(body) - 1):
        connection = connect(server)
        connection.sendall(head + body[:sent])
        vanish(connection)
    # Whole, but nobody waits for the answer: all of it or nothing.
    connection = connect(server)
    connection.sendall(head + body)
    vanish(connection)
    assert wire.kinesis("PutRecords", StreamName="cut", Records=[
        {"Data": "eQ==", "PartitionKey": "k"}])["FailedRecordCount"] == 0
    iterator = wire.kinesis("GetShardIterator", StreamName="cut", ShardId="shardId-000000000000",
                            ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    data = [record["Data"] for record in
            wire.kinesis("GetRecords", ShardIterator=iterator)["Records"]]
    assert data.count("eQ==") == 1 and data.count("eA==") in (0, 100)


def test_a_slow_reader_costs_little_memory_and_gets_everything(server):
    size = 64 * MIB
    piece = bytes(range(256)) * 4096
    assert Wire(server).call("PUT", f"/{BUCKET}/large", piece * 64)[0] == 200
    before = resident_mib(server)
    readers = []
    for _ in range(4):
        reader = connect(server, receive_buffer=65536)
        reader.sendall(f"GET /{BUCKET}/large HTTP/1.1\r\nHost: localhost\r\n"
                       "Connection: close\r\n\r\n".encode())
        readers.append(reader)
    wire = Wire(server)
    for index in range(20):
        assert wire.call("PUT", f"/{BUCKET}/other", b"%d" % index)[0] == 200
    assert SANITIZED or resident_mib(server) - before < 48
    answer = receive(readers[0])
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200") and len(body) == size and body == piece * 64
    for reader in readers[1:]:
        vanish(reader)
    assert wire.call("GET", "/_headrace/health")[0] == 200


def refuses_connections(server):
    try:
        connect(server).close()
        return False
    except ConnectionRefusedError:
        return True


def test_sigterm_lets_a_request_in_flight_finish(server):
    connection = connect(server)
    body = b"finished in time " * 20_000
    connection.sendall(put_head("in-flight", len(body)) + body[:100_000])
    idle = Wire(server)
    assert idle.call("GET", f"/{BUCKET}/none")[0] == 404
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: refuses_connections(server), 10)
    # The idle connection is closed, the busy one is served to its end.
    with pytest.raises(Gone):
        idle.call("GET", f"/{BUCKET}/none")
    assert server.process.poll() is None
    connection.sendall(body[100_000:])
    answer = receive(connection)
    assert status_of(answer) == 200
    assert server.process.wait(10) == 0
    server.process.stdout.close()
    server.start()
    assert Wire(server).call("GET", f"/{BUCKET}/in-flight") == (200, body)


def test_sigterm_with_idle_connections_ends_at_once(server):
    idle = [connect(server) for _ in range(20)]
    used = [Wire(server) for _ in range(20)]
    for wire in used:
        assert wire.call("GET", f"/{BUCKET}/none")[0] == 404
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 5
    for connection in idle:
        connection.close()


def test_sigint_is_as_good_as_sigterm(server):
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(10) == 0
    server.process.stdout.close()


def test_a_connection_serves_requests_one_after_another_and_all_at_once(server):
    """Keep-alive and pipelining: answers come in the order of the requests."""
    with connect(server) as connection:
        connection.sendall(b"".join(
            put_head(f"p{index}", 6) + b"body-%d" % index for index in range(10)) + b"".join(
            f"GET /{BUCKET}/p{index} HTTP/1.1\r\nHost: localhost\r\n"
            f"{'Connection: close' if index == 9 else 'Accept: */*'}\r\n\r\n".encode()
            for index in range(10)))
        answer = receive(connection)
    assert answer.count(b"HTTP/1.1 200") == 20
    places = [answer.index(b"\r\n\r\nbody-%d" % index) for index in range(10)]
    assert places == sorted(places)


def test_a_closed_keep_alive_connection_can_be_opened_again(server):
    connection = http.client.HTTPConnection(server.http, timeout=10)
    for _ in range(3):
        connection.request("GET", f"/{BUCKET}/none", headers={"Connection": "close"})
        answer = connection.getresponse()
        assert answer.status == 404 and answer.getheader("Connection") == "close"
        answer.read()
    connection.close()
