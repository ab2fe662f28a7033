"""Starts, watches and stops the real binary for the tests."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = (ROOT / os.environ.get("HEADRACE_BINARY", "build/release/headrace")).resolve()
READY = re.compile(r"headrace ready http=(127\.0\.0\.1:\d+) https=(127\.0\.0\.1:\d+)")
START_SECONDS = 30
STOP_SECONDS = 30


class Server:
    """One `headrace serve` on free ports. `data_dir` is made, and removed at `close`, if not given.

    Every log line goes to `log_path`; a test that fails can show `log()`.
    """

    def __init__(self, data_dir=None, flags=(), environment=None):
        self.owned = tempfile.mkdtemp(prefix="headrace-test-")
        self.data_dir = pathlib.Path(data_dir or pathlib.Path(self.owned) / "data")
        self.flags = list(flags)
        self.environment = environment or {}
        self.log_path = pathlib.Path(self.owned) / "log"
        self.process = None

    def launch(self):
        """Starts the process and does not wait for it."""
        command = [str(BINARY), "serve", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0",
                   "--data-dir", str(self.data_dir), *self.flags]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True,
                env={**os.environ, **self.environment})
        return self

    def start(self):
        self.launch()
        line = self.read_line(START_SECONDS)
        ready = READY.match(line or "")
        if not ready:
            self.kill()
            raise RuntimeError(f"no ready line, but {line!r}; log:\n{self.log()}")
        self.http, self.https = ready.groups()
        return self

    def read_line(self, seconds):
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline() if readable else None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def stop(self):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS)
        self.process.stdout.close()
        return code

    def kill(self):
        """SIGKILL: no farewell, as in a power cut for the process."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.owned, ignore_errors=True)

    def url(self, scheme="http"):
        return f"{scheme}://{self.https if scheme == 'https' else self.http}"

    @property
    def port(self):
        return int(self.http.split(":")[1])

    @property
    def ca_file(self):
        return str(self.data_dir / "tls/ca.pem")

    def get(self, path):
        """(status, body) of a plain GET."""
        try:
            with urllib.request.urlopen(self.url() + path, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def advance(self, milliseconds):
        """Moves the virtual clock."""
        request = urllib.request.Request(
            self.url() + "/_headrace/clock", json.dumps({"advance_ms": milliseconds}).encode(),
            {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def client(self, service, scheme="http", retries=0, credentials=("test", "test"), **config):
        """A boto3 client that, unless told, never retries: a test sees the first answer."""
        key, secret = credentials
        return boto3.session.Session().client(
            service, region_name="us-east-1", endpoint_url=self.url(scheme),
            aws_access_key_id=key, aws_secret_access_key=secret,
            verify=self.ca_file if scheme == "https" else None,
            config=Config(retries={"total_max_attempts": retries + 1}, read_timeout=30,
                          **{"s3": {"addressing_style": "path"}, **config}))

    def aws(self, *arguments, scheme="http", check=True, data=None, timeout=110):
        """Runs the AWS CLI; the finished process, its output as text."""
        environment = {
            **os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.url(scheme),
            "AWS_MAX_ATTEMPTS": "1", "AWS_PAGER": "", "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        if scheme == "https":
            environment["AWS_CA_BUNDLE"] = self.ca_file
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *map(str, arguments)], input=data, text=True,
            capture_output=True, env=environment, timeout=timeout)
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done

    def aws_json(self, *arguments, **options):
        out = self.aws(*arguments, **options).stdout
        return json.loads(out) if out.strip() else None


def wait_until(condition, seconds=30, every=0.05):
    """The first true value of `condition()`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not true within {seconds} s: {condition}"
        time.sleep(every)
