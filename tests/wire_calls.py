"""Requests as no SDK would send them, and what the answers must look like."""

import http.client
import json
import re
import socket

import pytest
from botocore.exceptions import ClientError


def refused(code, message=None, status=400):
    """A context in which the call must fail with this code; `message` is a regular expression."""
    return _Refused(code, message, status)


class _Refused:
    def __init__(self, code, message, status):
        self.code, self.message, self.status = code, message, status
        self.raises = pytest.raises(ClientError)

    def __enter__(self):
        self.info = self.raises.__enter__()
        return self.info

    def __exit__(self, *exception):
        handled = self.raises.__exit__(*exception)
        answer = self.info.value.response
        assert answer["Error"]["Code"] == self.code, answer
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == self.status, answer
        if self.message is not None:
            assert re.search(self.message, answer["Error"]["Message"], re.S), answer
        return handled


def json_call(server, target, body, headers=None):
    """(status, parsed body, headers) of an AWS JSON 1.1 call with exactly this body."""
    connection = http.client.HTTPConnection(server.http, timeout=20)
    try:
        connection.request("POST", "/", body if isinstance(body, bytes) else json.dumps(body), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target,
            **(headers or {})})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None, dict(answer.getheaders())
    finally:
        connection.close()


def error_name(body):
    return body["__type"].split("#")[-1]


def raw(server, data, timeout=10, half_close=False):
    """Sends bytes; all that comes back until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=timeout) as connection:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return receive(connection)


def receive(connection):
    answer = b""
    try:
        while piece := connection.recv(65536):
            answer += piece
    except (TimeoutError, ConnectionResetError):
        pass
    return answer


def status_of(answer):
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer.split(b" ", 2)[1])
