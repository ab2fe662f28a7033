"""What the rows of bench/run are measured with: servers, signed requests, wrk."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import sigv4  # noqa: E402

HEADRACE = ROOT / "build/release/headrace"
TICKS = os.sysconf("SC_CLK_TCK")
REST_SECONDS_MAX = 10


class Measured:
    """A process under load."""

    process = None
    address = None
    credentials = ("AKIAIOSFODNN7EXAMPLE", "secret")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def cpu_seconds(self):
        """User and system time of all its threads so far."""
        text = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) * 1024 / 1e6

    def request(self, service, method, target, body=b"", headers=None):
        """The request as bytes, signed now."""
        signer = sigv4.Signer(self.credentials, service)
        fields = signer.sign(method, self.address, target, body, headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return (f"{method} {target} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode()
                + body)

    def send(self, service, method, target, body=b"", headers=None):
        """The answer's body; any status but 2xx ends the run."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        signer = sigv4.Signer(self.credentials, service)
        fields = signer.sign(method, self.address, target, body, headers)
        fields.pop("host")
        connection.request(method, target, body, fields)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status // 100 != 2:
            raise SystemExit(f"bench: {method} {target}: {answer.status} {text[:300]}")
        return text

    def call(self, target, body):
        """An AWS JSON call: "Kinesis_20131202.PutRecord"."""
        service = "kinesis" if target.startswith("Kinesis") else "firehose"
        text = self.send(service, "POST", "/", json.dumps(body).encode(), json_headers(target))
        return json.loads(text) if text else None

    @contextlib.contextmanager
    def connected(self):
        """call() over one connection, for many."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        signer = sigv4.Signer(self.credentials, "kinesis")

        def call(target, body):
            text = json.dumps(body).encode()
            fields = signer.sign("POST", self.address, "/", text, json_headers(target))
            fields.pop("host")
            connection.request("POST", "/", text, fields)
            answer = connection.getresponse()
            got = answer.read()
            if answer.status != 200:
                raise SystemExit(f"bench: {target}: {answer.status} {got[:300]}")
            return json.loads(got) if got else None
        yield call
        connection.close()

    def call_request(self, target, body):
        service = "kinesis" if target.startswith("Kinesis") else "firehose"
        return self.request(service, "POST", "/", json.dumps(body).encode(), json_headers(target))


def json_headers(target):
    return {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}


class Server(Measured):
    def __init__(self, data_dir, *flags):
        self.data_dir, self.flags = pathlib.Path(data_dir), flags

    def start(self):
        """Seconds from the start of the process to its ready line."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [HEADRACE, "serve", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0",
             "--data-dir", self.data_dir, *self.flags], stdout=subprocess.PIPE, text=True)
        ready = re.match(r"headrace ready http=(\S+)", self.process.stdout.readline())
        seconds = time.monotonic() - began
        if not ready:
            raise SystemExit("bench: the server did not start")
        self.address = ready.group(1)
        text = subprocess.run([HEADRACE, "credentials", "--data-dir", self.data_dir], text=True,
                              capture_output=True, check=True).stdout
        self.credentials = tuple(re.findall(r"=(\S+)", text))
        return seconds

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process.stdout.close()
            if how == signal.SIGTERM and self.process.returncode:
                raise SystemExit(f"bench: the server ended with {self.process.returncode}")


class Result:
    def __init__(self, text, seconds_of_cpu):
        def number(pattern):
            found = re.search(pattern, text)
            return float(found.group(1)) if found else 0.0
        self.requests = int(number(r"(\d+) requests in"))
        self.seconds = duration(re.search(r"requests in\s+([\d.]+\w+)", text).group(1))
        self.failed = int(number(r"Non-2xx or 3xx responses: (\d+)"))
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)",
                           text)
        self.broken = sum(map(int, errors.groups())) if errors else 0
        self.p50_ms = percentile(text, "50%")
        self.p99_ms = percentile(text, "99%")
        self.rate = self.requests / self.seconds
        self.cpu_us = seconds_of_cpu * 1e6 / max(self.requests, 1)


def duration(text):
    value, unit = re.match(r"([\d.]+)(\w+)", text).groups()
    return float(value) * {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}[unit]


def percentile(text, which):
    found = re.search(rf"\s{which}\s+([\d.]+\w+)", text)
    return duration(found.group(1)) * 1000 if found else None


# Each of wrk's threads begins at another request and goes round.
SCRIPT = """
local paths = {%s}
local requests = {}
local at = 0
local threads = 0
function setup(thread)
  thread:set("start", threads)
  threads = threads + 1
end
function init()
  for i, path in ipairs(paths) do
    local file = io.open(path, "rb")
    requests[i] = file:read("*a")
    file:close()
  end
  at = start * math.floor(#requests / 2)
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
"""


class Load:
    """wrk with requests that were signed beforehand."""

    def __init__(self, server, folder):
        self.server, self.folder = server, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.number = 0

    def await_rest(self):
        """What a load before left behind, such as files of a deleted stream, is not this one's."""
        deadline = time.monotonic() + REST_SECONDS_MAX
        used = self.server.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(0.25)
            before, used = used, self.server.cpu_seconds()
            if used == before:
                return

    def run(self, requests, connections, seconds):
        """Replays `requests` round and round once the server rests; every answer must be 2xx."""
        self.await_rest()
        self.number += 1
        folder = self.folder / f"requests-{self.number}"
        folder.mkdir()
        paths = []
        for index, request in enumerate(requests):
            path = folder / str(index)
            path.write_bytes(request)
            paths.append(f'"{path}"')
        script = folder / "script.lua"
        script.write_text(SCRIPT % ",".join(paths))
        before = self.server.cpu_seconds()
        done = subprocess.run(
            ["wrk", "--latency", "-t2", f"-c{connections}", f"-d{max(1, round(seconds))}s",
             "--timeout", "30s", "-s", script, f"http://{self.server.address}/"], text=True,
            capture_output=True)
        result = Result(done.stdout, self.server.cpu_seconds() - before)
        if done.returncode or result.failed or result.broken:
            raise SystemExit(f"bench: failed requests:\n{done.stdout}{done.stderr}")
        return result


def object_key(text):
    return urllib.parse.quote(text, safe="-_.~/")
