"""A full disk: writes fail with an error that clients retry, reads go on, and all is well again
once there is space."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile

import pytest

from crash_load import Gone, Wire
from headrace_server import Server, wait_until

DISK_MIB = 224
STREAM, BUCKET = "full", "full-objects"
RECORD = 32 * 1024
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def small_disk():
    """A file system of DISK_MIB MiB of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="headrace-full-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", folder],
                             capture_output=True, text=True)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


@pytest.fixture
def server(small_disk):
    server = Server(data_dir=small_disk / "data", flags=["--limits", "none"])
    try:
        yield server.start()
    finally:
        server.close()


def data_of(number):
    return f"{number:08d}".encode() * (RECORD // 8)


class Client:
    """Puts and remembers what was acknowledged."""

    def __init__(self, server):
        self.server = server
        self.wire = Wire(server)
        self.records = []  # numbers, in the order of their acknowledgements
        self.next = 0
        self.objects = {}

    def put_records(self, count=8):
        """True when all were taken; what was refused must be worth a retry."""
        numbers = range(self.next, self.next + count)
        self.next += count
        status, text = self.raw("PutRecords", {"StreamName": STREAM, "Records": [
            {"Data": base64.b64encode(data_of(number)).decode(), "PartitionKey": "k"}
            for number in numbers]})
        if status != 200:
            # SDKs retry every 5xx.
            assert status in (500, 503), f"{status} {text[:300]}"
            return False
        assert text["FailedRecordCount"] in (0, count)
        if text["FailedRecordCount"]:
            codes = {record["ErrorCode"] for record in text["Records"]}
            assert codes <= {"InternalFailure", "ProvisionedThroughputExceededException"}
            return False
        self.records += numbers
        return True

    def raw(self, operation, body):
        status, text = self.wire.call("POST", "/", json.dumps(body).encode(), {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"Kinesis_20131202.{operation}"})
        return status, json.loads(text) if status == 200 and text else text

    def put_object(self, key, body):
        try:
            status, text = self.wire.call("PUT", f"/{BUCKET}/{key}", body)
        except Gone:
            # Refused while it was still being sent; the connection does not outlive that.
            self.wire = Wire(self.server)
            return False
        if status == 200:
            self.objects[key] = body
            return True
        assert status in (500, 503), f"{status} {text[:300]}"
        self.wire.close()
        return False

    def check(self):
        """Everything acknowledged can be read, in order, once."""
        iterator = self.wire.kinesis(
            "GetShardIterator", StreamName=STREAM, ShardId="shardId-000000000000",
            ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        found = []
        while True:
            answer = self.wire.kinesis("GetRecords", ShardIterator=iterator)
            iterator = answer["NextShardIterator"]
            for record in answer["Records"]:
                data = base64.b64decode(record["Data"])
                number = int(data[:8])
                assert data == data_of(number)
                found.append(number)
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                break
        assert found == self.records
        for key, body in self.objects.items():
            status, text = self.wire.call("GET", f"/{BUCKET}/{key}")
            assert (status, text) == (200, body), f"{key}: {status}"


def wait_for_stream(client):
    wait_until(lambda: client.wire.kinesis("DescribeStreamSummary", StreamName=STREAM)[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")


def provision(client):
    client.wire.kinesis("CreateStream", StreamName=STREAM, ShardCount=1)
    wait_for_stream(client)
    assert client.wire.call("PUT", f"/{BUCKET}")[0] == 200


def fill(path):
    """Takes all the space that is left."""
    with path.open("wb", buffering=0) as ballast:
        for size in (2**20, 4096):
            try:
                while True:
                    ballast.write(b"\1" * size)
            except OSError:
                pass


def test_a_full_disk_refuses_writes_keeps_reads_and_recovers(server, small_disk):
    client = Client(server)
    provision(client)
    for _ in range(20):
        assert client.put_records()
    assert client.put_object("before", b"before" * 1000)

    ballast = small_disk / "ballast"
    fill(ballast)
    assert not client.put_records()
    assert not client.put_object("small", b"small" * 100)
    assert not client.put_object("large", b"large" * 200_000)
    assert not client.put_object("before", b"after" * 1000)
    client.check()
    status, _ = client.wire.call("GET", f"/{BUCKET}/small")
    assert status == 404

    # Deleting works on a full disk, or nobody could ever make room.
    status, _ = client.wire.call("DELETE", f"/{BUCKET}/before")
    assert status in (204, 500, 503)
    if status == 204:
        del client.objects["before"]

    ballast.unlink()
    wait_until(client.put_records, 30)
    assert client.put_object("large", b"large" * 200_000)
    client.check()

    server.kill()
    server.start()
    client.wire = Wire(server)
    client.check()
    assert client.put_records() and client.put_object("last", b"last")
    client.check()
    assert server.stop() == 0


def test_records_themselves_can_fill_the_disk(server):
    client = Client(server)
    provision(client)
    for _ in range(2 * DISK_MIB * 2**20 // (RECORD * 32)):
        if not client.put_records(32):
            break
    else:
        pytest.fail("twice the disk's size was taken")
    client.check()
    server.kill()
    server.start()
    client.wire = Wire(server)
    client.check()
    # Deleting the stream gives its space back.
    client.wire.kinesis("DeleteStream", StreamName=STREAM)
    client.records = []

    def made_again():
        status, _ = client.raw("CreateStream", {"StreamName": STREAM, "ShardCount": 1})
        return status == 200
    wait_until(made_again, 30)
    wait_for_stream(client)
    wait_until(lambda: client.put_records(1), 30)
    client.check()
    assert server.stop() == 0
