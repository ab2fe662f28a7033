"""--auth enforce: who signs correctly is served, anyone else is told why not, in AWS's words."""

import base64
import datetime
import http.client
import json
import os
import re
import subprocess
import sys
import zlib

import pytest

import sigv4
from headrace_server import BINARY, Server, wait_until
from wire_calls import error_name, json_call, refused

pytestmark = pytest.mark.xdist_group("auth")
UNKNOWN_KEY = "AKIAQQQQQQQQQQQQQQQQ"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(scope="module")
def enforcing():
    server = Server(flags=["--auth", "enforce", "--limits", "none"])
    try:
        server.start()
        text = subprocess.run([BINARY, "credentials", "--data-dir", server.data_dir], text=True,
                              capture_output=True, check=True).stdout
        server.root = (re.search(r"export AWS_ACCESS_KEY_ID=(\S+)", text).group(1),
                       re.search(r"export AWS_SECRET_ACCESS_KEY=(\S+)", text).group(1))
        yield server
        assert server.stop() == 0, server.log()
    finally:
        server.close()


@pytest.fixture
def root(enforcing, scheme):
    return lambda service, **config: enforcing.client(service, scheme, credentials=enforcing.root,
                                                      **config)


@pytest.fixture
def owned_bucket(enforcing, name):
    s3 = enforcing.client("s3", credentials=enforcing.root)
    s3.create_bucket(Bucket=name)
    return name


