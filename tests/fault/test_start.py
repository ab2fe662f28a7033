"""What keeps a server from starting is said in one clear line, with an exit code that is not 0."""

import os
import pathlib
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import tempfile

import pytest

from headrace_server import BINARY, START_SECONDS, Server
from wire_calls import json_call

NOBODY = 65534


@pytest.fixture
def folder():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="headrace-start-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def refused_start(folder, *flags, command=(), environment=None):
    """The standard error of a start that must fail; its last line says why."""
    listen = [] if "--listen" in flags else ["--listen", "127.0.0.1:0"]
    tls = [] if "--tls-listen" in flags else ["--tls-listen", "127.0.0.1:0"]
    data = [] if "--data-dir" in flags else ["--data-dir", str(folder / "data")]
    done = subprocess.run([*command, str(BINARY), "serve", *listen, *tls, *data, *flags], text=True,
                          capture_output=True, timeout=START_SECONDS,
                          env={**os.environ, **(environment or {})})
    assert done.returncode > 0, f"exit code {done.returncode}: {done.stdout}{done.stderr}"
    assert "headrace ready" not in done.stdout
    assert "terminate called" not in done.stderr and "CHECK" not in done.stderr, done.stderr
    return done.stderr


@pytest.mark.parametrize("flag", ["--listen", "--tls-listen"])
def test_a_port_in_use_is_named(folder, flag):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = refused_start(folder, flag, f"127.0.0.1:{port}")
    assert re.search(rf"127\.0\.0\.1:{port}.*in use", text), text


def test_an_address_that_is_none_is_named(folder):
    assert "nowhere" in refused_start(folder, "--listen", "nowhere")


def test_a_data_directory_has_one_process(start_server):
    first = start_server()
    text = refused_start(None, "--data-dir", str(first.data_dir))
    assert str(first.data_dir) in text and str(first.process.pid) in text, text
    assert first.get("/_headrace/health")[0] == 200


def test_the_lock_of_a_killed_server_holds_nobody_up(start_server):
    server = start_server()
    server.kill()
    server.start()
    assert server.get("/_headrace/health")[0] == 200


def test_a_data_directory_without_permission_is_named(folder):
    data = folder / "data"
    data.mkdir()
    command = ()
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("there is no setpriv to become another user with")
        command = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        if subprocess.run([*command, BINARY, "version"], capture_output=True).returncode:
            pytest.skip("another user may not run this binary where it lies")
        folder.chmod(0o755)
        data.chmod(0o700)
    else:
        data.chmod(0o500)
    text = refused_start(folder, command=command)
    assert str(data) in text and re.search("(?i)permission denied", text), text


def test_a_data_directory_that_is_a_file_is_named(folder):
    (folder / "data").write_text("not a directory")
    assert str(folder / "data") in refused_start(folder)


@pytest.mark.parametrize("domain", ["storage", "streams", "delivery", "objects"])
def test_a_newer_schema_is_refused_and_left_alone(start_server, domain):
    server = start_server()
    assert server.stop() == 0
    path = server.data_dir / "headrace.db"

    def set_version(version):
        with sqlite3.connect(path) as database:
            before = database.execute("SELECT version FROM schema_versions WHERE domain=?",
                                      (domain,)).fetchone()
            assert before, f"no domain {domain}"
            database.execute("UPDATE schema_versions SET version=? WHERE domain=?",
                             (version, domain))
        database.close()
        return before[0]

    before = set_version(99)
    text = refused_start(None, "--data-dir", str(server.data_dir))
    assert "headrace.db" in text and "99" in text and "newer" in text, text
    assert set_version(before) == 99
    server.start()


