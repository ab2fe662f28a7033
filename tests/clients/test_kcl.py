"""The Kinesis Client Library: two workers, polling and enhanced fan-out."""

import subprocess

import pytest

import client_programs
from client_programs import BUILD, Producer, Program, environment
from java_programs import client, java, producer_library, trust_properties

PYTHON = BUILD / "venv/bin/python"
if not PYTHON.exists():
    pytest.skip("moto is not installed: see scripts/client-tests", allow_module_level=True)
# A worker waits up to 30 s before it believes that the lease table is empty.
SECONDS = 150
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="session")
def dynamodb():
    """The URL of a DynamoDB for the leases: no part of the product, only of this test."""
    script = client_programs.ROOT / "tests/clients/dynamodb.py"
    with subprocess.Popen([PYTHON, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


@pytest.fixture
def start_worker(server, scheme, dynamodb, stream, tmp_path):
    def start(mode, name):
        return Program(
            java("Worker", mode, stream, f"a-{stream}", name,
                 properties=trust_properties(server, tmp_path)),
            environment(server, scheme, AWS_ENDPOINT_URL_DYNAMODB=dynamodb), tmp_path / name)
    return start


def check_runs(worker):
    """From a lease to its loss or the shard's end each record came once, in order."""
    last = {}
    for event in worker.events:
        if "started" in event:
            last[event["started"]] = 0
        elif "shard" in event:
            assert int(event["sequence"]) > last[event["shard"]]
            last[event["shard"]] = int(event["sequence"])


def check_deliveries(workers, total, shards):
    """Every record was stored once, and first seen in order; a parent ended before its children.

    A record may come again, under the same sequence number, after its lease has moved.
    """
    events = sorted((event for worker in workers for event in worker.events), key=lambda e: e["at"])
    deliveries = [event for event in events if "shard" in event]
    first = {}
    for delivery in deliveries:
        known = first.setdefault(delivery["data"], delivery)
        assert known["sequence"] == delivery["sequence"]
    client_programs.check_once(list(first.values()), total)
    client_programs.check_order(list(first.values()))
    ends = [event for event in events if "ended" in event or "shard" in event]
    client_programs.check_lineage(ends, shards)


@pytest.mark.parametrize("scheme", ["https"], indirect=True)
def test_kcl_takes_the_aggregates_of_the_kpl_apart(
        server, scheme, kinesis, stream, start_worker, tmp_path):
    with producer_library(server, stream, tmp_path) as producer, start_worker("polling", "a") as a:
        producer.put(5_000)
        producer.finish()
        a.wait_for(lambda: len(a.of("shard")) >= producer.total, SECONDS)
        a.finish()
        client_programs.check_once(a.of("shard"), producer.total)
        assert any(record["aggregated"] for record in a.of("shard"))


@pytest.mark.parametrize("mode", ["polling", "fanout"])
def test_kcl_reads_through_a_split_and_a_merge_with_two_workers(
        server, scheme, kinesis, stream, mode, start_worker, tmp_path):
    start = client(server, scheme, tmp_path)
    with start(Producer, "put", stream) as producer, start_worker(mode, "a") as a:
        producer.put(100)
        a.wait_for(lambda: a.of("shard"), SECONDS)
        with start_worker(mode, "b") as b:
            b.wait_for(lambda: b.of("started"), SECONDS)

            def all_read():
                distinct = {event["data"] for event in [*a.of("shard"), *b.of("shard")]}
                return len(distinct) >= producer.total

            client_programs.produce_while_resharding(producer, kinesis, stream)
            producer.finish()
            a.wait_for(lambda: all_read() and len(a.of("ended") + b.of("ended")) >= 3, SECONDS)
            b.finish()
            a.finish()
            check_runs(a)
            check_runs(b)
            shards = kinesis.list_shards(StreamName=stream)["Shards"]
            assert len(shards) == 5
            check_deliveries([a, b], producer.total, shards)
