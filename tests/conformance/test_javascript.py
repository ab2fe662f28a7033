"""The AWS SDK for JavaScript v3: HTTP/2 by prior knowledge, and by ALPN over TLS."""

import shutil

import pytest

from client_programs import environment, through_split_and_merge
from headrace_server import ROOT

FOLDER = ROOT / "tests/clients/javascript"
if not shutil.which("node"):
    pytest.skip("node is not installed", allow_module_level=True)
if not (FOLDER / "node_modules/@aws-sdk/client-kinesis").is_dir():
    pytest.skip("the AWS SDK for JavaScript is not installed", allow_module_level=True)


@pytest.mark.parametrize("mode", ["get", "subscribe"])
def test_javascript_puts_and_reads_through_a_split_and_a_merge(
        server, scheme, kinesis, stream, mode, tmp_path):
    def start(kind, *arguments):
        return kind(["node", FOLDER / "client.js", *arguments],
                    environment(server, scheme, AWS_MAX_ATTEMPTS="1",
                                NODE_EXTRA_CA_CERTS=server.ca_file),
                    tmp_path / arguments[0])
    through_split_and_merge(start, kinesis, stream, mode)
