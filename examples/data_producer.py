#!/usr/bin/env python3
"""Sends made-up sensor readings to a Kinesis stream, in batches, at a steady pace.

    pip install -r requirements.txt
    python data_producer.py

works as it stands after `terraform apply`: against Headrace when AWS_ENDPOINT_URL says where it
is, against AWS without. Credentials come from where boto3 always finds them.
"""

import argparse
import csv
import datetime
import io
import itertools
import json
import os
import random
import sys
import time
import uuid

import boto3
import jsonschema
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# What to change. The names are those of terraform/terraform.tfvars.example.
AWS_REGION = os.environ.get("AWS_REGION", "us-east-1")
KINESIS_STREAM_NAME = "headrace-events"
DATA_FORMAT = "json"  # "json": one object a line; "csv": the schema's columns in order
BATCH_RECORDS = 100  # at most 500
BATCHES_PER_SECOND = 2.0
EVENTS = 1_000  # then it stops, unless --forever
ATTEMPTS = 8  # of one batch, each only with what was throttled the time before
BACK_OFF_FIRST_SECONDS, BACK_OFF_MAX_SECONDS = 0.1, 5.0

DEVICES = [f"device-{number:03d}" for number in range(50)]
PARTITION_KEY = "device_id"  # events of one device stay in order
SCHEMA = {
    "type": "object",
    "properties": {
        "event_id": {"type": "string", "format": "uuid"},
        "device_id": {"type": "string", "pattern": "^device-[0-9]{3}$"},
        "timestamp": {"type": "string", "format": "date-time"},
        "temperature_celsius": {"type": "number", "minimum": -60, "maximum": 80},
        "humidity_percent": {"type": "number", "minimum": 0, "maximum": 100},
        "status": {"enum": ["ok", "warning", "critical"]},
    },
    "required": ["event_id", "device_id", "timestamp", "temperature_celsius", "humidity_percent",
                 "status"],
    "additionalProperties": False,
}

THROTTLED = "ProvisionedThroughputExceededException"
REQUEST_BYTES_MAX = 5 * 1024 * 1024  # what PutRecords takes on every endpoint


def make_event():
    temperature = round(random.gauss(21, 8), 2)
    return {
        "event_id": str(uuid.uuid4()),
        "device_id": random.choice(DEVICES),
        "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec="milliseconds"),
        "temperature_celsius": max(-60.0, min(80.0, temperature)),
        "humidity_percent": round(random.uniform(20, 90), 1),
        "status": "ok" if temperature < 35 else "warning" if temperature < 45 else "critical",
    }


def encode(event, data_format):
    """One record's data. The line feed at its end keeps records apart in delivered objects."""
    if data_format == "json":
        return json.dumps(event, separators=(",", ":")).encode() + b"\n"
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        event.get(column, "") for column in SCHEMA["properties"])
    return line.getvalue().encode()


def records(count, data_format):
    """Records of events that keep to the schema; without end when `count` is None."""
    validator = jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    for _ in itertools.count() if count is None else range(count):
        event = make_event()
        validator.validate(event)
        yield {"Data": encode(event, data_format), "PartitionKey": event[PARTITION_KEY]}


def batches(source, records_max):
    batch, size = [], 0
    for record in source:
        record_size = len(record["Data"]) + len(record["PartitionKey"])
        if batch and (len(batch) == records_max or size + record_size > REQUEST_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += record_size
    if batch:
        yield batch


def put(kinesis, stream, batch, totals):
    """Sends one batch; what was throttled again and again, with longer and longer waits."""
    for attempt in range(ATTEMPTS):
        if attempt:
            totals["retried"] += len(batch)
            ceiling = min(BACK_OFF_MAX_SECONDS, BACK_OFF_FIRST_SECONDS * 2 ** (attempt - 1))
            time.sleep(random.uniform(ceiling / 2, ceiling))
        try:
            answers = kinesis.put_records(StreamName=stream, Records=batch)["Records"]
        except ClientError as error:
            if error.response["Error"]["Code"] != THROTTLED:
                raise
            continue
        codes = [answer.get("ErrorCode") for answer in answers]
        totals["sent"] += codes.count(None)
        for code in codes:
            if code not in (None, THROTTLED):
                totals["rejected"] += 1
                print(f"rejected: {code}", file=sys.stderr)
        batch = [record for record, code in zip(batch, codes) if code == THROTTLED]
        if not batch:
            return
    totals["rejected"] += len(batch)
    print(f"given up: {len(batch)} records throttled {ATTEMPTS} times", file=sys.stderr)


def run(options):
    kinesis = boto3.client("kinesis", region_name=options.region,
                           config=Config(retries={"mode": "standard", "total_max_attempts": 4}))
    totals = {"sent": 0, "retried": 0, "rejected": 0}
    began = next_batch = time.monotonic()
    source = records(None if options.forever else options.events, options.format)
    try:
        for batch in batches(source, options.batch_records):
            time.sleep(max(0.0, next_batch - time.monotonic()))
            next_batch = max(next_batch, time.monotonic() - 1) + 1 / options.batches_per_second
            put(kinesis, options.stream, batch, totals)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"stopped: {error}", file=sys.stderr)
        totals["rejected"] += 1
    print(f"{totals['sent']} records to {options.stream} in {time.monotonic() - began:.1f} s, "
          f"{totals['retried']} sent again, {totals['rejected']} rejected")
    return 1 if totals["rejected"] else 0


def positive(kind):
    def parse(text):
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError("must be above 0")
        return value
    return parse


def batch_size(text):
    value = positive(int)(text)
    if value > 500:
        raise argparse.ArgumentTypeError("PutRecords takes at most 500 records")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--region", default=AWS_REGION)
    parser.add_argument("--stream", default=KINESIS_STREAM_NAME)
    parser.add_argument("--format", choices=["json", "csv"], default=DATA_FORMAT)
    parser.add_argument("--batch-records", type=batch_size, default=BATCH_RECORDS)
    parser.add_argument("--batches-per-second", type=positive(float), default=BATCHES_PER_SECOND)
    how_many = parser.add_mutually_exclusive_group()
    how_many.add_argument("--events", type=positive(int), default=EVENTS)
    how_many.add_argument("--forever", action="store_true", help="until Ctrl-C")
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
