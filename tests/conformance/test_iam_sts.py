"""IAM roles and STS identity: what Terraform's AWS provider and the SDKs ask of them."""

import json
import re

import pytest

from wire_calls import refused

ACCOUNT = "000000000000"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"},
    "Action": "sts:AssumeRole"}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::b/*"}]})


@pytest.fixture
def iam(server, scheme):
    return server.client("iam", scheme)


@pytest.fixture
def role(iam, name):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST,
                    Tags=[{"Key": "owner", "Value": "test"}])
    yield name
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def test_the_caller_is_named_with_its_account(server, scheme):
    identity = server.client("sts", scheme).get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert identity["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:") and identity["UserId"]
    other = server.client("sts", scheme, credentials=("123456789012", "any")).get_caller_identity()
    assert other["Account"] == "123456789012"


def test_a_role_is_created_and_read_back(iam, role):
    found = iam.get_role(RoleName=role)["Role"]
    assert found["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/{role}"
    assert found["Path"] == "/" and found["MaxSessionDuration"] == 3600
    assert re.fullmatch("AROA[A-Z0-9]{17}", found["RoleId"])
    # boto3 decodes the document only when it comes percent-encoded, as AWS sends it.
    assert found["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert found["Tags"] == [{"Key": "owner", "Value": "test"}]
    listed = [r for page in iam.get_paginator("list_roles").paginate() for r in page["Roles"]]
    assert role in [r["RoleName"] for r in listed]


def test_what_terraform_reads_of_a_role_is_empty(iam, role):
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []


def test_inline_policies_are_put_replaced_and_deleted(iam, role):
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=POLICY)
    answer = iam.get_role_policy(RoleName=role, PolicyName="p")
    assert (answer["RoleName"], answer["PolicyName"]) == (role, "p")
    assert answer["PolicyDocument"] == json.loads(POLICY)
    changed = POLICY.replace("PutObject", "GetObject")
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=changed)
    assert iam.get_role_policy(RoleName=role, PolicyName="p")["PolicyDocument"] == (
        json.loads(changed))
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["p"]
    with refused("DeleteConflict", status=409):
        iam.delete_role(RoleName=role)
    iam.delete_role_policy(RoleName=role, PolicyName="p")
    with refused("NoSuchEntity", status=404):
        iam.get_role_policy(RoleName=role, PolicyName="p")


def test_tags_are_added_and_removed(iam, role):
    iam.tag_role(RoleName=role, Tags=[{"Key": "stage", "Value": "dev"}])
    iam.untag_role(RoleName=role, TagKeys=["owner"])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "stage", "Value": "dev"}]


def test_names_that_are_taken_or_missing(iam, role, name):
    with refused("EntityAlreadyExists", f"Role with name {role} already exists", 409):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    missing = f"{name}-missing"
    for call in (iam.get_role, iam.delete_role, iam.list_role_policies,
                 iam.list_attached_role_policies, iam.list_instance_profiles_for_role):
        with refused("NoSuchEntity", f"{missing}.*cannot be found", 404):
            call(RoleName=missing)


def test_what_is_no_policy_is_refused(iam, name):
    with refused("MalformedPolicyDocument", status=400):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument="not json")
    with refused("NoSuchEntity", status=404):
        iam.get_role(RoleName=name)


def test_roles_survive_a_restart(start_server):
    server = start_server()
    server.client("iam").create_role(RoleName="lasting", AssumeRolePolicyDocument=TRUST)
    server.kill()
    server.start()
    assert server.client("iam").get_role(RoleName="lasting")["Role"]["RoleName"] == "lasting"


def test_an_operation_that_is_not_there_is_the_services_own_error(server):
    for service, call in (("iam", lambda client: client.list_users()),
                          ("sts", lambda client: client.assume_role(
                              RoleArn="arn:aws:iam::000000000000:role/r",
                              RoleSessionName="session"))):
        client = server.client(service)
        with pytest.raises(client.exceptions.ClientError) as refusal:
            call(client)
        assert 400 <= refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
