"""The rows of bench/run, one function each. SHARED ones run on kinesalite as well."""

import base64
import dataclasses
import os
import random
import re
import shutil
import statistics
import struct
import time
import urllib.parse

import fanout
from load import Load, Server, object_key
import cbor

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
START_GB = float(os.environ.get("BENCH_START_GB", "1"))
SHARDS = 4
STREAMS = 10_000
CONSUMERS = 20
WARM_UP_SECONDS = 3
DELIVERY_WAIT_SECONDS = 120
KINESIS, FIREHOSE = "Kinesis_20131202", "Firehose_20150804"
names = iter(range(1_000_000))


@dataclasses.dataclass
class Row:
    what: str
    value: float
    unit: str
    target: float = 0
    more_is_better: bool = True
    cpu_us: float = 0
    p50_ms: float = 0
    p99_ms: float = 0


def row_of(what, result, per_request, unit, target):
    return Row(what, result.rate * per_request, unit, target, cpu_us=result.cpu_us,
               p50_ms=result.p50_ms, p99_ms=result.p99_ms)


def new_stream(server, shards=SHARDS):
    name = f"bench-{next(names)}"
    server.call(f"{KINESIS}.CreateStream", {"StreamName": name, "ShardCount": shards})
    return name


def await_active(server, name):
    while server.call(f"{KINESIS}.DescribeStream", {"StreamName": name, "Limit": 1})[
            "StreamDescription"]["StreamStatus"] != "ACTIVE":
        time.sleep(0.05)


def stream(server, shards=SHARDS):
    """A new active stream."""
    name = new_stream(server, shards)
    await_active(server, name)
    return name


def drop(server, name):
    server.call(f"{KINESIS}.DeleteStream", {"StreamName": name})


def log_lines(size, chance):
    """Text of the kind that pipelines carry: compresses four or five times."""
    words = ["GET", "POST", "/api/items", "/api/users", "status=200", "status=404", "ok", "miss",
             "host-17", "host-22", "eu-west-1", "cache", "latency_ms="]
    parts, length = [], 0
    while length < size:
        number = str(chance.randrange(10_000)) if chance.random() < 0.4 else ""
        word = chance.choice(words) + number
        parts.append(word)
        length += len(word) + 1
    return " ".join(parts)[:size - 1].encode() + b"\n"


def put_records_body(name, count, size, seed=1):
    chance = random.Random(seed)
    return {"StreamName": name, "Records": [
        {"Data": base64.b64encode(log_lines(size, chance)).decode(),
         "PartitionKey": f"device-{chance.randrange(10**6)}"} for _ in range(count)]}


def check_put(server, body):
    failed = server.call(f"{KINESIS}.PutRecords", body)["FailedRecordCount"]
    if failed:
        raise SystemExit(f"bench: {failed} records were refused")


def put_to(load, server, name):
    """PutRecords of 500 x 100 B by 16 connections."""
    body = put_records_body(name, 500, 100)
    check_put(server, body)
    result = load.run([server.call_request(f"{KINESIS}.PutRecords", body)], 16, SECONDS)
    drop(server, name)
    return result


def put_records(load, server):
    result = put_to(load, server, stream(server))
    return row_of("PutRecords 500 x 100 B, 16 connections", result, 500, "records/s", 2_500_000)


def put_records_shards(load, server):
    few = put_to(load, server, stream(server))
    many = put_to(load, server, stream(server, 1000))
    return row_of("the same, 1,000 shards instead of 4", many, 100 / few.rate, "%", 80)


def put_records_streams(load, server):
    """Each of 1,000 connections brings records of a stream of its own at a time."""
    one = put_to(load, server, stream(server))
    streams = [new_stream(server, 1) for _ in range(1000)]
    await_active(server, streams[-1])
    requests = [server.call_request(f"{KINESIS}.PutRecords", put_records_body(name, 500, 100))
                for name in streams]
    load.run(requests, 1000, WARM_UP_SECONDS)  # in which the streams' files are made
    many = load.run(requests, 1000, SECONDS)
    for name in streams:
        drop(server, name)
    return row_of("the same, 1,000 streams with a writer each", many, 100 / one.rate, "%", 70)


def put_record(load, server):
    name = stream(server)
    requests = [server.call_request(f"{KINESIS}.PutRecord", {
        "StreamName": name, "PartitionKey": f"device-{index}",
        "Data": base64.b64encode(log_lines(100, random.Random(index))).decode()})
        for index in range(64)]
    result = load.run(requests, 64, SECONDS)
    drop(server, name)
    return row_of("PutRecord 100 B, 64 connections", result, 1, "requests/s", 80_000)


