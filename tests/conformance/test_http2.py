"""HTTP/2 on the ports of HTTP/1.1: as curl and h2load speak it, as JavaScript's client signs."""

import base64
import json
import re
import shutil
import socket
import subprocess

import pytest

import sigv4
from headrace_server import BINARY, wait_until

CURL_SPEAKS_IT = "HTTP2" in subprocess.run(["curl", "--version"], capture_output=True, text=True,
                                           check=False).stdout
pytestmark = pytest.mark.skipif(not CURL_SPEAKS_IT, reason="this curl has no HTTP/2")

SETTINGS, GOAWAY = 4, 7  # frame types

# How a client may come to speak HTTP/2, and what it is asked to speak when it may not.
WAYS = {
    "prior knowledge": ("http", "--http2-prior-knowledge", "2"),
    "upgrade": ("http", "--http2", "2"),
    "alpn": ("https", "--http2", "2"),
    "alpn declined": ("https", "--http1.1", "1.1"),
    "http/1.1": ("http", "--http1.1", "1.1"),
}


def curl(server, way, target, *arguments, body=None):
    """(version, status, body)"""
    scheme, flag, version = WAYS[way]
    command = ["curl", "--silent", "--show-error", "--max-time", "60", flag, "--cacert",
               server.ca_file, "--write-out", "\n%{http_version} %{http_code}", *arguments]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run([*command, server.url(scheme) + target], input=body, check=True,
                          capture_output=True, timeout=90)
    answer, _, end = done.stdout.rpartition(b"\n")
    spoken, status = end.decode().split()
    # A request with a large body is answered as if it had not asked for an upgrade.
    large = "--upload-file" in arguments or len(body or b"") > 1 << 20
    assert spoken == ("1.1" if way == "upgrade" and large else version)
    return int(status), answer


def kinesis(server, way, operation, request):
    status, body = curl(server, way, "/", "--header", "Content-Type: application/x-amz-json-1.1",
                        "--header", f"X-Amz-Target: Kinesis_20131202.{operation}", "--header",
                        "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/kinesis/"
                        "aws4_request, SignedHeaders=host, Signature=b", "--header",
                        "X-Amz-Date: 20260101T000000Z", body=json.dumps(request).encode())
    assert status == 200, body
    return json.loads(body) if body else None


@pytest.mark.parametrize("way", WAYS)
def test_records_go_in_and_come_out(server, name, way):
    kinesis(server, way, "CreateStream", {"StreamName": name, "ShardCount": 1})
    wait_until(lambda: kinesis(server, way, "DescribeStreamSummary", {"StreamName": name})[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
    data = [bytes([i]) * 100_000 for i in range(50)]
    put = kinesis(server, way, "PutRecords", {"StreamName": name, "Records": [
        {"Data": base64.b64encode(one).decode(), "PartitionKey": str(i)}
        for i, one in enumerate(data)]})
    assert put["FailedRecordCount"] == 0
    shard = put["Records"][0]["ShardId"]
    iterator = kinesis(server, way, "GetShardIterator", {
        "StreamName": name, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"})
    got = kinesis(server, way, "GetRecords", {"ShardIterator": iterator["ShardIterator"]})
    assert [base64.b64decode(one["Data"]) for one in got["Records"]] == data


@pytest.mark.parametrize("way", WAYS)
def test_objects_stream_both_ways(server, name, way, tmp_path):
    server.client("s3").create_bucket(Bucket=name)
    sent = tmp_path / "sent"
    sent.write_bytes(bytes(range(256)) * 65536)
    status, _ = curl(server, way, f"/{name}/key", "--upload-file", sent)
    assert status == 200
    status, body = curl(server, way, f"/{name}/key")
    assert status == 200
    assert body == sent.read_bytes()
    status, head = curl(server, way, f"/{name}/key", "--head")
    assert status == 200
    assert re.search(rb"(?i)content-length: 16777216\r", head)


def test_a_signed_authority_verifies(start_server):
    server = start_server("--auth", "enforce")
    text = subprocess.run([BINARY, "credentials", "--data-dir", server.data_dir], text=True,
                          capture_output=True, check=True).stdout
    credentials = re.findall(r"export AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)=(\S+)", text)
    signer = sigv4.Signer(credentials, "kinesis")
    date = signer.moment()
    body = b"{}"

    def call(authority):
        signed = {":authority": authority, "content-type": "application/x-amz-json-1.1",
                  "x-amz-date": date, "x-amz-target": "Kinesis_20131202.ListStreams"}
        signature = signer.of_request("POST", "/", signed, date, sigv4.sha256(body))
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials[0]}/{signer.scope(date)}, "
            f"SignedHeaders={';'.join(sorted(signed))}, Signature={signature}")
        del signed[":authority"]
        fields = [part for name, value in signed.items() for part in ("-H", f"{name}: {value}")]
        return curl(server, "prior knowledge", "/", *fields, body=body)

    status, answer = call(server.http)
    assert status == 200, answer
    assert json.loads(answer)["StreamNames"] == []
    status, answer = call("elsewhere.example:80")
    assert status == 400
    assert b"InvalidSignatureException" in answer


@pytest.mark.skipif(shutil.which("h2load") is None, reason="there is no h2load")
def test_many_streams_share_a_connection(server, scheme):
    done = subprocess.run(
        ["h2load", "--requests=5000", "--clients=4", "--max-concurrent-streams=100",
         f"{server.url(scheme)}/_headrace/health"],
        capture_output=True, text=True, check=True, timeout=120)
    assert "5000 succeeded, 0 failed, 0 errored, 0 timeout" in done.stdout
    assert "5000 2xx" in done.stdout


def test_an_open_connection_does_not_hold_up_the_end(start_server):
    server = start_server()
    host, port = server.http.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        # The preface with empty settings; the server sends its own, and GOAWAY as it ends.
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        assert client.recv(9, socket.MSG_WAITALL)[3] == SETTINGS
        assert server.stop() == 0
        assert bytes([GOAWAY, 0, 0, 0, 0, 0]) in client.recv(4096)