@pytest.mark.parametrize("flag", ["--listen", "--tls-listen"])
def test_listening_beyond_loopback_needs_auth_or_insecure(folder, flag):
    text = refused_start(folder, flag, "0.0.0.0:0")
    assert "--auth enforce" in text and "--insecure" in text, text
    assert not (folder / "data/headrace.db").exists()
    for allowed in (["--auth", "enforce"], ["--insecure"]):
        other = "--tls-listen" if flag == "--listen" else "--listen"
        process = subprocess.Popen(
            [BINARY, "serve", flag, "0.0.0.0:0", other, "127.0.0.1:0", "--data-dir",
             folder / "data", *allowed], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        try:
            assert process.stdout.readline().startswith("headrace ready ")
        finally:
            process.terminate()
            assert process.wait(START_SECONDS) == 0
            process.stdout.close()


@pytest.mark.parametrize("flags", [["--no-such-flag"], ["--auth", "maybe"], ["--limits", "some"],
                                   ["--clock", "sundial"], ["--durability", "hope"]])
def test_a_flag_or_value_that_does_not_exist_is_named(folder, flags):
    assert flags[-1] in refused_start(folder, *flags)


def test_a_configuration_file_that_is_wrong_is_named(folder):
    path = folder / "headrace.toml"
    path.write_text('no-such-setting = "x"\n')
    assert "no-such-setting" in refused_start(folder, "--config", str(path))
    path.write_text("listen = [\n")
    assert "headrace.toml" in refused_start(folder, "--config", str(path))
    assert "missing.toml" in refused_start(folder, "--config", str(folder / "missing.toml"))


def test_the_soft_limit_of_open_files_is_raised(start_server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        server = start_server()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert limits == (min(hard, 1 << 20), hard)
    assert "files may be open" not in server.log()


def test_a_low_hard_limit_of_open_files_is_told(folder):
    process = subprocess.Popen(
        ["sh", "-c", 'ulimit -n 600 && exec "$0" "$@"', BINARY, "serve", "--listen", "127.0.0.1:0",
         "--tls-listen", "127.0.0.1:0", "--data-dir", folder / "data"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("headrace ready ")
    finally:
        process.terminate()
        _, text = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0
    assert "no more than 600 files may be open at once" in text, text


def region_of(server):
    status, _, _ = json_call(server, "Kinesis_20131202.CreateStream",
                             {"StreamName": "where", "ShardCount": 1})
    assert status == 200
    _, body, _ = json_call(server, "Kinesis_20131202.DescribeStreamSummary",
                           {"StreamName": "where"})
    return body["StreamDescriptionSummary"]["StreamARN"].split(":")[3]


def test_a_flag_comes_before_the_environment_and_that_before_the_file(start_server, tmp_path):
    path = tmp_path / "headrace.toml"
    path.write_text('region = "eu-west-1"\n')
    environment = {"HEADRACE_REGION": "eu-central-1"}
    assert region_of(start_server()) == "us-east-1"
    assert region_of(start_server("--config", str(path))) == "eu-west-1"
    assert region_of(start_server("--config", str(path), environment=environment)) == "eu-central-1"
    assert region_of(start_server("--config", str(path), "--region", "ap-south-1",
                                  environment=environment)) == "ap-south-1"


def credentials_of(server):
    return subprocess.run([BINARY, "credentials", "--data-dir", server.data_dir], text=True,
                          capture_output=True, check=True).stdout


def test_secrets_are_readable_by_their_owner_only(start_server):
    server = start_server()
    secret = credentials_of(server).split("=", 2)[2].strip().encode()
    holders = []
    for path in server.data_dir.rglob("*"):
        if path.is_file() and any(mark in path.read_bytes() for mark in (secret, b"PRIVATE KEY")):
            assert path.stat().st_mode & 0o077 == 0, path
            holders.append(path.name)
    assert len(holders) >= 3, holders  # two TLS keys and the root credentials
    assert (server.data_dir / "tls/ca.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_credentials_stay_the_same_over_restarts(start_server):
    server = start_server()
    text = credentials_of(server)
    assert re.fullmatch(
        r"export AWS_ACCESS_KEY_ID=\w{16,}\nexport AWS_SECRET_ACCESS_KEY=[\w/+=]{30,}\n", text)
    server.kill()
    server.start()
    assert credentials_of(server) == text


def test_credentials_of_a_directory_that_is_none_are_refused(folder):
    done = subprocess.run([BINARY, "credentials", "--data-dir", folder / "nothing"], text=True,
                          capture_output=True)
    assert done.returncode > 0 and "nothing" in done.stderr
    assert not (folder / "nothing").exists()


def test_version_and_help_need_no_data_directory(folder):
    for arguments in (["version"], ["--help"], ["serve", "--help"]):
        done = subprocess.run([BINARY, *arguments], text=True, capture_output=True, cwd=folder)
        assert done.returncode == 0 and "headrace" in done.stdout, arguments
    assert list(folder.iterdir()) == []


def test_the_data_directory_is_made_with_its_parents(folder):
    server = Server(data_dir=folder / "deep/er/data")
    try:
        server.start()
        assert server.stop() == 0
    finally:
        server.close()
