"""Every declared operation is AWS's: members, constraints and bindings as its models say."""

import json
import subprocess

import botocore

import aws_models
import headrace_server

# "service: line of the difference" -> why it stands.
EXCEPTIONS = {}


def described():
    done = subprocess.run([str(headrace_server.BINARY), "api", "--json"], capture_output=True,
                          text=True, timeout=30, check=True)
    return json.loads(done.stdout)["services"]


def test_declarations_are_awss():
    assert botocore.__version__ == "1.44.5"
    services = described()
    assert {"kinesis", "firehose", "s3"} <= {service["service"] for service in services}
    found = {f"{service['service']}: {line}" for service in services
             for line in aws_models.differences(service, aws_models.load(service["service"]))}
    unexpected = sorted(found - EXCEPTIONS.keys())
    assert not unexpected, "\n".join([f"{len(unexpected)} differences", *unexpected])
    assert not EXCEPTIONS.keys() - found, "exceptions that nothing needs any more"
