"""examples/data_producer.py as a user runs it: only AWS_ENDPOINT_URL and credentials set."""

import collections
import csv
import datetime
import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest

from headrace_server import ROOT

SCRIPT = ROOT / "examples/data_producer.py"


def load():
    spec = importlib.util.spec_from_file_location("data_producer", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(server, *arguments):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], text=True, capture_output=True, timeout=60,
        env={**environment, "AWS_ENDPOINT_URL": server.url(), "AWS_ACCESS_KEY_ID": "test",
             "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.devnull,
             "AWS_SHARED_CREDENTIALS_FILE": os.devnull})


def everything(kinesis, stream):
    """All records, shard after shard."""
    found = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        position = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while True:
            answer = kinesis.get_records(ShardIterator=position)
            found += answer["Records"]
            position = answer["NextShardIterator"]
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                break
    return found


@pytest.fixture
def kinesis(server):
    return server.client("kinesis")


def test_it_sends_the_number_of_events_that_it_was_told(server, kinesis, stream):
    done = run(server, "--stream", stream, "--events", "350", "--batch-records", "60",
               "--batches-per-second", "100")
    assert done.returncode == 0, done.stderr
    assert re.match(rf"350 records to {stream} in [\d.]+ s, 0 sent again, 0 rejected\n",
                    done.stdout), done.stdout
    records = everything(kinesis, stream)
    assert len(records) == 350
    events = [json.loads(record["Data"]) for record in records]
    assert len({event["event_id"] for event in events}) == 350
    by_device = collections.defaultdict(list)
    for record, event in zip(records, events):
        assert record["PartitionKey"] == event["device_id"]
        by_device[event["device_id"]].append(event["timestamp"])
    assert all(times == sorted(times) for times in by_device.values())


def test_it_sends_csv_with_the_columns_of_its_schema(server, kinesis, stream):
    done = run(server, "--stream", stream, "--events", "5", "--format", "csv",
               "--batches-per-second", "100")
    assert done.returncode == 0, done.stderr
    records = everything(kinesis, stream)
    assert len(records) == 5
    for record in records:
        row, = csv.reader([record["Data"].decode()])
        assert len(row) == 6 and row[1] == record["PartitionKey"]
        datetime.datetime.fromisoformat(row[2])
        assert row[5] in ("ok", "warning", "critical")


def test_a_missing_stream_is_said_and_the_exit_code_is_not_zero(server):
    done = run(server, "--stream", "there-is-none", "--events", "1")
    assert done.returncode == 1
    assert "ResourceNotFoundException" in done.stderr


def test_only_what_was_throttled_is_sent_again(server, monkeypatch):
    producer = load()
    monkeypatch.setattr(producer, "BACK_OFF_FIRST_SECONDS", 0.001)
    calls = []

    class Throttling:
        """Takes the first record of a batch, throttles the second, refuses the third, once."""

        def put_records(self, StreamName, Records):
            calls.append([record["Data"] for record in Records])
            codes = [None, producer.THROTTLED, "InternalFailure"] if len(calls) == 1 else [None]
            return {"Records": [{"ErrorCode": code} if code else {"SequenceNumber": "1"}
                                for code in codes]}

    totals = {"sent": 0, "retried": 0, "rejected": 0}
    producer.put(Throttling(), "s", [{"Data": data, "PartitionKey": "k"}
                                     for data in (b"a", b"b", b"c")], totals)
    assert calls == [[b"a", b"b", b"c"], [b"b"]]
    assert totals == {"sent": 2, "retried": 1, "rejected": 1}


def test_its_defaults_are_those_of_terraform():
    producer = load()
    text = (ROOT / "terraform/terraform.tfvars.example").read_text()
    defaults = dict(re.findall(r'^(\w+)\s*=\s*"([^"]*)"', text, re.M))
    assert producer.KINESIS_STREAM_NAME == defaults["kinesis_stream_name"]
    assert defaults["aws_region"] == "us-east-1"
    variables = (ROOT / "terraform/variables.tf").read_text()
    for name, value in defaults.items():
        assert re.search(rf'variable "{name}" {{[^}}]*?default\s*=\s*"{re.escape(value)}"',
                         variables, re.S), name
