"""What users set of streams and accounts, and how often they may ask, through boto3."""

import datetime
import json
import re

import pytest

from headrace_server import wait_until
from wire_calls import error_name, json_call, refused

ACCOUNT = "000000000000"
DAY_MS = 24 * 60 * 60 * 1000
METRICS = ["IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
           "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
           "IteratorAgeMilliseconds"]


def arn_of(name):
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"


def summary(client, name):
    return client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]


class Virtual:
    """A server whose clock stands still, and a client of it."""

    def __init__(self, start_server, *flags):
        self.server = start_server("--clock", "virtual", *flags)
        self.client = self.new_client()
        self.advanced = 0

    def new_client(self):
        return self.server.client("kinesis", parameter_validation=False)

    def advance(self, milliseconds):
        self.advanced += milliseconds
        self.server.advance(milliseconds)

    def settle(self):
        self.advance(1000)

    def create(self, name, **arguments):
        self.client.create_stream(StreamName=name, **(arguments or {"ShardCount": 1}))
        self.settle()

    def on_demand(self, name, **arguments):
        self.create(name, StreamModeDetails={"StreamMode": "ON_DEMAND"}, **arguments)

    def do(self, operation, **arguments):
        """A change, and the time it takes."""
        answer = getattr(self.client, operation)(**arguments)
        self.settle()
        return answer

    def restart(self):
        """As after a power cut. A virtual clock begins with the real time again."""
        self.server.kill()
        self.server.start()
        self.server.advance(self.advanced)
        self.client = self.new_client()


@pytest.fixture
def world(start_server):
    return Virtual(start_server)


# Names.


def call(server, operation, **arguments):
    """(what was answered, or the error's name and message). SDKs send a StreamId to other hosts."""
    status, body, _ = json_call(server, f"Kinesis_20131202.{operation}", arguments)
    return body if status == 200 else (error_name(body), body["message"])


def test_a_stream_has_an_id_that_names_it_everywhere(server, kinesis, stream):
    other = "a" * 20 + "-" + "b" * 3
    wrong = call(server, "DescribeStream", StreamName=stream, StreamId=other)
    stream_id = re.fullmatch(f"StreamId {other} is not that of stream {stream} under account "
                             rf"{ACCOUNT}, which is (\S+)\.", wrong[1])[1]
    assert wrong[0] == "InvalidArgumentException"
    # An SDK that is told one would leave the endpoint it was given.
    assert "StreamId" not in summary(kinesis, stream)
    by_id = call(server, "DescribeStreamSummary", StreamId=stream_id)
    assert by_id["StreamDescriptionSummary"]["StreamName"] == stream
    record = {"Data": "eA==", "PartitionKey": "k"}
    assert "ShardId" in call(server, "PutRecord", StreamId=stream_id, **record)
    put = call(server, "PutRecords", StreamId=stream_id, StreamName=stream, Records=[record])
    assert put["FailedRecordCount"] == 0
    shard = call(server, "ListShards", StreamId=stream_id)["Shards"][0]["ShardId"]
    position = call(server, "GetShardIterator", StreamId=stream_id, ShardId=shard,
                    ShardIteratorType="LATEST")["ShardIterator"]
    assert call(server, "GetRecords", ShardIterator=position, StreamId=stream_id)["Records"] == []
    assert call(server, "GetRecords", ShardIterator=position, StreamId=other) == wrong
    assert call(server, "TagResource", ResourceARN=arn_of(stream), Tags={"a": "b"},
                StreamId=other) == wrong
    assert call(server, "DescribeStream", StreamId=other) == (
        "ResourceNotFoundException",
        f"Stream with StreamId {other} under account {ACCOUNT} not found.")
    assert call(server, "DescribeStream", StreamName=stream, StreamId="A")[0] == (
        "ValidationException")


