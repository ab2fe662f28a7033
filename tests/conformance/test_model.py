"""Every declared operation is AWS's: members, constraints and bindings as its models say."""

import json
import subprocess

import botocore

import aws_models
import headrace_server

# "service: line of the difference" -> why it stands.
EXCEPTIONS = {
    **{f"s3: {operation}.output.StatusCode: AWS has no such member":
       "the HTTP status, which AWS's model has beside the shapes or (206) not at all"
       for operation in ("AbortMultipartUpload", "DeleteBucket", "DeleteObject", "GetObject",
                         "HeadObject")},
    **{f"s3: {place}.Expires: type is 'string', AWS has 'timestamp'":
       "S3 keeps and returns whatever was sent"
       for place in ("CopyObject.input", "CreateMultipartUpload.input", "PutObject.input",
                     "GetObject.output", "HeadObject.output")},
    **{f"s3: {operation}.input.Trailer: AWS has no such member":
       "x-amz-trailer tells which checksum to compute while the body passes"
       for operation in ("PutObject", "UploadPart")},
    "s3: GetBucketLocation.output.LocationConstraint: location is 'payload', AWS has 'body'":
        "the answer is the member's text in the root, which the model cannot say",
    "s3: CreateBucket.input.CreateBucketConfiguration.LocationConstraint: enum is [], AWS has "
    + str(sorted(aws_models.load("s3")["shapes"]["BucketLocationConstraint"]["enum"])):
        "S3 has InvalidLocationConstraint for others, not MalformedXML",
}


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
