import itertools

import pytest

from headrace_server import BINARY, Server

names = itertools.count()


def pytest_collection_modifyitems(items):
    if BINARY.exists():
        return
    skip = pytest.mark.skip(reason=f"there is no {BINARY}: make build first")
    for item in items:
        item.add_marker(skip)


@pytest.fixture(scope="session")
def server():
    """The server most tests share: limits lifted, so that one test cannot throttle another."""
    server = Server(flags=["--limits", "none"])
    try:
        server.start()
        status, _ = server.get("/_headrace/health")
        assert status == 200
        yield server
        assert server.stop() == 0, server.log()
    finally:
        server.close()


@pytest.fixture
def start_server():
    """Starts further servers; each must end well, unless the test killed it."""
    servers = []

    def start(*flags, data_dir=None, environment=None):
        server = Server(data_dir=data_dir, flags=flags, environment=environment)
        servers.append(server)
        return server.start()

    yield start
    codes = [server.stop() for server in servers if server.process.poll() is None]
    for server in servers:
        server.close()
    assert not any(codes)


@pytest.fixture(params=["http", "https"])
def scheme(request):
    return request.param


@pytest.fixture
def name(worker_id):
    """A name nothing else has used."""
    return f"t-{worker_id}-{next(names)}"


@pytest.fixture
def kinesis(server, scheme):
    return server.client("kinesis", scheme)


@pytest.fixture
def firehose(server, scheme):
    return server.client("firehose", scheme)


@pytest.fixture
def s3(server, scheme):
    return server.client("s3", scheme)


@pytest.fixture
def stream(kinesis, name):
    """An active stream with two shards."""
    kinesis.create_stream(StreamName=name, ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(
        StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    yield name
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


@pytest.fixture
def bucket(s3, name):
    s3.create_bucket(Bucket=name)
    yield name
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=name, Key=item["Key"])
    for upload in s3.list_multipart_uploads(Bucket=name).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    s3.delete_bucket(Bucket=name)
