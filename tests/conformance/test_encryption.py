"""Records sealed at rest: StartStreamEncryption, StopStreamEncryption, and what the disk has."""

import base64
import contextlib
import subprocess

import pytest

from headrace_server import BINARY, wait_until
from test_fan_out import events, register, subscribe
from test_firehose import objects
from test_kinesis import active, arn_of, read
from wire_calls import refused

KEY = "alias/aws/kinesis"
ACCOUNT = "000000000000"
SECRET = "the quick brown secret jumps over the lazy disk"
LEAK = "records from before encryption are there to be seen"
ROOT = "kms/aws-kinesis.key"


def make(kinesis, stream, shards=1):
    kinesis.create_stream(StreamName=stream, ShardCount=shards)
    return wait_until(lambda: active(kinesis, stream))


def start(kinesis, stream, key=KEY):
    kinesis.start_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId=key)
    return wait_until(lambda: active(kinesis, stream))


def stop(kinesis, stream, key=KEY):
    kinesis.stop_stream_encryption(StreamName=stream, EncryptionType="KMS", KeyId=key)
    return wait_until(lambda: active(kinesis, stream))


def put(kinesis, stream, *texts):
    return kinesis.put_records(StreamName=stream, Records=[
        {"Data": text.encode(), "PartitionKey": f"key-{i}"} for i, text in enumerate(texts)])


def read_all(kinesis, stream):
    """[(data, encryption type)]"""
    return [(record["Data"].decode(), record.get("EncryptionType"))
            for record in read(kinesis, stream, "shardId-000000000000")]


def traces(directory, text):
    """Files that hold the text, plain or in base64 at any of its three alignments."""
    raw = text.encode()
    needles = [raw] + [base64.b64encode(raw[skip:])[:-4] for skip in range(3)]
    return [path for path in directory.rglob("*") if path.is_file()
            and any(needle in path.read_bytes() for needle in needles)]


@pytest.fixture
def own(start_server):
    return start_server("--limits", "none")


def test_a_stream_says_whether_it_is_encrypted(kinesis, name):
    make(kinesis, name)
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=KEY)
    summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert summary["StreamStatus"] == "UPDATING"
    with refused("ResourceInUseException", "not ACTIVE"):
        kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=KEY)
    summary = wait_until(lambda: active(kinesis, name))
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", KEY)
    described = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    assert (described["EncryptionType"], described["KeyId"]) == ("KMS", KEY)
    summary = stop(kinesis, name)
    assert summary["EncryptionType"] == "NONE" and "KeyId" not in summary


def test_the_key_may_be_named_by_the_arn_of_its_alias(kinesis, name):
    make(kinesis, name)
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:{KEY}"
    assert start(kinesis, name, arn)["KeyId"] == arn


def test_doing_it_twice_changes_nothing(kinesis, name):
    make(kinesis, name)
    start(kinesis, name)
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=KEY)
    assert active(kinesis, name)
    stop(kinesis, name)
    kinesis.stop_stream_encryption(StreamARN=arn_of(name), EncryptionType="KMS", KeyId=KEY)
    assert active(kinesis, name)


@pytest.mark.parametrize("key, why", [
    ("alias/mine", f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/mine is not found."),
    ("12345678-1234-1234-1234-123456789012",
     f"Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012' does not "
     "exist"),
    (f"arn:aws:kms:us-east-1:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012",
     "does not exist"),
    ("mine", "Invalid keyId 'mine'")])
def test_other_keys_are_not_found(kinesis, name, key, why):
    make(kinesis, name)
    with refused("KMSNotFoundException", why):
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=key)
    assert active(kinesis, name)["EncryptionType"] == "NONE"