def test_a_dry_run_checks_and_does_nothing(kinesis, stream):
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    position = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard,
                                          ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    record = {"Data": b"x", "PartitionKey": "k"}
    calls = [("put_record", {"StreamName": stream, **record}),
             ("put_records", {"StreamName": stream, "Records": [record]}),
             ("get_records", {"ShardIterator": position}),
             ("get_shard_iterator", {"StreamName": stream, "ShardId": shard,
                                     "ShardIteratorType": "LATEST"})]
    for operation, arguments in calls:
        with refused("DryRunOperationException", "DryRun parameter was specified"):
            getattr(kinesis, operation)(DryRun=True, **arguments)
        if operation == "get_records":
            continue
        with refused("ResourceNotFoundException"):
            getattr(kinesis, operation)(DryRun=True, **{**arguments, "StreamName": "none"})
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        position = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"],
                                              ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        assert kinesis.get_records(ShardIterator=position, DryRun=False)["Records"] == []


# Tags and policies.


def test_tags_of_a_resource_are_the_streams_tags(kinesis, stream):
    arn = arn_of(stream)
    kinesis.tag_resource(ResourceARN=arn, Tags={"a": "1", "b": ""})
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"c": "3"})
    kinesis.tag_resource(ResourceARN=arn, Tags={"a": "2"})
    expected = [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}, {"Key": "c", "Value": "3"}]
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == expected
    assert kinesis.list_tags_for_stream(StreamName=stream)["Tags"] == expected
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["a", "none"])
    kinesis.remove_tags_from_stream(StreamARN=arn, TagKeys=["b"])
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == expected[2:]


@pytest.mark.parametrize("arn,code,message", [
    (arn_of("none"), "ResourceNotFoundException", "Stream none under account .* not found"),
    (arn_of("none") + "/consumer/c:1", "ResourceNotFoundException", "Stream none .* not found"),
    (f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/s", "ResourceNotFoundException", "not found"),
    ("arn:aws:kinesis:us-east-1:111111111111:stream/s", "ResourceNotFoundException",
     "Stream s under account 111111111111 not found"),
    (f"arn:aws:kinesis:us-east-1:{ACCOUNT}:queue/q", "InvalidArgumentException",
     "Invalid ResourceARN"),
    (arn_of("s") + "/consumer/c", "InvalidArgumentException", "Invalid ResourceARN"),
    ("arn:aws:s3:::bucket", "ValidationException",
     "at 'resourceARN' failed to satisfy constraint: Member must satisfy regular expression"),
])
def test_operations_on_a_resource_refuse_what_is_none(kinesis, arn, code, message):
    for operation, more in [
            ("tag_resource", {"Tags": {"a": "b"}}), ("untag_resource", {"TagKeys": ["a"]}),
            ("list_tags_for_resource", {}), ("get_resource_policy", {}),
            ("put_resource_policy", {"Policy": policy_for(arn)}), ("delete_resource_policy", {})]:
        with refused(code, message):
            getattr(kinesis, operation)(ResourceARN=arn, **more)


def test_what_hangs_on_a_consumer_needs_the_consumer(kinesis, stream):
    arn = arn_of(stream) + "/consumer/c:1"
    message = f"Consumer c of stream {stream} under account {ACCOUNT} not found"
    for operation, more in [
            ("tag_resource", {"Tags": {"a": "b"}}), ("untag_resource", {"TagKeys": ["a"]}),
            ("list_tags_for_resource", {}), ("get_resource_policy", {}),
            ("put_resource_policy", {"Policy": policy_for(arn)}), ("delete_resource_policy", {})]:
        with refused("ResourceNotFoundException", message):
            getattr(kinesis, operation)(ResourceARN=arn, **more)


def test_a_consumer_has_tags_and_a_policy_of_its_own(world):
    world.create("s")
    client, arn = world.client, arn_of("s")
    consumer = client.register_stream_consumer(
        StreamARN=arn, ConsumerName="c", Tags={"born": "with"})["Consumer"]["ConsumerARN"]
    world.settle()
    client.tag_resource(ResourceARN=consumer, Tags={"a": "1", "b": "2"})
    client.untag_resource(ResourceARN=consumer, TagKeys=["b"])
    client.put_resource_policy(ResourceARN=consumer, Policy=policy_for(consumer))
    world.restart()
    client = world.client
    assert client.list_tags_for_resource(ResourceARN=consumer)["Tags"] == [
        {"Key": "a", "Value": "1"}, {"Key": "born", "Value": "with"}]
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    assert client.get_resource_policy(ResourceARN=consumer)["Policy"] == policy_for(consumer)
    client.delete_resource_policy(ResourceARN=consumer)
    with refused("ResourceNotFoundException",
                 f"No resource policy found for resource ARN {consumer}"):
        client.get_resource_policy(ResourceARN=consumer)
    client.deregister_stream_consumer(ConsumerARN=consumer)
    world.settle()
    with refused("ResourceNotFoundException", "Consumer c"):
        client.list_tags_for_resource(ResourceARN=consumer)
    client.register_stream_consumer(StreamARN=arn, ConsumerName="c")
    world.settle()
    with refused("ResourceNotFoundException", "Consumer c"):
        client.tag_resource(ResourceARN=consumer, Tags={"a": "1"})


def test_bad_tags_are_refused_before_the_stream_is_looked_for(kinesis):
    with refused("InvalidArgumentException", "invalid characters"):
        kinesis.tag_resource(ResourceARN=arn_of("none"), Tags={"a*": "b"})
    with refused("InvalidArgumentException", "aws: are reserved"):
        kinesis.tag_resource(ResourceARN=arn_of("none"), Tags={"aws:a": "b"})
    with refused("ValidationException", "^2 validation errors detected: .*; Value"):
        kinesis.tag_resource(ResourceARN="x", Tags={"a" * 129: "b"})


def test_a_stream_has_fifty_tags(world):
    world.create("s")
    arn = arn_of("s")
    world.client.tag_resource(ResourceARN=arn, Tags={f"k{i}": "" for i in range(50)})
    with refused("InvalidArgumentException", "cannot have more than 50 tags"):
        world.client.tag_resource(ResourceARN=arn, Tags={"more": ""})
    world.restart()
    assert len(world.client.list_tags_for_resource(ResourceARN=arn)["Tags"]) == 50
    with refused("InvalidArgumentException", "cannot have more than 50 tags"):
        world.client.create_stream(StreamName="t", ShardCount=1,
                                   Tags={f"k{i}": "" for i in range(51)})


def policy_for(arn, **changes):
    statement = {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": "111111111111"},
                 "Action": ["kinesis:PutRecord"], "Resource": arn, **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {key: value for key, value in statement.items() if value is not None}]})


