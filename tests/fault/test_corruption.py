"""Flipped bytes in the files of a stopped server: told by name and place, the rest readable."""

import base64
import json
import re
import shutil
import struct
import subprocess

import pytest

from crash_load import Gone, Wire
from headrace_server import BINARY, Server, wait_until

STREAM, BUCKET = "damaged", "damaged-objects"
RECORDS, RECORD_BYTES = 2000, 1000  # 16 blocks of a segment
FRAME_ALIGNMENT, FRAME_MAGIC, BLOCK_MAGIC = 4096, b"FRAM", b"BLOC"


def data_of(number):
    return f"record-{number:06d}-".encode() + bytes([97 + number % 26]) * (RECORD_BYTES - 14)


@pytest.fixture
def server():
    server = Server(flags=["--limits", "none"])
    try:
        wire = Wire(server.start())
        wire.kinesis("CreateStream", StreamName=STREAM, ShardCount=1)
        wait_until(lambda: wire.kinesis("DescribeStreamSummary", StreamName=STREAM)[
            "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
        assert wire.call("PUT", f"/{BUCKET}")[0] == 200
        yield server
    finally:
        server.close()


def put_records(server, key_of=lambda number: "k"):
    """Their sequence numbers."""
    wire, sequences = Wire(server), []
    for first in range(0, RECORDS, 100):
        answer = wire.kinesis("PutRecords", StreamName=STREAM, Records=[
            {"Data": base64.b64encode(data_of(number)).decode(), "PartitionKey": key_of(number)}
            for number in range(first, first + 100)])
        assert answer["FailedRecordCount"] == 0
        sequences += [record["SequenceNumber"] for record in answer["Records"]]
    return sequences


def read_around(server, sequences):
    """The numbers of the records that can be read, jumping over those that cannot."""
    wire, found, at = Wire(server), [], 0
    while at < RECORDS:
        iterator = wire.kinesis(
            "GetShardIterator", StreamName=STREAM, ShardId="shardId-000000000000",
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=sequences[at])["ShardIterator"]
        status, records = read(wire, iterator)
        if status != 200:
            assert status == 500, status
            at += 1
            continue
        if not records:
            break
        found += records
        at = records[-1] + 1
    return found


def read(wire, iterator):
    status, text = wire.call(
        "POST", "/", json.dumps({"ShardIterator": iterator, "Limit": 200}).encode(),
        {"Content-Type": "application/x-amz-json-1.1",
         "X-Amz-Target": "Kinesis_20131202.GetRecords"})
    numbers = []
    for record in json.loads(text)["Records"] if status == 200 else []:
        data = base64.b64decode(record["Data"])
        number = int(data[7:13])
        assert data == data_of(number), "damaged bytes were served"
        numbers.append(number)
    return status, numbers


def check_lost_around_1000(found):
    """A run of records that are next to each other; all others are there, once and in order."""
    lost = sorted(set(range(RECORDS)) - set(found))
    assert 1000 in lost and lost == list(range(lost[0], lost[-1] + 1)) and len(lost) < 200
    assert found == sorted(set(found))


def find(server, folder, needle):
    """(file, offset) where these bytes lie."""
    for path in sorted((server.data_dir / folder).rglob("*")):
        if path.is_file() and (at := path.read_bytes().find(needle)) >= 0:
            return path, at
    pytest.fail(f"nothing in {folder}/ holds {needle[:40]!r}")


def flip(path, offset):
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0x55]))


def verify(server):
    """`headrace verify` on a copy, since what it does may not touch what is tested next."""
    copy = server.data_dir.parent / "copy"
    shutil.copytree(server.data_dir, copy)
    done = subprocess.run([BINARY, "verify", copy], text=True, capture_output=True, timeout=60)
    shutil.rmtree(copy)
    return done.returncode, done.stdout + done.stderr


def test_a_whole_directory_verifies(server):
    put_records(server)
    assert Wire(server).call("PUT", f"/{BUCKET}/large", b"large" * 100_000)[0] == 200
    assert server.stop() == 0
    code, text = verify(server)
    assert code == 0, text


def test_a_damaged_record_is_named_by_verify_and_the_others_stay_readable(server):
    sequences = put_records(server)
    assert server.stop() == 0
    path, offset = find(server, "records", data_of(1000))
    flip(path, offset + 500)
    code, text = verify(server)
    assert code != 0
    assert re.search(rf"{path.name}: the block at byte \d+", text), text
    server.start()
    found = read_around(server, sequences)
    check_lost_around_1000(found)
    assert server.stop() == 0


