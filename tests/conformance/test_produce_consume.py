"""headrace produce and headrace consume, end to end."""

import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest

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