def test_a_policy_comes_back_as_it_was_put(world):
    world.create("s")
    arn, client = arn_of("s"), world.client
    with refused("ResourceNotFoundException", f"No resource policy found for resource ARN {arn}"):
        client.get_resource_policy(ResourceARN=arn)
    client.put_resource_policy(ResourceARN=arn, Policy=policy_for(arn))
    policy = policy_for(arn, Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    client.put_resource_policy(ResourceARN=arn, Policy=policy)
    world.restart()
    client = world.client
    assert client.get_resource_policy(ResourceARN=arn)["Policy"] == policy
    client.delete_resource_policy(ResourceARN=arn)
    with refused("ResourceNotFoundException", "No resource policy found"):
        client.delete_resource_policy(ResourceARN=arn)


@pytest.mark.parametrize("policy,message", [
    ("", "not a JSON object"), ("{", "not a JSON object"), ("[]", "not a JSON object"),
    ("{}", "must have one element Statement"),
    ('{"Statement": []}', "no statement"), ('{"Statement": ["x"]}', "statement is not an object"),
    ('{"Version": "2020", "Statement": []}', "element Version"),
    ('{"Unknown": 1, "Statement": []}', "unknown element Unknown"),
    (policy_for("*", Effect=None), "must have one element Effect"),
    (policy_for("*", Effect="Perhaps"), "element Effect"),
    (policy_for("*", Principal=None), "must have one element Principal"),
    (policy_for("*", Principal="someone"), "element Principal"),
    (policy_for("*", Principal={"Someone": "x"}), "element Principal"),
    (policy_for("*", NotPrincipal="*"), "must have one element Principal"),
    (policy_for("*", Action=[]), "element Action"),
    (policy_for("*", Condition={"Bool": "x"}), "element Condition"),
    ("x" * 20481, "larger than 20480 bytes"),
])
def test_what_is_no_policy_is_refused(kinesis, policy, message):
    with refused("InvalidArgumentException", message):
        kinesis.put_resource_policy(ResourceARN=arn_of("none"), Policy=policy)


# Settings.


def test_shard_metrics_are_switched_one_by_one_and_together(world):
    world.create("s")
    first = world.do("enable_enhanced_monitoring", StreamName="s",
                     ShardLevelMetrics=["OutgoingBytes", "IncomingBytes"])
    assert first["StreamName"] == "s" and first["StreamARN"] == arn_of("s")
    assert first.get("CurrentShardLevelMetrics", []) == []
    assert first["DesiredShardLevelMetrics"] == ["IncomingBytes", "OutgoingBytes"]
    every = world.do("enable_enhanced_monitoring", StreamARN=arn_of("s"),
                     ShardLevelMetrics=["ALL"])
    assert every["CurrentShardLevelMetrics"] == ["IncomingBytes", "OutgoingBytes"]
    assert every["DesiredShardLevelMetrics"] == METRICS
    world.do("disable_enhanced_monitoring", StreamName="s", ShardLevelMetrics=["IncomingRecords"])
    world.restart()
    left = [metric for metric in METRICS if metric != "IncomingRecords"]
    assert summary(world.client, "s")["EnhancedMonitoring"] == [{"ShardLevelMetrics": left}]
    none = world.do("disable_enhanced_monitoring", StreamName="s", ShardLevelMetrics=["ALL"])
    assert none["CurrentShardLevelMetrics"] == left
    with refused("ValidationException", r"Value '\[Some\]' at 'shardLevelMetrics' failed"):
        world.client.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["Some"])
    with refused("ResourceNotFoundException", "Stream none under account"):
        world.client.disable_enhanced_monitoring(StreamName="none", ShardLevelMetrics=["ALL"])
    world.client.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])
    with refused("ResourceInUseException", "not ACTIVE, instead in state UPDATING"):
        world.client.disable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])


