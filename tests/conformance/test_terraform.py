"""Terraform with the AWS provider: terraform/ as it stands, only the endpoint set."""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from headrace_server import ROOT, wait_until

TERRAFORM = shutil.which("terraform")
SOURCE = "registry.terraform.io/hashicorp/aws"
# Where a provider may lie when there is no registry to get it from.
PLUGIN_DIRS = [os.environ.get("HEADRACE_TERRAFORM_PLUGINS", ""), "~/.terraform.d/plugins",
               "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins",
               "/opt/tf-plugins"]
RECORDS = 500
# The provider itself waits 10 s after each step that it takes with a stream.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]
if not TERRAFORM:
    pytest.skip("terraform is not installed", allow_module_level=True)


class Terraform:
    """A copy of terraform/ with its own state, provisioning `server`."""

    def __init__(self, folder, server, variables):
        self.folder = folder
        shutil.copytree(ROOT / "terraform", folder, ignore=shutil.ignore_patterns(
            ".terraform*", "*.tfstate*", "terraform.tfvars"))
        (folder / "terraform.tfvars.json").write_text(json.dumps(variables))
        (folder / "cli.tfrc").write_text("disable_checkpoint = true\n")
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("AWS_", "TF_"))}
        self.environment = {
            **environment, "AWS_ENDPOINT_URL": server.url(), "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc")}

    def run(self, *arguments, codes=(0,), timeout=180):
        done = subprocess.run([TERRAFORM, *arguments], cwd=self.folder, env=self.environment,
                              text=True, capture_output=True, timeout=timeout)
        assert done.returncode in codes, f"terraform {arguments}:\n{done.stdout}{done.stderr}"
        return done

    def init(self):
        """With the provider that is here, else with the registry's; skips when there is neither."""
        here = [folder for folder in map(lambda name: pathlib.Path(name).expanduser(), PLUGIN_DIRS)
                if folder.name and (folder / SOURCE).is_dir()]
        options = [f"-plugin-dir={here[0]}"] if here else []
        try:
            done = self.run("init", "-input=false", "-no-color", *options, codes=(0, 1),
                            timeout=120)
        except subprocess.TimeoutExpired:
            pytest.skip("Terraform's AWS provider is not installed and its registry is silent")
        if done.returncode:
            pytest.skip("Terraform's AWS provider is not installed, its registry out of reach")

    def plan(self):
        """(exit code, text): 0 when nothing is to change, 2 when something is."""
        done = self.run("plan", "-input=false", "-no-color", "-detailed-exitcode", codes=(0, 2))
        return done.returncode, done.stdout

    def apply(self):
        return self.run("apply", "-input=false", "-no-color", "-auto-approve")

    def destroy(self):
        return self.run("destroy", "-input=false", "-no-color", "-auto-approve")

    def output(self):
        return {name: entry["value"] for name, entry in
                json.loads(self.run("output", "-json").stdout).items()}


@pytest.fixture
def terraform(tmp_path, server, name):
    terraform = Terraform(tmp_path / "terraform", server, {
        "kinesis_stream_name": name, "firehose_delivery_stream_name": f"{name}-delivery",
        "s3_bucket_name": f"{name}-delivered", "shard_count": 2, "buffering_size_mib": 1,
        "buffering_interval_seconds": 1, "force_destroy": True, "tags": {"owner": "test"}})
    terraform.init()
    return terraform


def send(server, stream, records):
    kinesis = server.client("kinesis")
    answer = kinesis.put_records(StreamName=stream, Records=[
        {"Data": record, "PartitionKey": str(index)} for index, record in enumerate(records)])
    assert answer["FailedRecordCount"] == 0


def delivered(server, bucket):
    """Every record in the bucket's gzip objects, one a line."""
    s3 = server.client("s3")
    lines = []
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        assert item["Key"].startswith("events/") and item["Key"].endswith(".gz"), item
        lines += gzip.decompress(
            s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()).splitlines(keepends=True)
    return lines


def test_terraform_provisions_a_pipeline_and_takes_it_away_again(terraform, server):
    code, text = terraform.plan()
    assert code == 2 and "5 to add, 0 to change, 0 to destroy" in text, text
    assert "Apply complete! Resources: 5 added" in terraform.apply().stdout
    code, text = terraform.plan()
    assert code == 0, text

    output = terraform.output()
    records = [f'{{"event": {index}, "at": {time.time()}}}\n'.encode() for index in range(RECORDS)]
    send(server, output["kinesis_stream_name"], records)
    wait_until(lambda: len(delivered(server, output["s3_bucket_name"])) >= RECORDS, 20)
    assert sorted(delivered(server, output["s3_bucket_name"])) == sorted(records)

    code, text = terraform.plan()
    assert code == 0, text
    assert "Resources: 5 destroyed" in terraform.destroy().stdout
    assert output["kinesis_stream_name"] not in (
        server.client("kinesis").list_streams()["StreamNames"])
    assert output["firehose_delivery_stream_name"] not in (
        server.client("firehose").list_delivery_streams()["DeliveryStreamNames"])
    assert output["s3_bucket_name"] not in [
        bucket["Name"] for bucket in server.client("s3").list_buckets()["Buckets"]]
    iam = server.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=output["role_arn"].split("/")[-1])


def test_the_configuration_is_formatted_and_valid(terraform):
    terraform.run("fmt", "-check", "-diff")
    assert "The configuration is valid" in terraform.run("validate", "-no-color").stdout
