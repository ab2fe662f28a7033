"""CBOR (RFC 8949) as the Java SDK writes it, and any of its forms read: enough for AWS CBOR 1.1.

`encode` writes maps and lists without a length, as Jackson does; timestamps are tag 1 with whole
milliseconds.
"""

import datetime
import struct

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MILLISECOND = datetime.timedelta(milliseconds=1)


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def head(major, argument):
    """An item's head in its shortest form; no argument: of indefinite length."""
    if argument is None:
        return bytes([major << 5 | 31])
    if argument < 24:
        return bytes([major << 5 | argument])
    for info, (size, code) in enumerate(((1, "B"), (2, "H"), (4, "I"), (8, "Q")), 24):
        if argument < 1 << 8 * size:
            return bytes([major << 5 | info]) + struct.pack(">" + code, argument)
    raise ValueError(argument)


def encode(value, definite=False):
    def length(container):
        return len(container) if definite else None

    end = b"" if definite else b"\xff"
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            text = value.encode()
            return head(3, len(text)) + text
        case list():
            return head(4, length(value)) + b"".join(encode(v, definite) for v in value) + end
        case dict():
            members = b"".join(encode(k) + encode(v, definite) for k, v in value.items())
            return head(5, length(value)) + members + end
        case datetime.datetime():
            return encode(Tag(1, (value - EPOCH) // MILLISECOND))
        case Tag():
            return head(6, value.number) + encode(value.value)
    raise TypeError(type(value))


def decode(document):
    """The one value of `document`; timestamps become datetimes."""
    value, rest = _item(document)
    assert not rest, rest[:50]
    return value


BREAK = object()


def _item(data):
    major, info = data[0] >> 5, data[0] & 31
    data = data[1:]
    argument = info
    if 24 <= info <= 27:
        size = 1 << info - 24
        argument, data = int.from_bytes(data[:size], "big"), data[size:]
    elif info == 31:
        argument = None
    elif info > 27:
        raise ValueError(f"reserved: {info}")
    if major in (0, 1):
        return (argument if major == 0 else -1 - argument), data
    if major in (2, 3):
        if argument is None:
            chunks, data = _items(data, None)
            return (b"" if major == 2 else "").join(chunks), data
        raw = data[:argument]
        assert len(raw) == argument
        return raw if major == 2 else raw.decode(), data[argument:]
    if major == 4:
        return _items(data, argument)
    if major == 5:
        flat, data = _items(data, None if argument is None else 2 * argument)
        return dict(zip(flat[::2], flat[1::2], strict=True)), data
    if major == 6:
        value, data = _item(data)
        assert argument == 1 and isinstance(value, int), (argument, value)
        return EPOCH + value * MILLISECOND, data
    if info == 31:
        return BREAK, data
    return _simple(info, argument), data


def _items(data, count):
    items = []
    while count is None or len(items) < count:
        value, data = _item(data)
        if value is BREAK:
            assert count is None
            return items, data
        items.append(value)
    return items, data


def _simple(info, argument):
    floats = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
    if info in floats:
        code, size = floats[info]
        return struct.unpack(code, argument.to_bytes(size, "big"))[0]
    return {20: False, 21: True, 22: None, 23: None}[info]
