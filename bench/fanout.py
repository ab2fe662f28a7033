"""From the write of a record to its event at enhanced fan-out consumers, over HTTP/1.1.

One process: a producer that puts a record each hundredth of a second, and consumers that note when
bytes arrive and look at them afterwards, so that the noting costs some microseconds.
"""

import asyncio
import base64
import gc
import json
import struct
import time

KINESIS = "Kinesis_20131202"
RECORDS_PER_SECOND = 100
RECORD_BYTES = (1 << 20) // RECORDS_PER_SECOND
NUMBER_DIGITS = 8
READY_SECONDS = 30
SETTLE_SECONDS = 0.5


class Received(asyncio.Protocol):
    """What one connection received, and when."""

    def __init__(self):
        self.pieces = []
        self.began = asyncio.get_running_loop().create_future()

    def data_received(self, data):
        self.pieces.append((time.monotonic(), data))
        if not self.began.done():
            self.began.set_result(None)


class Answers(asyncio.Protocol):
    """The producer's connection: what it is answered is only counted."""

    def __init__(self):
        self.refused = 0

    def data_received(self, data):
        self.refused += data.startswith(b"HTTP/1.1") and not data.startswith(b"HTTP/1.1 200")


def request(server, operation, body):
    headers = {"Content-Type": "application/x-amz-json-1.1",
               "X-Amz-Target": f"{KINESIS}.{operation}"}
    return server.request("kinesis", "POST", "/", json.dumps(body).encode(), headers)


def consumers_of(server, stream, count):
    """ARNs of `count` active consumers."""
    arn = server.call(f"{KINESIS}.DescribeStreamSummary", {"StreamName": stream})[
        "StreamDescriptionSummary"]["StreamARN"]
    for index in range(count):
        server.call(f"{KINESIS}.RegisterStreamConsumer",
                    {"StreamARN": arn, "ConsumerName": f"consumer-{index}"})
    deadline = time.monotonic() + READY_SECONDS
    while True:
        consumers = server.call(f"{KINESIS}.ListStreamConsumers", {"StreamARN": arn})["Consumers"]
        if all(consumer["ConsumerStatus"] == "ACTIVE" for consumer in consumers):
            return [consumer["ConsumerARN"] for consumer in consumers]
        if time.monotonic() > deadline:
            raise SystemExit("bench: the consumers did not become active")
        time.sleep(0.05)


async def run(server, stream, arns, seconds):
    """(when each record was sent, what each consumer received)"""
    loop = asyncio.get_running_loop()
    host, port = server.address.split(":")
    shard = "shardId-000000000000"
    received = []
    for arn in arns:
        transport, protocol = await loop.create_connection(Received, host, int(port))
        transport.write(request(server, "SubscribeToShard", {
            "ConsumerARN": arn, "ShardId": shard, "StartingPosition": {"Type": "LATEST"}}))
        received.append((transport, protocol))
    await asyncio.wait_for(asyncio.gather(*(p.began for _, p in received)), READY_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)
    producer, answers = await loop.create_connection(Answers, host, int(port))
    sent, began = [], time.monotonic()
    for number in range(int(seconds * RECORDS_PER_SECOND)):
        await asyncio.sleep(max(0, began + number / RECORDS_PER_SECOND - time.monotonic()))
        data = f"{number:0{NUMBER_DIGITS}}".encode().ljust(RECORD_BYTES, b"x")
        put = request(server, "PutRecord", {"StreamName": stream, "PartitionKey": "k",
                                            "Data": base64.b64encode(data).decode()})
        sent.append(time.monotonic())
        producer.write(put)
    await asyncio.sleep(SETTLE_SECONDS)
    for transport in (producer, *(transport for transport, _ in received)):
        transport.abort()
    if answers.refused:
        raise SystemExit(f"bench: {answers.refused} records were refused")
    return sent, [protocol.pieces for _, protocol in received]


def bodies(pieces):
    """(time, bytes of the body) of a chunked answer that arrived in `pieces`."""
    text = bytearray()
    head, left = True, 0
    for when, data in pieces:
        text += data
        body = bytearray()
        while True:
            if head:
                end = text.find(b"\r\n\r\n")
                if end < 0:
                    break
                if not text.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(f"bench: SubscribeToShard: {bytes(text[:300])}")
                del text[:end + 4]
                head = False
            elif left > 0:
                taken = min(left, len(text))
                body += text[:taken]
                del text[:taken]
                left -= taken
                if left or not taken:
                    break
                left = -1
            elif left < 0:  # the line end behind a chunk
                if len(text) < 2:
                    break
                del text[:2]
                left = 0
            else:
                end = text.find(b"\r\n")
                if end < 0:
                    break
                left = int(text[:end], 16)
                del text[:end + 2]
                if left == 0:
                    break
        yield when, body


def arrivals(pieces):
    """(number, when) of each record in an event stream."""
    text = bytearray()
    for when, body in bodies(pieces):
        text += body
        while len(text) >= 4 and len(text) >= (size := struct.unpack_from(">I", text)[0]):
            headers = struct.unpack_from(">I", text, 4)[0]
            payload = bytes(text[12 + headers:size - 4])
            del text[:size]
            for record in json.loads(payload or b"{}").get("Records", ()):
                yield int(base64.b64decode(record["Data"])[:NUMBER_DIGITS]), when


def measure(server, stream, consumers, seconds):
    """Milliseconds from each record's write to its event at each consumer, sorted."""
    arns = consumers_of(server, stream, consumers)
    gc.disable()
    sent, received = asyncio.run(run(server, stream, arns, seconds))
    gc.enable()
    times = []
    for pieces in received:
        numbers = list(arrivals(pieces))
        if [number for number, _ in numbers] != list(range(len(sent))):
            raise SystemExit("bench: a consumer did not get each record once, in order")
        times += [1000 * (when - sent[number]) for number, when in numbers]
    return sorted(times)