def test_what_makes_no_sense_is_refused(kinesis, name):
    make(kinesis, name)
    with refused("InvalidArgumentException", "NONE"):
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="NONE", KeyId=KEY)
    with refused("ValidationException", "encryptionType"):
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="AES", KeyId=KEY)
    with refused("ResourceNotFoundException", "not found"):
        kinesis.start_stream_encryption(StreamName=name + "-not", EncryptionType="KMS", KeyId=KEY)
    with refused("ResourceNotFoundException", "not found"):
        kinesis.stop_stream_encryption(StreamName=name + "-not", EncryptionType="KMS", KeyId=KEY)


def test_encryption_starts_twenty_five_times_a_day(start_server):
    server = start_server("--clock", "virtual")
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    arguments = {"StreamName": "s", "EncryptionType": "KMS", "KeyId": KEY}
    for _ in range(25):
        server.advance(1000)
        kinesis.start_stream_encryption(**arguments)
        server.advance(1000)
        kinesis.stop_stream_encryption(**arguments)
    server.advance(1000)
    with refused("LimitExceededException", "25 times"):
        kinesis.start_stream_encryption(**arguments)
    server.advance(24 * 3600 * 1000)
    kinesis.start_stream_encryption(**arguments)


def test_answers_and_records_say_what_was_sealed(kinesis, name):
    make(kinesis, name)
    assert "EncryptionType" not in put(kinesis, name, "plain")
    start(kinesis, name)
    assert put(kinesis, name, "sealed", "and this")["EncryptionType"] == "KMS"
    one = kinesis.put_record(StreamName=name, Data=b"", PartitionKey="k")
    assert one["EncryptionType"] == "KMS"
    stop(kinesis, name)
    assert "EncryptionType" not in put(kinesis, name, "plain again")
    assert read_all(kinesis, name) == [("plain", None), ("sealed", "KMS"), ("and this", "KMS"),
                                       ("", "KMS"), ("plain again", None)]