def send(server, method, target, body=b"", headers=None):
    connection = http.client.HTTPConnection(server.http, timeout=20)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        headers = {"host": server.http, "content-length": str(len(body)), **(headers or {})}
        for field, value in headers.items():
            connection.putheader(field, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def code_of(body):
    found = re.search(rb"<Code>(\w+)</Code>", body)
    return found.group(1).decode() if found else None


def json_signed(server, signer, operation, body, sent=None):
    """A Kinesis call signed over `body` that sends `sent`."""
    body = json.dumps(body).encode()
    headers = signer.sign("POST", server.http, "/", body, {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"Kinesis_20131202.{operation}"})
    status, text = send(server, "POST", "/", sent or body, headers)
    return status, json.loads(text)


# The right signature.


def test_root_is_served_by_every_service(root, name):
    kinesis, s3 = root("kinesis"), root("s3")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    wait_until(lambda: kinesis.describe_stream_summary(StreamName=name)[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")
    kinesis.put_record(StreamName=name, Data=b"x" * 10_000, PartitionKey="k")
    root("firehose").list_delivery_streams()
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a b/ü+%41?&=~", Body=b"body")
    assert s3.get_object(Bucket=name, Key="a b/ü+%41?&=~")["Body"].read() == b"body"
    listed = s3.list_objects_v2(Bucket=name, Prefix="a b/ü+", Delimiter="?")
    assert listed["CommonPrefixes"] == [{"Prefix": "a b/ü+%41?"}]
    root("iam").list_roles()
    identity = root("sts").get_caller_identity()
    assert re.fullmatch(r"\d{12}", identity["Account"])
    assert identity["Arn"] == f"arn:aws:iam::{identity['Account']}:root"


def test_the_hand_made_signer_agrees_with_the_service(enforcing, owned_bucket):
    signer = sigv4.Signer(enforcing.root, "s3")
    body = b"signed by hand"
    headers = signer.sign("PUT", enforcing.http, f"/{owned_bucket}/key", body)
    assert send(enforcing, "PUT", f"/{owned_bucket}/key", body, headers)[0] == 200
    status, answer = json_signed(enforcing, sigv4.Signer(enforcing.root, "kinesis"),
                                 "ListStreams", {})
    assert status == 200 and "StreamNames" in answer


def test_the_command_line_works_with_the_printed_credentials(enforcing, name):
    key, secret = enforcing.root
    done = subprocess.run(
        [sys.executable, "-m", "awscli", "s3", "mb", f"s3://{name}"], text=True,
        capture_output=True, timeout=60, env={
            **os.environ, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": enforcing.url(),
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull})
    assert done.returncode == 0, done.stderr


# The wrong one. (service, call, code and status of a wrong secret, of an unknown key)
CALLS = [
    ("kinesis", lambda client: client.list_streams(), ("InvalidSignatureException", 400),
     ("UnrecognizedClientException", 400)),
    ("firehose", lambda client: client.list_delivery_streams(),
     ("InvalidSignatureException", 400), ("UnrecognizedClientException", 400)),
    ("s3", lambda client: client.list_buckets(), ("SignatureDoesNotMatch", 403),
     ("InvalidAccessKeyId", 403)),
    ("iam", lambda client: client.list_roles(), ("SignatureDoesNotMatch", 403),
     ("InvalidClientTokenId", 403)),
    ("sts", lambda client: client.get_caller_identity(), ("SignatureDoesNotMatch", 403),
     ("InvalidClientTokenId", 403)),
]
IDS = [call[0] for call in CALLS]


@pytest.mark.parametrize("service, call, wrong, _", CALLS, ids=IDS)
def test_a_wrong_secret_is_refused(enforcing, scheme, service, call, wrong, _):
    client = enforcing.client(service, scheme, credentials=(enforcing.root[0], SECRET))
    with refused(wrong[0], status=wrong[1]):
        call(client)


@pytest.mark.parametrize("service, call, _, unknown", CALLS, ids=IDS)
def test_an_unknown_key_is_refused(enforcing, scheme, service, call, _, unknown):
    client = enforcing.client(service, scheme, credentials=(UNKNOWN_KEY, SECRET))
    with refused(unknown[0], status=unknown[1]):
        call(client)


def test_no_signature_is_refused(enforcing, owned_bucket):
    for target in ("Kinesis_20131202.ListStreams", "Firehose_20150804.ListDeliveryStreams"):
        status, body, _ = json_call(enforcing, target, {})
        assert (status, error_name(body)) == (400, "MissingAuthenticationTokenException")
    for service, version in (("ListRoles", "2010-05-08"), ("GetCallerIdentity", "2011-06-15")):
        status, body = send(enforcing, "POST", "/", f"Action={service}&Version={version}".encode(),
                            {"content-type": "application/x-www-form-urlencoded"})
        assert (status, code_of(body)) == (403, "MissingAuthenticationToken")
    for method, target in (("GET", "/"), ("GET", f"/{owned_bucket}"),
                           ("PUT", f"/{owned_bucket}/key"), ("DELETE", f"/{owned_bucket}")):
        status, body = send(enforcing, method, target)
        assert (status, code_of(body)) == (403, "AccessDenied"), (method, target)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_a_quarter_of_an_hour_off_is_refused(enforcing, minutes):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    status, body = json_signed(enforcing, sigv4.Signer(enforcing.root, "kinesis", now=now),
                               "ListStreams", {})
    assert (status, error_name(body)) == (400, "InvalidSignatureException")
    assert re.match(r"Signature (expired|not yet current): ", body["message"]), body
    headers = sigv4.Signer(enforcing.root, "s3", now=now).sign("GET", enforcing.http, "/")
    status, body = send(enforcing, "GET", "/", headers=headers)
    assert (status, code_of(body)) == (403, "RequestTimeTooSkewed")


def test_a_signature_for_another_service_is_refused(enforcing):
    status, body = json_signed(enforcing, sigv4.Signer(enforcing.root, "firehose"), "ListStreams",
                               {})
    assert status in (400, 403) and error_name(body) in (
        "InvalidSignatureException", "IncompleteSignatureException", "UnknownOperationException")


def test_a_body_that_was_tampered_with_is_refused(enforcing, owned_bucket):
    status, body = json_signed(enforcing, sigv4.Signer(enforcing.root, "kinesis"),
                               "CreateStream", {"StreamName": "tampered", "ShardCount": 1},
                               b'{"StreamName": "tampered", "ShardCount": 9}')
    assert (status, error_name(body)) == (400, "InvalidSignatureException")
    streams = enforcing.client("kinesis", credentials=enforcing.root).list_streams()
    assert "tampered" not in streams["StreamNames"]

    headers = sigv4.Signer(enforcing.root, "s3").sign(
        "PUT", enforcing.http, f"/{owned_bucket}/key", b"as signed")
    status, body = send(enforcing, "PUT", f"/{owned_bucket}/key", b"tampered!", headers)
    assert (status, code_of(body)) == (400, "XAmzContentSHA256Mismatch")
    s3 = enforcing.client("s3", credentials=enforcing.root)
    with refused("404", status=404):
        s3.head_object(Bucket=owned_bucket, Key="key")


def test_a_header_or_target_that_was_tampered_with_is_refused(enforcing, owned_bucket):
    signer, target = sigv4.Signer(enforcing.root, "s3"), f"/{owned_bucket}/key"
    headers = signer.sign("PUT", enforcing.http, target, b"body", {"x-amz-meta-a": "1"})
    for change in ({"x-amz-meta-a": "2"}, {"x-amz-date": "20200101T000000Z"}):
        status, body = send(enforcing, "PUT", target, b"body", {**headers, **change})
        assert status == 403, body
    status, body = send(enforcing, "PUT", target + "2", b"body", headers)
    assert (status, code_of(body)) == (403, "SignatureDoesNotMatch")
    # A header that AWS wants signed, added by someone else.
    status, body = send(enforcing, "PUT", target, b"body", {**headers, "x-amz-meta-b": "1"})
    assert (status, code_of(body)) == (403, "AccessDenied")


@pytest.mark.parametrize("text", ["AWS4-HMAC-SHA256 Credential=x", "AWS4-HMAC-SHA256 ", "Bearer x",
                                  "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, "
                                  "Signature=00"])
def test_an_authorization_that_does_not_parse_is_refused(enforcing, text):
    status, body, _ = json_call(enforcing, "Kinesis_20131202.ListStreams", {},
                                {"Authorization": text})
    assert status in (400, 403)
    assert error_name(body) in (
        "IncompleteSignatureException", "MissingAuthenticationTokenException",
        "InvalidSignatureException"), body


# Presigned URLs.


def test_presigned_urls_get_and_put(enforcing, root, owned_bucket):
    s3, key = root("s3", signature_version="s3v4"), "a b/ü.txt"
    target = re.sub("^https?://[^/]*", "", s3.generate_presigned_url(
        "put_object", {"Bucket": owned_bucket, "Key": key}))
    # Signed for the port that the client was made for.
    host = re.sub("^https?://|/.*", "", s3.meta.endpoint_url)
    status, body = send(enforcing, "PUT", target, b"by a stranger", {"host": host})
    assert status == 200, body
    target = re.sub("^https?://[^/]*", "", s3.generate_presigned_url(
        "get_object", {"Bucket": owned_bucket, "Key": key, "ResponseContentType": "text/plain"}))
    assert send(enforcing, "GET", target, headers={"host": host}) == (200, b"by a stranger")
    # Good for what it was signed for only.
    for method, changed in (("PUT", target), ("DELETE", target),
                            ("GET", target.replace(".txt", ".text")),
                            ("GET", target.replace("Expires=3600", "Expires=7200"))):
        status, body = send(enforcing, method, changed, headers={"host": host})
        assert (status, code_of(body)) == (403, "SignatureDoesNotMatch"), (method, changed)


def test_an_expired_presigned_url_is_refused(enforcing, owned_bucket):
    enforcing.client("s3", credentials=enforcing.root).put_object(
        Bucket=owned_bucket, Key="key", Body=b"body")
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
    signer = sigv4.Signer(enforcing.root, "s3", now=past)
    target = signer.presign("GET", enforcing.http, f"/{owned_bucket}/key", seconds=3700)
    assert send(enforcing, "GET", target) == (200, b"body")
    target = signer.presign("GET", enforcing.http, f"/{owned_bucket}/key", seconds=3500)
    status, body = send(enforcing, "GET", target)
    assert (status, code_of(body)) == (403, "AccessDenied")
    assert b"Request has expired" in body


def test_a_presigned_url_is_good_for_a_week_at_most(enforcing, owned_bucket):
    target = sigv4.Signer(enforcing.root, "s3").presign(
        "GET", enforcing.http, f"/{owned_bucket}/key", seconds=604_801)
    status, body = send(enforcing, "GET", target)
    assert (status, code_of(body)) == (400, "AuthorizationQueryParametersError")


# Uploads in signed chunks.

CHUNKS = [b"a" * 65_536, b"b" * 65_536, b"the rest"]


def chunked_headers(signer, server, target, payload, size, trailer=None):
    headers = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(size)}
    if trailer:
        headers["x-amz-trailer"] = trailer
    return signer.sign("PUT", server.http, target, headers=headers, payload=payload)


def test_signed_chunks_are_taken_and_a_bad_chunk_signature_is_not(enforcing, owned_bucket):
    signer, target = sigv4.Signer(enforcing.root, "s3"), f"/{owned_bucket}/chunks"
    size = sum(map(len, CHUNKS))
    headers = chunked_headers(signer, enforcing, target, sigv4.STREAMING, size)
    body = signer.chunked(headers, CHUNKS)
    status, answer = send(enforcing, "PUT", target, body, headers)
    assert status == 200, answer
    s3 = enforcing.client("s3", credentials=enforcing.root)
    whole = s3.get_object(Bucket=owned_bucket, Key="chunks")
    assert whole["Body"].read() == b"".join(CHUNKS)
    assert whole.get("ContentEncoding", "") in ("", "aws-chunked")

    for changed in (body.replace(b"the rest", b"THE REST"), body.replace(b"aaaa", b"aaab", 1),
                    re.sub(rb"^(10000;chunk-signature=)(.)",
                           lambda m: m[1] + (b"0" if m[2] != b"0" else b"1"), body)):
        status, answer = send(enforcing, "PUT", f"/{owned_bucket}/chunks", changed, headers)
        assert (status, code_of(answer)) == (403, "SignatureDoesNotMatch")
    assert s3.get_object(Bucket=owned_bucket, Key="chunks")["Body"].read() == b"".join(CHUNKS)


def test_chunks_cut_off_before_the_last_are_refused(enforcing, owned_bucket):
    signer, target = sigv4.Signer(enforcing.root, "s3"), f"/{owned_bucket}/cut"
    headers = chunked_headers(signer, enforcing, target, sigv4.STREAMING, sum(map(len, CHUNKS)))
    body = signer.chunked(headers, CHUNKS)
    status, answer = send(enforcing, "PUT", target, body[:body.rindex(b"0;chunk-signature")],
                          headers)
    assert (status, code_of(answer)) == (400, "IncompleteBody")


def test_a_signed_trailer_is_verified(enforcing, owned_bucket):
    signer, target = sigv4.Signer(enforcing.root, "s3"), f"/{owned_bucket}/trailer"
    data = b"".join(CHUNKS)
    crc = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    headers = chunked_headers(signer, enforcing, target, sigv4.STREAMING_TRAILER, len(data),
                              "x-amz-checksum-crc32")
    body = signer.chunked(headers, CHUNKS, ("x-amz-checksum-crc32", crc))
    status, answer = send(enforcing, "PUT", target, body, headers)
    assert status == 200, answer
    changed = body.replace(crc.encode(), base64.b64encode(b"\0\0\0\0"))
    status, answer = send(enforcing, "PUT", target, changed, headers)
    assert (status, code_of(answer)) == (403, "SignatureDoesNotMatch")
    wrong = signer.chunked(headers, CHUNKS, ("x-amz-checksum-crc32",
                                             base64.b64encode(b"\0\0\0\0").decode()))
    status, answer = send(enforcing, "PUT", target, wrong, headers)
    assert (status, code_of(answer)) == (400, "BadDigest")


# The admin API.


def test_the_admin_api_is_for_root_only(enforcing):
    status, _ = send(enforcing, "POST", "/_headrace/reset")
    assert status in (401, 403)
    headers = sigv4.Signer((UNKNOWN_KEY, SECRET), "headrace").sign(
        "POST", enforcing.http, "/_headrace/reset")
    status, _ = send(enforcing, "POST", "/_headrace/reset", headers=headers)
    assert status in (401, 403)
    assert enforcing.client("sts", credentials=enforcing.root).get_caller_identity()
