"""The programs that bench/run sets beside ours. Neither is durable, neither checks a signature.

Each is optional: where it cannot be installed, one line says so and its columns stay empty.
"""

import socket
import subprocess
import time

from load import Measured, ROOT

KINESALITE, FERROKINESIS = "3.3.3", "0.7.0"
INSTALL_SECONDS = 1800


def install(what, program, command, needs):
    """`program`, made by `command` unless it is there; None where that fails."""
    if program.exists():
        return program
    try:
        subprocess.run(command, check=True, timeout=INSTALL_SECONDS, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"bench: without {what} ({type(error).__name__}: {needs} or its registry is missing)")
        return None
    return program


class Peer(Measured):
    def __init__(self, program):
        self.program = program

    def command(self, port):
        raise NotImplementedError

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.process = subprocess.Popen(self.command(str(port)), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise SystemExit(f"bench: {self.name} did not start") from None
                time.sleep(0.05)

    def stop(self):
        self.process.kill()
        self.process.wait()


class Kinesalite(Peer):
    name = "kinesalite"

    @classmethod
    def install(cls):
        folder = ROOT / "build/kinesalite"
        folder.mkdir(parents=True, exist_ok=True)
        return install(cls.name, folder / "node_modules/kinesalite/cli.js",
                       ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder,
                        f"kinesalite@{KINESALITE}"], "npm")

    def command(self, port):
        return ["node", self.program, "--port", port, "--createStreamMs", "10", "--shardLimit",
                "1000"]


class Ferrokinesis(Peer):
    name = "ferrokinesis"

    @classmethod
    def install(cls):
        folder = ROOT / "build/ferrokinesis"
        return install(cls.name, folder / "bin/ferrokinesis",
                       ["cargo", "install", "--quiet", "--locked", "--root", folder,
                        "ferrokinesis", "--version", FERROKINESIS], "cargo")

    def command(self, port):
        return [self.program, "--port", port, "--create-stream-ms", "10", "--shard-limit", "1000"]


PEERS = (Kinesalite, Ferrokinesis)
