"""The AWS SDK for Java v2, asynchronous: HTTP/2 by prior knowledge, and over TLS; CBOR and JSON."""

import pytest

from client_programs import through_split_and_merge
from java_programs import client


@pytest.mark.parametrize("cbor", ["true", "false"], ids=["cbor", "json"])
@pytest.mark.parametrize("mode", ["get", "subscribe"])
def test_java_puts_and_reads_through_a_split_and_a_merge(
        server, scheme, kinesis, stream, mode, cbor, tmp_path):
    start = client(server, scheme, tmp_path, aws_cborEnabled=cbor)
    through_split_and_merge(start, kinesis, stream, mode)
