"""kill -9 in the middle of changes to streams, while producers write to them.

After each start a stream is as before the change or as after it, never between; no acknowledged
record, sealed or not, is lost or doubled, and the records of a partition key are in order, parents
before children.
HEADRACE_CRASH_ROUNDS rounds, at most ROUNDS_MAX; round N's choices depend on N alone.
"""

import os
import random
import time

import pytest

from crash_load import STREAM, Round, Source, Wire, produce_to_stream
from headrace_server import Server, wait_until
from reshard_load import Mortal, Resharded, Sealing, Settings

ROUNDS_MAX = 20
ROUNDS = min(int(os.environ.get("HEADRACE_CRASH_ROUNDS", "20")), ROUNDS_MAX)
LOAD_SECONDS = (0.05, 0.45)
SETTINGS = "settings"


def make_stream(wire, name, shards):
    wire.kinesis("CreateStream", StreamName=name, ShardCount=shards)
    wait_until(lambda: wire.kinesis("DescribeStreamSummary", StreamName=name)[
        "StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE")


class Crash:
    def __init__(self, wire):
        make_stream(wire, STREAM, 4)
        make_stream(wire, SETTINGS, 1)
        self.stream = Resharded(wire)
        self.settings = Settings(wire, SETTINGS)
        self.sealing = Sealing(wire, STREAM)
        self.mortal = Mortal()
        self.sources = [Source(f"s{index}") for index in range(3)]

    def load(self, server, chance):
        load = Round(server)
        for source in self.sources:
            load.run(produce_to_stream, source, chance.choice([1, 5, 20]))
        load.run(self.stream.reshard, random.Random(chance.random()))
        load.run(self.settings.change, random.Random(chance.random()))
        load.run(self.sealing.change, random.Random(chance.random()))
        load.run(self.mortal.live, random.Random(chance.random()))
        time.sleep(chance.uniform(*LOAD_SECONDS))
        server.kill()
        load.end()

    def verify(self, server):
        wire = Wire(server)
        self.stream.verify(wire, self.sources)
        self.settings.verify(wire)
        self.sealing.verify(wire)
        self.mortal.verify(wire)
        wire.close()


@pytest.mark.timeout(60 + 4 * ROUNDS)
def test_a_change_that_kill_9_cuts_off_is_done_or_not():
    server = Server(flags=["--limits", "none", "--transition-ms", "0"])
    try:
        server.start()
        wire = Wire(server)
        crash = Crash(wire)
        wire.close()
        for number in range(ROUNDS):
            try:
                crash.load(server, random.Random(f"reshard {number}"))
                server.start()
                crash.verify(server)
            except (AssertionError, RuntimeError) as failure:
                failure.add_note(f"in round {number}; the server's log ends:\n"
                                 f"{server.log()[-3000:]}")
                raise
        wire = Wire(server)
        crash.stream.verify_all(wire)
        wire.close()
        assert server.stop() == 0, server.log()[-3000:]
        print(f"{ROUNDS} rounds, {crash.stream.changes} changes of shards, "
              f"{crash.sealing.changes} of encryption, "
              f"{len(crash.stream.found):,} records, {crash.mortal.count} streams lived and died")
    finally:
        server.close()