def get_records(load, server):
    name = stream(server)
    for seed in range(4 * SHARDS):
        check_put(server, put_records_body(name, 500, 100, seed))
    requests = []
    shards = server.call(f"{KINESIS}.DescribeStream", {"StreamName": name})[
        "StreamDescription"]["Shards"]
    for shard in shards:
        iterator = server.call(f"{KINESIS}.GetShardIterator", {
            "StreamName": name, "ShardId": shard["ShardId"],
            "ShardIteratorType": "TRIM_HORIZON"})["ShardIterator"]
        body = {"ShardIterator": iterator, "Limit": 1000}
        got = len(server.call(f"{KINESIS}.GetRecords", body)["Records"])
        if got != 1000:
            raise SystemExit(f"bench: GetRecords gave {got} records")
        requests.append(server.call_request(f"{KINESIS}.GetRecords", body))
    result = load.run(requests, 16, SECONDS)
    drop(server, name)
    return row_of("GetRecords 1,000 x 100 B, 16 connections", result, 1000, "records/s", 3_000_000)


def put_records_large(load, server):
    name = stream(server)
    body = put_records_body(name, 100, 10_240)
    check_put(server, body)
    result = load.run([server.call_request(f"{KINESIS}.PutRecords", body)], 16, SECONDS)
    drop(server, name)
    return row_of("PutRecords 100 x 10 KiB, JSON, 16 connections", result, 100 * 10_240 / 1e6,
                  "MB/s", 450)


def put_records_cbor(load, server):
    name = stream(server)
    body = put_records_body(name, 100, 10_240)
    for record in body["Records"]:
        record["Data"] = base64.b64decode(record["Data"])
    request = server.request("kinesis", "POST", "/", cbor.encode(body), {
        "Content-Type": "application/x-amz-cbor-1.1", "X-Amz-Target": f"{KINESIS}.PutRecords"})
    result = load.run([request], 16, SECONDS)
    drop(server, name)
    return row_of("PutRecords 100 x 10 KiB, CBOR, 16 connections", result, 100 * 10_240 / 1e6,
                  "MB/s", 700)


def put_object(load, server):
    bucket = f"bench-{next(names)}"
    server.send("s3", "PUT", f"/{bucket}")
    body = log_lines(1024, random.Random(1))
    requests = [server.request("s3", "PUT", f"/{bucket}/" + object_key(f"key {index}"), body)
                for index in range(1024)]
    result = load.run(requests, 64, SECONDS)
    return row_of("PutObject 1 KiB, 64 connections", result, 1, "requests/s", 5_000)


def end_to_end(load, server):
    """From the first PutRecords to the last object's being there, uncompressed bytes."""
    name, bucket = stream(server), f"bench-{next(names)}"
    server.send("s3", "PUT", f"/{bucket}")
    arn = server.call(f"{KINESIS}.DescribeStream", {"StreamName": name})[
        "StreamDescription"]["StreamARN"]
    role = "arn:aws:iam::000000000000:role/bench"
    server.call(f"{FIREHOSE}.CreateDeliveryStream", {
        "DeliveryStreamName": name, "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": {"KinesisStreamARN": arn, "RoleARN": role},
        "ExtendedS3DestinationConfiguration": {
            "RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", "CompressionFormat": "GZIP",
            "BufferingHints": {"SizeInMBs": 16, "IntervalInSeconds": 1}}})
    while server.call(f"{FIREHOSE}.DescribeDeliveryStream", {"DeliveryStreamName": name})[
            "DeliveryStreamDescription"]["DeliveryStreamStatus"] != "ACTIVE":
        time.sleep(0.05)
    bodies = [put_records_body(name, 100, 10_240, seed) for seed in range(4)]
    requests = [server.call_request(f"{KINESIS}.PutRecords", body) for body in bodies]
    cpu, began = server.cpu_seconds(), time.monotonic()
    result = load.run(requests, 16, SECONDS)
    sent = result.requests * 100 * 10_240
    stored, delivered, ended = delivery(server, bucket, sent)
    server.call(f"{FIREHOSE}.DeleteDeliveryStream", {"DeliveryStreamName": name})
    drop(server, name)
    return Row(f"stream to gzip objects, end to end ({delivered / max(stored, 1):.1f} : 1)",
               delivered / 1e6 / (ended - began), "MB/s", 100,
               cpu_us=(server.cpu_seconds() - cpu) * 1e6 / result.requests)