def test_a_damaged_block_header_is_told_at_start(server):
    sequences = put_records(server)
    assert server.stop() == 0
    path, offset = find(server, "records", data_of(1000))
    block = path.read_bytes().rfind(BLOCK_MAGIC, 0, offset)
    assert block > 0
    flip(path, block + 10)
    code, text = verify(server)
    assert code != 0 and path.name in text, text
    server.start()
    assert re.search(rf"{path.name}: bytes {block} to \d+ are damaged", server.log()), server.log()
    found = read_around(server, sequences)
    check_lost_around_1000(found)
    assert server.stop() == 0


def frames(path):
    """(offset, payload size) of the whole frames of a log file."""
    data, offset = path.read_bytes(), FRAME_ALIGNMENT
    while data[offset:offset + 4] == FRAME_MAGIC:
        payload, = struct.unpack_from("<Q", data, offset + 24)
        yield offset, payload
        offset += -(-(40 + payload) // FRAME_ALIGNMENT) * FRAME_ALIGNMENT


def test_a_damaged_frame_of_the_log_costs_its_own_entries_only(server):
    sequences = put_records(server)
    server.kill()
    path, offset = find(server, "log", data_of(1000))
    frame = max(at for at, _ in frames(path) if at < offset)
    flip(path, offset + 500)
    code, text = verify(server)
    assert code != 0 and path.name in text, text
    server.start()
    assert re.search(rf"{path.name}: bytes {frame} to \d+ are damaged", server.log()), server.log()
    found = read_around(server, sequences)
    lost = sorted(set(range(RECORDS)) - set(found))
    assert lost == list(range(1000, 1100))  # one request, one entry
    assert server.stop() == 0


def seal(server):
    wire = Wire(server)
    wire.kinesis("StartStreamEncryption", StreamName=STREAM, EncryptionType="KMS",
                 KeyId="alias/aws/kinesis")


@pytest.mark.parametrize("folder", ["log", "records"])
def test_damage_to_sealed_records_is_never_served(server, folder):
    """Keys are in the clear and tell where; data lies before its key."""
    seal(server)
    sequences = put_records(server, "key-{:06d}".format)
    if folder == "log":
        server.kill()
    else:
        assert server.stop() == 0
    path, offset = find(server, folder, b"key-001000")
    assert data_of(1000)[:30] not in path.read_bytes()
    flip(path, offset - 500)
    code, text = verify(server)
    assert code != 0 and path.name in text, text
    server.start()
    found = read_around(server, sequences)
    check_lost_around_1000(found)
    assert server.stop() == 0


def test_a_torn_end_of_the_log_is_no_damage(server):
    """What was never acknowledged may be half written: cut off without a word."""
    sequences = put_records(server)
    server.kill()
    path, _ = find(server, "log", data_of(RECORDS - 1))
    *_, (offset, payload) = frames(path)
    end = offset + -(-(40 + payload) // FRAME_ALIGNMENT) * FRAME_ALIGNMENT
    torn = FRAME_MAGIC + b"\x11" * 36 + b"half of an entry"
    with path.open("r+b") as file:
        file.seek(end)
        file.write(torn)
    server.start()
    assert "damaged" not in server.log()
    assert read_around(server, sequences) == list(range(RECORDS))
    assert server.stop() == 0
    code, text = verify(server)
    assert code == 0, text


@pytest.mark.parametrize("size", [10_000, 1_000_000], ids=["small", "large"])
def test_a_damaged_object_is_named_by_verify_and_the_others_are_served(server, size):
    wire = Wire(server)
    body = b"".join(b"%09d " % index for index in range(size // 10))
    for key in ("before", "damaged", "after"):
        mark = f"<{key}>".encode()
        assert wire.call("PUT", f"/{BUCKET}/{key}", mark + body)[0] == 200
    assert server.stop() == 0
    path, offset = find(server, "blobs", b"<damaged>")
    flip(path, offset + size // 2)
    code, text = verify(server)
    assert code != 0 and path.name in text, text
    server.start()
    wire = Wire(server)
    for key in ("before", "after"):
        assert wire.call("GET", f"/{BUCKET}/{key}") == (200, f"<{key}>".encode() + body)
    assert not served_whole(wire, f"/{BUCKET}/damaged", size + len("<damaged>"))
    assert server.stop() == 0


def served_whole(wire, target, size):
    """Whether the answer claims to be the object; one that breaks off does not."""
    try:
        status, body = wire.call("GET", target)
    except Gone:
        return False
    return status == 200 and len(body) == size
