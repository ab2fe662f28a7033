"""The AWS SDK for Go v2: HTTP/1.1, and HTTP/2 by ALPN over TLS."""

import pytest

from client_programs import BUILD, environment, through_split_and_merge

PROGRAM = BUILD / "go-client"
if not PROGRAM.exists():
    pytest.skip("the Go client is not built: see scripts/client-tests", allow_module_level=True)


@pytest.mark.parametrize("mode", ["get", "subscribe"])
def test_go_puts_and_reads_through_a_split_and_a_merge(
        server, scheme, kinesis, stream, mode, tmp_path):
    def start(kind, *arguments):
        return kind([PROGRAM, *arguments],
                    environment(server, scheme, AWS_MAX_ATTEMPTS="1", AWS_CA_BUNDLE=server.ca_file),
                    tmp_path / arguments[0])
    through_split_and_merge(start, kinesis, stream, mode)
