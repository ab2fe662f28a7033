"""S3 through boto3 and through requests that no SDK sends."""

import base64
import hashlib
import http.client
import re
import socket
import urllib.request
import zlib

import pytest

from wire_calls import raw, receive, refused, status_of

MIB = 2**20


def pattern(size):
    """Bytes that tell their place: no two aligned kilobytes are alike."""
    block = b"".join(index.to_bytes(4, "big") for index in range(64 * 1024))
    return (block * (size // len(block) + 1))[:size]


def keys(s3, bucket, **more):
    return [item["Key"] for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, **more) for item in page.get("Contents", [])]


def send(server, method, target, body=None, headers=None):
    """(status, body, headers) of one unsigned request whose target goes out as it is written."""
    connection = http.client.HTTPConnection(server.http, timeout=20)
    try:
        connection.putrequest(method, target, skip_host="Host" in (headers or {}),
                              skip_accept_encoding=True)
        for name, value in {"Content-Length": str(len(body or b"")), **(headers or {})}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def code_of(body):
    return re.search(rb"<Code>(\w+)</Code>", body).group(1).decode()


# Buckets.


def test_a_bucket_is_created_listed_located_and_deleted(s3, name):
    s3.create_bucket(Bucket=name)
    s3.head_bucket(Bucket=name)
    assert name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    s3.create_bucket(Bucket=name)
    s3.delete_bucket(Bucket=name)
    with refused("404", status=404):
        s3.head_bucket(Bucket=name)
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        s3.delete_bucket(Bucket=name)


def test_a_bucket_with_objects_stays(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("BucketNotEmpty", "The bucket you tried to delete is not empty", 409):
        s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("bad", ["ab", "UPPER", "under_score", "a" * 64, "1.2.3.4", "-a-", "a..b"])
def test_a_bad_bucket_name_is_refused(server, bad):
    status, body, _ = send(server, "PUT", f"/{bad}")
    assert (status, code_of(body)) == (400, "InvalidBucketName")


def test_a_new_bucket_tells_the_truth_about_itself(s3, bucket):
    rule, = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(blocked) == 4 and all(blocked.values())
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    grant, = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert grant["Permission"] == "FULL_CONTROL"


@pytest.mark.parametrize("operation,code", [
    ("get_bucket_policy", "NoSuchBucketPolicy"),
    ("get_bucket_cors", "NoSuchCORSConfiguration"),
    ("get_bucket_website", "NoSuchWebsiteConfiguration"),
    ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
    ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ("get_bucket_tagging", "NoSuchTagSet"),
])
def test_what_a_bucket_does_not_have_is_not_found(s3, bucket, operation, code):
    with refused(code, status=404):
        getattr(s3, operation)(Bucket=bucket)


@pytest.mark.parametrize("operation,arguments", [
    ("put_bucket_policy", {"Policy": "{}"}),
    ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
    ("put_bucket_website", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "i"}}}),
    ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
])
def test_a_setting_that_is_not_there_is_refused_not_swallowed(s3, bucket, operation, arguments):
    with refused("NotImplemented", status=501):
        getattr(s3, operation)(Bucket=bucket, **arguments)
    assert keys(s3, bucket) == []


# Objects.


@pytest.mark.parametrize("size", [0, 1, 1024, 65_536, 65_537, MIB, 9 * MIB + 7])
def test_an_object_comes_back_as_it_went_in(s3, bucket, size):
    body = pattern(size)
    put = s3.put_object(Bucket=bucket, Key="a/b c", Body=body, ContentType="text/x",
                        Metadata={"colour": "blue"}, CacheControl="no-store")
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="a/b c")
    assert got["Body"].read() == body
    assert got["ContentType"] == "text/x" and got["Metadata"] == {"colour": "blue"}
    assert got["CacheControl"] == "no-store" and got["ETag"] == put["ETag"]
    head = s3.head_object(Bucket=bucket, Key="a/b c")
    assert head["ContentLength"] == size and head["AcceptRanges"] == "bytes"


def test_the_last_put_wins_and_delete_is_final(s3, bucket):
    for body in (b"one", b"two" * 100_000):
        s3.put_object(Bucket=bucket, Key="k", Body=body)
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_object(Bucket=bucket, Key="k")
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("404", status=404):
        s3.head_object(Bucket=bucket, Key="k")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        s3.get_object(Bucket="no-such-bucket", Key="k")