def test_records_are_as_large_as_the_stream_allows(world):
    world.create("s", ShardCount=1, MaxRecordSizeInKiB=2048)
    client = world.client
    assert summary(client, "s")["MaxRecordSizeInKiB"] == 2048
    client.put_record(StreamName="s", Data=b"x" * (2048 * 1024 - 1), PartitionKey="k")
    for put in (lambda size: client.put_record(
                    StreamName="s", Data=b"x" * size, PartitionKey="k"),
                lambda size: client.put_records(
                    StreamName="s", Records=[{"Data": b"x" * size, "PartitionKey": "k"}])):
        with refused("ValidationException", "ata' failed to satisfy constraint: Member must have "
                                            "length less than or equal to 2097152"):
            put(2048 * 1024)
    world.do("update_max_record_size", StreamARN=arn_of("s"), MaxRecordSizeInKiB=10240)
    world.restart()
    client = world.client
    data = b"y" * (10 * 2**20 - 1)
    put = client.put_records(StreamName="s", Records=[{"Data": data, "PartitionKey": "k"}])
    assert put["FailedRecordCount"] == 0
    assert client.put_records(StreamName="s", Records=[
        {"Data": b"z", "PartitionKey": "k"}])["FailedRecordCount"] == 1, "the burst is used up"
    world.advance(10_000)
    assert client.put_record(StreamName="s", Data=data, PartitionKey="k")
    position = client.get_shard_iterator(
        StreamName="s", ShardId=put["Records"][0]["ShardId"], ShardIteratorType="TRIM_HORIZON")
    position, sizes = position["ShardIterator"], []
    while len(sizes) < 3:
        answer = client.get_records(ShardIterator=position)
        sizes += [len(record["Data"]) for record in answer["Records"]]
        position = answer["NextShardIterator"]
        world.advance(5_000)
    assert sizes == [2048 * 1024 - 1, len(data), len(data)]
    with refused("ValidationException", "Value '1023' at 'maxRecordSizeInKiB'"):
        client.update_max_record_size(StreamARN=arn_of("s"), MaxRecordSizeInKiB=1023)
    with refused("ValidationException", "Value '10241' at 'maxRecordSizeInKiB'"):
        client.create_stream(StreamName="t", ShardCount=1, MaxRecordSizeInKiB=10241)
    with refused("InvalidArgumentException", "Either StreamName or StreamARN"):
        client.update_max_record_size(MaxRecordSizeInKiB=1024)
    with refused("ResourceNotFoundException"):
        client.update_max_record_size(StreamARN=arn_of("none"), MaxRecordSizeInKiB=1024)
    client.update_max_record_size(StreamARN=arn_of("s"), MaxRecordSizeInKiB=1024)
    with refused("ResourceInUseException", "in state UPDATING"):
        client.update_max_record_size(StreamARN=arn_of("s"), MaxRecordSizeInKiB=1025)