def delivery(server, bucket, sent):
    """(bytes stored, bytes of records in them, when the last object was seen). What wrk had sent
    and not waited for at its end may come on top of `sent`."""
    sizes, stored, last = {}, 0, time.monotonic()
    while True:
        text = ""
        token = ""
        while True:
            page = server.send("s3", "GET", f"/{bucket}?list-type=2{token}").decode()
            text += page
            more = re.search(r"<NextContinuationToken>([^<]+)<", page)
            if not more:
                break
            token = "&continuation-token=" + urllib.parse.quote(more.group(1), safe="")
        for key, size in re.findall(r"<Key>([^<]+)</Key>.*?<Size>(\d+)</Size>", text, re.S):
            if key in sizes:
                continue
            tail = server.send("s3", "GET", f"/{bucket}/{object_key(key)}",
                               headers={"Range": "bytes=-4"})
            sizes[key] = struct.unpack("<I", tail)[0]  # gzip says how long the text was
            stored += int(size)
            last = time.monotonic()
        total = sum(sizes.values())
        silent = time.monotonic() - last
        if total >= sent and silent > 2.5:
            return stored, total, last
        if silent > DELIVERY_WAIT_SECONDS:
            raise SystemExit(f"bench: {total:,} of {sent:,} bytes were delivered")
        time.sleep(0.1)


def memory_idle(server):
    return Row("resident memory, idle", server.resident_mb(), "MB", 30, more_is_better=False)


def memory_after(server):
    return Row("resident memory, after the load above", server.resident_mb(), "MB", 200,
               more_is_better=False)


def start_empty(folder):
    times = []
    for index in range(5):
        server = Server(folder / f"empty-{index}")
        times.append(server.start() * 1000)
        server.stop()
    return Row("start to ready, empty data directory", statistics.median(times), "ms", 100,
               more_is_better=False)


def start_full(folder):
    """After kill -9 and again after SIGTERM: the slower of the two."""
    server = Server(folder / "full", "--auth", "enforce", "--limits", "none")
    server.start()
    load, name = Load(server, folder / "full-load"), stream(server)
    request = server.call_request(f"{KINESIS}.PutRecords", put_records_body(name, 100, 10_240))
    sent = 0
    while sent < START_GB * 1e9:
        sent += load.run([request], 16, 1).requests * 100 * 10_240
        if shutil.disk_usage(folder).free < 2e9:
            break
    server.stop(9)
    killed = server.start() * 1000
    server.stop()
    stopped = server.start() * 1000
    server.stop()
    return Row(f"start to ready, {sent / 1e9:.1f} GB (kill -9 {killed:.0f}, stop {stopped:.0f} ms)",
               max(killed, stopped), "ms", 1000, more_is_better=False)


def fan_out(durability, target):
    def measure(folder):
        with Server(folder / f"fan-out-{durability}", "--auth", "enforce", "--limits", "none",
                    "--durability", durability) as server:
            name = stream(server, 1)
            cpu = server.cpu_seconds()
            times = fanout.measure(server, name, CONSUMERS, max(SECONDS, 3))
            cpu_us = (server.cpu_seconds() - cpu) * 1e6 / len(times)
        return Row(f"write to event, 20 consumers at 1 MiB/s, {durability} (p99)",
                   times[len(times) * 99 // 100], "ms", target, more_is_better=False, cpu_us=cpu_us,
                   p50_ms=times[len(times) // 2], p99_ms=times[len(times) * 99 // 100])
    measure.__name__ = f"fan_out_{durability}"
    return measure


def start_streams(folder):
    """10,000 streams, then a start."""
    server = Server(folder / "streams", "--auth", "enforce", "--limits", "none")
    server.start()
    with server.connected() as call:
        for _ in range(STREAMS):
            call(f"{KINESIS}.CreateStream", {"StreamName": f"bench-{next(names)}",
                                             "ShardCount": 1})
    server.stop()
    started = server.start() * 1000
    memory = server.resident_mb()
    server.stop()
    return [Row(f"start to ready, {STREAMS:,} streams", started, "ms", 1000, more_is_better=False),
            Row(f"resident memory, {STREAMS:,} streams", memory, "MB", 100, more_is_better=False)]


SHARED = (put_records, put_record, get_records)
OWN = (put_records_shards, put_records_streams, put_records_large, put_records_cbor,
       put_object, end_to_end)
STARTS = (fan_out("os", 5), fan_out("fsync", 15), start_empty, start_full, start_streams)