def test_the_default_type_is_s3s(server, s3, bucket):
    assert send(server, "PUT", f"/{bucket}/k", b"x")[0] == 200
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize("asked,status,content,shown", [
    ("bytes=0-0", 206, b"0", "bytes 0-0/10"), ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
    ("bytes=7-", 206, b"789", "bytes 7-9/10"), ("bytes=-3", 206, b"789", "bytes 7-9/10"),
    ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
    ("bytes=5-99", 206, b"56789", "bytes 5-9/10"), ("bytes=4-2", 200, b"0123456789", None),
    ("chars=1-2", 200, b"0123456789", None)])
def test_ranges_cut_what_they_say(server, s3, bucket, asked, status, content, shown):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = send(server, "GET", f"/{bucket}/k", headers={"Range": asked})
    assert (got[0], got[1]) == (status, content)
    assert {name.lower(): value for name, value in got[2].items()}.get("content-range") == shown


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_is_not_satisfiable(s3, bucket, asked):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with refused("InvalidRange", "The requested range is not satisfiable", 416):
        s3.get_object(Bucket=bucket, Key="k", Range=asked)


def test_conditions_decide_in_s3s_order(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    at = {"Bucket": bucket, "Key": "k"}
    s3.get_object(**at, IfMatch=etag, IfUnmodifiedSince="1999-01-01")
    s3.get_object(**at, IfNoneMatch='"other"', IfModifiedSince=modified)
    with refused("PreconditionFailed", "At least one of the pre-conditions", 412):
        s3.get_object(**at, IfMatch='"other"')
    with refused("PreconditionFailed", status=412):
        s3.get_object(**at, IfUnmodifiedSince="1999-01-01")
    for condition in ({"IfNoneMatch": etag}, {"IfNoneMatch": "*"}, {"IfModifiedSince": modified}):
        with refused("304", status=304):
            s3.get_object(**at, **condition)


def test_response_headers_can_be_overridden(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="text/plain",
                        ResponseContentDisposition="attachment")
    assert got["ContentType"] == "text/plain" and got["ContentDisposition"] == "attachment"


@pytest.mark.parametrize("key", [
    "a b", "a+b", "ü", "\U0001F600", "a/../b", "..", "a//b", "/lead", "trail/", "%41", "a&b=c?d#e",
    "x" * 1024, "<xml>&amp;", "q'\"", "line\nbreak", "\u0001"])
def test_keys_are_opaque(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert keys(s3, bucket) == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert keys(s3, bucket) == []


def test_a_path_is_never_resolved(server, s3, bucket):
    for target, key in [(f"/{bucket}/a/../b", "a/../b"), (f"/{bucket}/%2e%2e/x", "../x"),
                        (f"/{bucket}/%2E%2E%2Fy", "../y")]:
        assert send(server, "PUT", target, b"x")[0] == 200
        assert key in keys(s3, bucket)


@pytest.mark.parametrize("target", ["/{}/a%00b", "/{}/%ff%fe", "/{}/%zz", "/{}/" + "x" * 1025])
def test_a_key_that_cannot_be_is_refused(server, s3, bucket, target):
    status, _, _ = send(server, "PUT", target.format(bucket), b"x")
    assert status == 400
    assert keys(s3, bucket) == []


def test_a_virtual_host_names_the_bucket(server, s3, bucket):
    for host in (f"{bucket}.localhost:{server.port}", f"{bucket}.s3.localhost"):
        assert send(server, "PUT", "/virtual", b"x", {"Host": host})[0] == 200
        assert send(server, "GET", "/virtual", None, {"Host": host})[1] == b"x"
    assert keys(s3, bucket) == ["virtual"]


# Integrity.


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_verified_stored_and_returned(s3, bucket, algorithm):
    body = pattern(100_000)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
    member = f"Checksum{algorithm}"
    expected = {"CRC32": lambda: zlib.crc32(body).to_bytes(4, "big"),
                "SHA1": hashlib.sha1(body).digest,
                "SHA256": hashlib.sha256(body).digest}[algorithm]()
    assert put[member] == base64.b64encode(expected).decode()
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got[member] == put[member] and got["Body"].read() == body
    assert member not in s3.head_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize("name,value", [
    ("x-amz-checksum-crc32", "6C5QBg=="), ("x-amz-checksum-crc32c", "ibBbAQ=="),
    ("x-amz-checksum-crc64nvme", "9Zqa5uV4Ayo="),
    ("x-amz-checksum-sha256", base64.b64encode(hashlib.sha256(b"other").digest()).decode()),
    ("x-amz-checksum-sha1", base64.b64encode(hashlib.sha1(b"other").digest()).decode())])
def test_a_wrong_checksum_is_refused_and_nothing_is_stored(server, s3, bucket, name, value):
    status, body, _ = send(server, "PUT", f"/{bucket}/k", b"content", {name: value})
    assert (status, code_of(body)) == (400, "BadDigest"), body
    assert keys(s3, bucket) == []


def test_a_wrong_content_md5_is_refused(server, s3, bucket):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    status, body, _ = send(server, "PUT", f"/{bucket}/k", b"content", {"Content-MD5": wrong})
    assert (status, code_of(body)) == (400, "BadDigest")
    status, body, _ = send(server, "PUT", f"/{bucket}/k", b"content", {"Content-MD5": "short"})
    assert (status, code_of(body)) == (400, "InvalidDigest")
    assert keys(s3, bucket) == []


def test_a_wrong_payload_hash_is_refused(server, s3, bucket):
    status, body, _ = send(server, "PUT", f"/{bucket}/k", b"content", {
        "x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()})
    assert (status, code_of(body)) == (400, "XAmzContentSHA256Mismatch")
    assert keys(s3, bucket) == []


def test_a_streamed_body_over_tls_carries_its_checksum_at_the_end(server, s3, bucket):
    over_tls = server.client("s3", "https")
    body = pattern(3 * MIB)
    put = over_tls.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm="CRC32")
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    assert over_tls.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_a_wrong_trailer_is_refused(server, s3, bucket):
    body = b"7\r\ncontent\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    status, answer, _ = send(server, "PUT", f"/{bucket}/k", body, {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": "7",
        "x-amz-trailer": "x-amz-checksum-crc32"})
    assert (status, code_of(answer)) == (400, "BadDigest")
    assert keys(s3, bucket) == []


# Copies, deletions, listings.


def test_a_copy_takes_or_replaces_metadata(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from ü", Body=b"x" * 200_000, Metadata={"a": "1"},
                  ContentType="text/x")
    source = {"Bucket": bucket, "Key": "from ü"}
    s3.copy_object(Bucket=bucket, Key="copied", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="replaced", CopySource=source, Metadata={"b": "2"},
                   MetadataDirective="REPLACE", ContentType="text/y")
    copied, replaced = (s3.get_object(Bucket=bucket, Key=key) for key in ("copied", "replaced"))
    assert copied["Metadata"] == {"a": "1"} and copied["ContentType"] == "text/x"
    assert replaced["Metadata"] == {"b": "2"} and replaced["ContentType"] == "text/y"
    s3.delete_object(Bucket=bucket, Key="from ü")
    assert copied["Body"].read() == replaced["Body"].read() == b"x" * 200_000
    assert s3.get_object(Bucket=bucket, Key="copied")["Body"].read() == b"x" * 200_000


def test_a_copy_onto_itself_must_change_something(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", "This copy request is illegal because it is trying to copy an "
                 "object to itself"):
        s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k"})
    with refused("NoSuchKey", status=404):
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "none"})
    with refused("PreconditionFailed", status=412):
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"},
                       CopySourceIfMatch='"other"')