def test_several_bad_records_are_told_together(kinesis, stream):
    records = [{"Data": b"x" * (2**20 + 1), "PartitionKey": "k"}, {"Data": b""},
               {"Data": b"x", "PartitionKey": "k"}]
    with refused("ValidationException",
                 "^2 validation errors detected: Value at 'records.1.member.data' .*; "
                 "Value null at 'records.2.member.partitionKey' failed to satisfy constraint: "
                 "Member must not be null$"):
        kinesis.put_records(StreamName=stream, Records=records)
    with refused("ValidationException", "^1 validation error detected: Value null at "
                                        "'partitionKey' failed to satisfy constraint"):
        kinesis.put_record(StreamName=stream, Data=b"x")


# Modes.


def test_an_on_demand_stream_begins_with_four_shards(world):
    world.on_demand("s")
    s = summary(world.client, "s")
    assert s["OpenShardCount"] == 4 and s["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert s["RecordDistributionStrategy"] == "USER_PARTITION_KEY" and "WarmThroughput" not in s
    world.create("p", ShardCount=3)
    assert "RecordDistributionStrategy" not in summary(world.client, "p")
    modes = {s["StreamName"]: s["StreamModeDetails"]["StreamMode"]
             for s in world.client.list_streams()["StreamSummaries"]}
    assert modes == {"s": "ON_DEMAND", "p": "PROVISIONED"}
    limits = world.client.describe_limits()
    assert limits["OnDemandStreamCount"] == 1 and limits["OnDemandStreamCountLimit"] == 50
    assert limits["OpenShardCount"] == 3
    mode = {"StreamMode": "ON_DEMAND"}
    with refused("InvalidArgumentException", "ShardCount cannot be specified"):
        world.client.create_stream(StreamName="t", StreamModeDetails=mode, ShardCount=1)
    with refused("ValidationException", "Value null at 'shardCount'"):
        world.client.create_stream(StreamName="t")
    with refused("InvalidArgumentException", "WarmThroughputMiBps cannot be specified"):
        world.client.create_stream(StreamName="t", ShardCount=1, WarmThroughputMiBps=5)
    world.advance(1000)
    with refused("InvalidArgumentException", "AUTO is supported for streams in ON_DEMAND mode"):
        world.client.create_stream(StreamName="t", ShardCount=1,
                                   RecordDistributionStrategy="AUTO")
    with refused("ValidationException", "MinimumThroughputBillingCommitment"):
        world.client.create_stream(StreamName="t", StreamModeDetails=mode, WarmThroughputMiBps=5)


def test_the_mode_is_switched_twice_in_a_day(world):
    world.create("s", ShardCount=3)

    def switch(mode, **more):
        return world.do("update_stream_mode", StreamARN=arn_of("s"),
                        StreamModeDetails={"StreamMode": mode}, **more)

    switch("ON_DEMAND")
    assert summary(world.client, "s")["OpenShardCount"] == 3
    switch("ON_DEMAND")  # it is that already
    with refused("InvalidArgumentException", "is in ON_DEMAND mode already"):
        switch("ON_DEMAND", WarmThroughputMiBps=5)
    switch("PROVISIONED")
    with refused("LimitExceededException", "only 2 times within a 24 hour period"):
        switch("ON_DEMAND")
    world.restart()
    with refused("LimitExceededException", "only 2 times within a 24 hour period"):
        switch("ON_DEMAND")
    world.advance(DAY_MS)
    switch("ON_DEMAND")
    with refused("InvalidArgumentException", "WarmThroughputMiBps can be specified only"):
        switch("PROVISIONED", WarmThroughputMiBps=1)
    with refused("ResourceNotFoundException"):
        world.client.update_stream_mode(StreamARN=arn_of("none"),
                                        StreamModeDetails={"StreamMode": "ON_DEMAND"})
    with refused("ValidationException", "at 'streamModeDetails.streamMode'"):
        switch("OTHER")


def test_records_without_keys_are_spread(world):
    world.on_demand("s", RecordDistributionStrategy="AUTO")
    client = world.client
    assert summary(client, "s")["RecordDistributionStrategy"] == "AUTO"
    records = [{"Data": bytes([i])} for i in range(7)] + [{"Data": b"k", "PartitionKey": "k"}]
    put = client.put_records(StreamName="s", Records=records)["Records"]
    shards = [record["ShardId"] for record in put]
    assert len(set(shards)) == 4 and all(shards.count(shard) == 2 for shard in shards)
    client.put_record(StreamName="s", Data=b"alone")
    seen = []
    for shard in set(shards):
        position = client.get_shard_iterator(StreamName="s", ShardId=shard,
                                             ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        seen += client.get_records(ShardIterator=position)["Records"]
    assert sorted(record["Data"] for record in seen) == sorted(
        [record["Data"] for record in records] + [b"alone"])
    assert [r["PartitionKey"] for r in seen if "PartitionKey" in r] == ["k"]
    world.do("update_stream_record_distribution_strategy", StreamARN=arn_of("s"),
             RecordDistributionStrategy="USER_PARTITION_KEY")
    with refused("ValidationException", "Value null at 'partitionKey'"):
        client.put_record(StreamName="s", Data=b"x")
    world.create("p")
    with refused("InvalidArgumentException", "AUTO is supported for streams in ON_DEMAND mode"):
        client.update_stream_record_distribution_strategy(
            StreamARN=arn_of("p"), RecordDistributionStrategy="AUTO")
    with refused("ResourceNotFoundException"):
        client.update_stream_record_distribution_strategy(
            StreamARN=arn_of("none"), RecordDistributionStrategy="AUTO")
    with refused("ValidationException", "at 'recordDistributionStrategy'"):
        client.update_stream_record_distribution_strategy(
            StreamARN=arn_of("p"), RecordDistributionStrategy="SOME")


# Accounts.


def commitment(client):
    return client.describe_account_settings()["MinimumThroughputBillingCommitment"]


def commit(client, status="ENABLED"):
    return client.update_account_settings(
        MinimumThroughputBillingCommitment={"Status": status})["MinimumThroughputBillingCommitment"]


def test_a_commitment_lasts_24_hours_at_least(world):
    client = world.client
    assert commitment(client) == {"Status": "DISABLED"}
    assert commit(client, "DISABLED") == {"Status": "DISABLED"}
    begun = commit(client)
    assert begun["Status"] == "ENABLED" and "EndedAt" not in begun
    day = datetime.timedelta(days=1)
    assert begun["EarliestAllowedEndAt"] - begun["StartedAt"] == day
    world.advance(1000)
    assert commit(client) == begun
    ending = commit(client, "DISABLED")
    assert ending == {**begun, "Status": "ENABLED_UNTIL_EARLIEST_ALLOWED_END"}
    assert commit(client) == begun, "taken back"
    commit(client, "DISABLED")
    world.restart()
    client = world.client
    assert commitment(client) == ending
    world.advance(DAY_MS)
    ended = commitment(client)
    assert ended["Status"] == "DISABLED" and ended["EndedAt"] == begun["EarliestAllowedEndAt"]
    commit(client)
    world.advance(2 * DAY_MS)
    ended = commit(client, "DISABLED")
    assert ended["Status"] == "DISABLED" and ended["EndedAt"] - ended["StartedAt"] >= 2 * day
    with refused("ValidationException", "at 'minimumThroughputBillingCommitment.status'"):
        commit(client, "SOME")
    assert commitment(world.server.client("kinesis", credentials=("1" * 12, "x"))) == {
        "Status": "DISABLED"}


def test_warm_throughput_is_for_committed_accounts(world):
    client = world.client
    world.on_demand("s")
    world.create("p")
    with refused("ValidationException", "MinimumThroughputBillingCommitment enabled"):
        client.update_stream_warm_throughput(StreamName="s", WarmThroughputMiBps=10)
    commit(client)
    with refused("ValidationException", "PROVISIONED mode"):
        client.update_stream_warm_throughput(StreamName="p", WarmThroughputMiBps=10)
    answer = world.do("update_stream_warm_throughput", StreamName="s", WarmThroughputMiBps=10)
    assert answer["StreamName"] == "s" and answer["StreamARN"] == arn_of("s")
    assert answer["WarmThroughput"] == {"TargetMiBps": 10, "CurrentMiBps": 10}
    assert summary(client, "s")["OpenShardCount"] == 10
    with refused("ValidationException", "stream s to 0 first"):
        commit(client, "DISABLED")
    world.restart()
    client = world.client
    assert summary(client, "s")["WarmThroughput"] == {"TargetMiBps": 10, "CurrentMiBps": 10}
    world.do("update_stream_warm_throughput", StreamARN=arn_of("s"), WarmThroughputMiBps=0)
    assert summary(client, "s")["OpenShardCount"] == 4
    world.on_demand("t", WarmThroughputMiBps=6)
    assert summary(client, "t")["OpenShardCount"] == 6
    world.do("update_stream_mode", StreamARN=arn_of("p"), WarmThroughputMiBps=8,
             StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert summary(client, "p")["WarmThroughput"] == {"TargetMiBps": 8, "CurrentMiBps": 8}
    world.advance(1000)
    with refused("LimitExceededException", "exceeds the limit of 10240 MiB/s"):
        client.update_stream_warm_throughput(StreamName="s", WarmThroughputMiBps=10241)
    with refused("ValidationException", "at 'warmThroughputMiBps' failed"):
        client.update_stream_warm_throughput(StreamName="s", WarmThroughputMiBps=-1)
    with refused("ResourceNotFoundException"):
        client.update_stream_warm_throughput(StreamName="none", WarmThroughputMiBps=1)


# How often.


@pytest.mark.parametrize("operation,arguments,calls", [
    ("describe_limits", {}, 1), ("list_streams", {}, 5), ("describe_account_settings", {}, 5),
    ("describe_stream", {"StreamName": "none"}, 10),
    ("describe_stream_summary", {"StreamName": "none"}, 20),
    ("delete_stream", {"StreamName": "none"}, 5),
    ("get_resource_policy", {"ResourceARN": arn_of("none")}, 5),
])
def test_an_account_may_call_so_often_a_second(world, operation, arguments, calls):
    def attempt():
        try:
            getattr(world.client, operation)(**arguments)
        except world.client.exceptions.ResourceNotFoundException:
            pass

    for _ in range(calls):
        attempt()
    with refused("LimitExceededException", f"^Rate exceeded for account {ACCOUNT}\\.$"):
        attempt()
    world.advance(1000 // calls)
    attempt()
    other = world.server.client("kinesis", credentials=("1" * 12, "x"))
    other.list_streams()


def test_a_stream_may_be_asked_so_often_a_second(world):
    for _ in range(5):
        with refused("ResourceNotFoundException"):
            world.client.list_tags_for_stream(StreamName="none")
    for names in ({"StreamName": "none"}, {"StreamARN": arn_of("none")}):
        with refused("LimitExceededException",
                     f"^Rate exceeded for stream none under account {ACCOUNT}\\.$"):
            world.client.list_tags_for_stream(**names)
    with refused("ResourceNotFoundException"):
        world.client.list_tags_for_stream(StreamName="other")
    with refused("ValidationException"):
        world.client.list_tags_for_stream(StreamName="none", Limit=51)


def test_without_limits_anyone_may_ask_as_often_as_they_like(kinesis):
    for _ in range(30):
        kinesis.describe_limits()
        kinesis.list_streams()


def test_boto3_retries_what_was_too_often(start_server):
    server = start_server()
    client = server.client("kinesis", retries=8)
    for _ in range(7):
        client.list_streams()


def test_the_shards_of_an_account_are_limited(world):
    with refused("LimitExceededException", "would exceed the shard limit for the account"):
        world.client.create_stream(StreamName="s", ShardCount=20001)


def test_at_most_five_streams_are_being_created(world):
    for name in "abcde":
        world.client.create_stream(StreamName=name, ShardCount=1)
    world.advance(200)
    with refused("LimitExceededException", "5 streams in the CREATING state"):
        world.client.create_stream(StreamName="f", ShardCount=1)
    world.settle()
    world.create("f")
    wait_until(lambda: summary(world.client, "f")["StreamStatus"] == "ACTIVE")