def test_the_disk_holds_nothing_in_the_clear(own):
    """Killed and, after a start that makes segments of the log, stopped."""
    kinesis = own.client("kinesis")
    make(kinesis, "s")
    put(kinesis, "s", LEAK)
    start(kinesis, "s")
    for i in range(20):
        put(kinesis, "s", *[f"{SECRET} {i}"] * 20)
    kinesis.put_record(StreamName="s", Data=SECRET.encode(), PartitionKey="k")
    own.kill()
    assert traces(own.data_dir, LEAK), "this is how it would be found"
    assert traces(own.data_dir, SECRET) == []
    own.start()
    kinesis = own.client("kinesis")
    expected = [(LEAK, None)] + [(f"{SECRET} {i}", "KMS") for i in range(20) for _ in range(20)]
    assert read_all(kinesis, "s") == expected + [(SECRET, "KMS")]
    assert put(kinesis, "s", "after the crash")["EncryptionType"] == "KMS"
    assert own.stop() == 0
    assert list(own.data_dir.rglob("*.segment"))
    assert traces(own.data_dir, SECRET) == []
    checked = subprocess.run([BINARY, "verify", own.data_dir], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    own.start()
    assert read_all(own.client("kinesis"), "s") == (
        expected + [(SECRET, "KMS"), ("after the crash", "KMS")])


def test_the_root_key_is_its_owners_and_not_in_the_database(own):
    kinesis = own.client("kinesis")
    make(kinesis, "s")
    root = own.data_dir / ROOT
    assert not root.exists(), "made at first use"
    start(kinesis, "s")
    assert root.stat().st_mode & 0o777 == 0o600
    secret = bytes.fromhex(root.read_text())
    own.kill()
    holders = [path for path in own.data_dir.rglob("*") if path.is_file() and (
        secret in path.read_bytes() or secret.hex().encode() in path.read_bytes())]
    assert holders == [root]
    own.start()


def test_a_lost_root_key_costs_the_sealed_records_only(own):
    kinesis = own.client("kinesis")
    make(kinesis, "s")
    make(kinesis, "plain")
    put(kinesis, "plain", "hello")
    put(kinesis, "s", LEAK)
    start(kinesis, "s")
    put(kinesis, "s", SECRET)
    assert own.stop() == 0
    root = own.data_dir / ROOT
    kept = root.read_text()
    root.unlink()
    own.start()
    kinesis = own.client("kinesis")
    assert "sealed records of 1 stream cannot be opened" in own.log()
    assert read_all(kinesis, "plain") == [("hello", None)]
    with refused("KMSNotFoundException", "alias/aws/kinesis is gone"):
        read_all(kinesis, "s")
    with refused("KMSNotFoundException", "alias/aws/kinesis is gone"):
        put(kinesis, "s", "more")
    assert not root.exists(), "nothing takes its place"
    root.write_text(kept)
    assert read_all(kinesis, "s") == [(LEAK, None), (SECRET, "KMS")]


def test_the_root_key_may_come_from_the_environment(start_server, tmp_path):
    data_dir = tmp_path / "data"
    first = start_server(data_dir=data_dir, environment={"HEADRACE_KMS_ROOT_KEY": "ab" * 32})
    kinesis = first.client("kinesis")
    make(kinesis, "s")
    start(kinesis, "s")
    put(kinesis, "s", SECRET)
    assert not (data_dir / "kms").exists()
    assert first.stop() == 0
    second = start_server(data_dir=data_dir, environment={"HEADRACE_KMS_ROOT_KEY": "AB" * 32})
    assert read_all(second.client("kinesis"), "s") == [(SECRET, "KMS")]
    assert second.stop() == 0
    third = start_server(data_dir=data_dir, environment={"HEADRACE_KMS_ROOT_KEY": "cd" * 32})
    kinesis = third.client("kinesis")
    make(kinesis, "fresh")
    with refused("KMSAccessDeniedException", "not the key it once was"):
        read_all(kinesis, "s")
    with refused("KMSAccessDeniedException", "not the key it once was"):
        put(kinesis, "s", "would never open")
    with refused("KMSAccessDeniedException", "not the key it once was"):
        start(kinesis, "fresh")
    assert third.stop() == 0
    fourth = start_server(data_dir=data_dir, environment={"HEADRACE_KMS_ROOT_KEY": "ab" * 32})
    kinesis = fourth.client("kinesis")
    put(kinesis, "s", "more")
    assert read_all(kinesis, "s") == [(SECRET, "KMS"), ("more", "KMS")]


def test_a_subscription_gets_records_in_the_clear(kinesis, name):
    make(kinesis, name)
    put(kinesis, name, "plain")
    start(kinesis, name)
    put(kinesis, name, "sealed")
    consumer = register(kinesis, arn_of(name), "c")
    with contextlib.closing(subscribe(kinesis, consumer, {"Type": "TRIM_HORIZON"})) as stream:
        found = []
        for event in events(stream):
            found += [(record["Data"], record.get("EncryptionType"))
                      for record in event["Records"]]
            if len(found) == 2:
                break
    assert found == [(b"plain", None), (b"sealed", "KMS")]


def test_delivery_from_an_encrypted_stream_is_in_the_clear(kinesis, firehose, s3, name, bucket):
    make(kinesis, name)
    start(kinesis, name)
    create_from_stream(firehose, name, bucket)
    put(kinesis, name, "one\n", "two\n")
    stop(kinesis, name)
    put(kinesis, name, "three\n")
    found = wait_until(lambda: b"".join(objects(s3, bucket).values()).count(b"\n") == 3
                       and objects(s3, bucket))
    assert sorted(b"".join(found.values()).split()) == [b"one", b"three", b"two"]


def create_from_stream(firehose, stream, bucket):
    role = f"arn:aws:iam::{ACCOUNT}:role/delivery"
    firehose.create_delivery_stream(
        DeliveryStreamName=stream, DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn_of(stream), "RoleARN": role},
        ExtendedS3DestinationConfiguration={
            "RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1}})
    wait_until(lambda: firehose.describe_delivery_stream(DeliveryStreamName=stream)[
        "DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE")
