"""Takes apart the records that the Kinesis Producer Library makes of many.

The format: four bytes of magic, an AggregatedRecord in Protocol Buffers, the MD5 of the latter.
Field numbers as in amazon-kinesis-producer's aggregation-format.md.
"""

import hashlib

MAGIC = b"\xf3\x89\x9a\xc2"


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """(number, value) of each field: an integer, or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        else:
            assert tag & 7 == 0, f"wire type {tag & 7}"
        yield tag >> 3, value


def user_records(data, partition_key):
    """[(partition key, data)] of one Kinesis record, which may be an aggregate or not."""
    body = data[len(MAGIC):-16]
    if data[:len(MAGIC)] != MAGIC or hashlib.md5(body).digest() != data[-16:]:
        return [(partition_key, data)]
    keys, records = [], []
    for number, value in fields(body):
        if number == 1:
            keys.append(value.decode())
        elif number == 3:
            record = dict(fields(value))
            records.append((record[1], record[3]))
    return [(keys[key], data) for key, data in records]