def test_many_keys_are_deleted_at_once(s3, bucket):
    for key in "abc":
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={
        "Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "none"}]})
    assert sorted(item["Key"] for item in answer["Deleted"]) == ["a", "b", "none"]
    assert keys(s3, bucket) == ["c"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    assert "Deleted" not in quiet and keys(s3, bucket) == []


def test_more_than_a_thousand_deletions_or_a_doctype_are_malformed(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k1", Body=b"x")
    with refused("MalformedXML"):
        s3.delete_objects(Bucket=bucket, Delete={
            "Objects": [{"Key": f"k{index}"} for index in range(1001)]})
    for body in (b'<!DOCTYPE d [<!ENTITY e "k1">]><Delete><Object><Key>&e;</Key></Object></Delete>',
                 b"<Delete><Object>", b"", b"<Other/>"):
        status, answer, _ = send(server, "POST", f"/{bucket}?delete", body, {
            "Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()})
        assert status == 400 and code_of(answer) in ("MalformedXML", "MissingRequestBodyError")
    assert keys(s3, bucket) == ["k1"]


def test_listing_orders_groups_and_pages(s3, bucket):
    names = ["a", "b/1", "b/2", "b/c/3", "d", "e/", "Z", "ä"]
    for key in names:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert keys(s3, bucket) == sorted(names, key=str.encode)
    assert keys(s3, bucket, PaginationConfig={"PageSize": 1}) == sorted(names, key=str.encode)
    top = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [item["Key"] for item in top["Contents"]] == ["Z", "a", "d", "ä"]
    assert [item["Prefix"] for item in top["CommonPrefixes"]] == ["b/", "e/"]
    assert top["KeyCount"] == 6 and top["IsTruncated"] is False
    inner = s3.list_objects_v2(Bucket=bucket, Delimiter="/", Prefix="b/")
    assert [item["Key"] for item in inner["Contents"]] == ["b/1", "b/2"]
    assert [item["Prefix"] for item in inner["CommonPrefixes"]] == ["b/c/"]
    assert [item["Key"] for item in s3.list_objects_v2(
        Bucket=bucket, StartAfter="b/2")["Contents"]][:2] == ["b/c/3", "d"]
    page, grouped = {}, []
    while True:
        page = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=1, **(
            {"ContinuationToken": page["NextContinuationToken"]} if page else {}))
        grouped += [item["Key"] for item in page.get("Contents", [])]
        grouped += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
    assert grouped == ["Z", "a", "b/", "d", "e/", "ä"]


def test_the_first_listing_version_pages_by_marker(s3, bucket):
    for key in ("a", "b", "c/1", "d"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    first = s3.list_objects(Bucket=bucket, MaxKeys=3, Delimiter="/")
    assert first["IsTruncated"] and first["NextMarker"] == "c/"
    second = s3.list_objects(Bucket=bucket, Marker=first["NextMarker"], Delimiter="/")
    assert [item["Key"] for item in second["Contents"]] == ["d"]
    assert s3.list_objects(Bucket=bucket, MaxKeys=0).get("Contents") is None


def test_a_bad_listing_argument_is_refused(server, bucket):
    for query in ("list-type=2&max-keys=x", "list-type=2&max-keys=-1",
                  "list-type=2&continuation-token=garbage", "list-type=2&encoding-type=x"):
        status, body, _ = send(server, "GET", f"/{bucket}?{query}")
        assert (status, code_of(body)) == (400, "InvalidArgument"), query


# Multipart uploads.


def test_parts_become_one_object(s3, bucket):
    body = pattern(11 * MIB)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ContentType="text/x",
                                        Metadata={"a": "1"})["UploadId"]
    at = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    sizes, parts = [(0, 5 * MIB), (5 * MIB, 10 * MIB), (10 * MIB, 11 * MIB)], {}
    for number in (2, 1, 3):
        low, high = sizes[number - 1]
        parts[number] = s3.upload_part(**at, PartNumber=number, Body=body[low:high])["ETag"]
    listed = s3.list_parts(**at, MaxParts=2)
    assert [part["PartNumber"] for part in listed["Parts"]] == [1, 2] and listed["IsTruncated"]
    uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [(each["Key"], each["UploadId"]) for each in uploads] == [("k", upload)]
    assert keys(s3, bucket) == []
    done = s3.complete_multipart_upload(**at, MultipartUpload={"Parts": [
        {"PartNumber": number, "ETag": parts[number]} for number in (1, 2, 3)]})
    digests = b"".join(hashlib.md5(body[low:high]).digest() for low, high in sizes)
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == body and got["Metadata"] == {"a": "1"}
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=5242870-5242889")[
        "Body"].read() == body[5242870:5242890]
    with refused("NoSuchUpload", status=404):
        s3.list_parts(**at)


def test_a_part_can_be_a_copy(s3, bucket):
    body = pattern(6 * MIB)
    s3.put_object(Bucket=bucket, Key="from", Body=body)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    at = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    etags = [s3.upload_part_copy(**at, PartNumber=number, CopySource=f"{bucket}/from",
                                 CopySourceRange=f"bytes={low}-{high}")["CopyPartResult"]["ETag"]
             for number, (low, high) in enumerate([(0, 5 * MIB - 1), (5 * MIB, 6 * MIB - 1)], 1)]
    s3.complete_multipart_upload(**at, MultipartUpload={"Parts": [
        {"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_a_bad_completion_is_refused_and_the_upload_lives_on(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    at = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    etags = [s3.upload_part(**at, PartNumber=number, Body=b"small")["ETag"] for number in (1, 2)]
    cases = [("EntityTooSmall", [(1, etags[0]), (2, etags[1])]),
             ("InvalidPartOrder", [(2, etags[1]), (1, etags[0])]),
             ("InvalidPart", [(1, '"00000000000000000000000000000000"')]),
             ("InvalidPart", [(7, etags[0])])]
    for code, parts in cases:
        with refused(code):
            s3.complete_multipart_upload(**at, MultipartUpload={"Parts": [
                {"PartNumber": number, "ETag": etag} for number, etag in parts]})
    assert keys(s3, bucket) == []
    s3.complete_multipart_upload(**at, MultipartUpload={"Parts": [
        {"PartNumber": 2, "ETag": etags[1]}]})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"small"


def test_an_aborted_upload_is_gone(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    at = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    s3.upload_part(**at, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(**at)
    with refused("NoSuchUpload", "The specified upload does not exist", 404):
        s3.upload_part(**at, PartNumber=1, Body=b"x")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


# Requests.


def test_a_presigned_url_reads_and_writes(server, bucket):
    client = server.client("s3", signature_version="s3v4")
    put = client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "k"})
    urllib.request.urlopen(urllib.request.Request(put, b"presigned", method="PUT")).read()
    get = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    assert urllib.request.urlopen(get).read() == b"presigned"


def test_every_answer_names_its_request(server, bucket):
    for target in (f"/{bucket}/none", f"/{bucket}"):
        _, body, headers = send(server, "GET", target)
        headers = {name.lower(): value for name, value in headers.items()}
        assert headers["x-amz-request-id"] and headers["date"]
    assert b"<RequestId>" in send(server, "GET", f"/{bucket}/none")[1]


@pytest.mark.parametrize("method,query", [
    ("PUT", "torrent"), ("GET", "inventory"), ("PUT", "cors"), ("POST", "select&select-type=2"),
    ("PUT", "object-lock"), ("PUT", "tagging"), ("PUT", "acl")])
def test_a_sub_resource_that_is_not_there_never_becomes_another_call(server, s3, bucket, method,
                                                                     query):
    status, _, _ = send(server, method, f"/{bucket}/k?{query}", b"<x/>")
    assert status in (400, 404, 405, 501)
    assert keys(s3, bucket) == []


def test_a_header_that_is_not_honoured_is_refused(server, s3, bucket):
    for name, value in [("x-amz-server-side-encryption", "aws:kms"),
                        ("x-amz-object-lock-mode", "COMPLIANCE"),
                        ("x-amz-website-redirect-location", "/x")]:
        status, body, _ = send(server, "PUT", f"/{bucket}/k", b"x", {name: value})
        assert status in (400, 501), (name, body)
        assert code_of(body) in ("NotImplemented", "InvalidArgument", "InvalidRequest")
    assert keys(s3, bucket) == []


def test_a_body_shorter_than_announced_is_not_stored(server, s3, bucket):
    head = f"PUT /{bucket}/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    answer = raw(server, head.encode() + b"short", timeout=5, half_close=True)
    assert not answer or status_of(answer) == 400
    assert keys(s3, bucket) == []


def test_the_client_may_wait_for_permission_to_send(server, bucket):
    head = (f"PUT /{bucket}/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
            "Expect: 100-continue\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"x")
        assert receive(connection).startswith(b"HTTP/1.1 200 ")


def test_signed_chunks_are_accepted(server, bucket):
    client = server.client("s3", request_checksum_calculation="when_required",
                           s3={"addressing_style": "path", "payload_signing_enabled": True})
    client.put_object(Bucket=bucket, Key="k", Body=b"x" * 100_000)
    assert client.head_object(Bucket=bucket, Key="k")["ContentLength"] == 100_000
