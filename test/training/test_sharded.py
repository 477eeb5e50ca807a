"""A real Trainer under FSDP: two ranks, each with its part of every save, killed in the middle of one."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from support import journal, parse_events, tiny_dataset, tiny_model

DEADLINE = 300  # seconds for one life
RANKS = 2
SCRIPT = Path(__file__).with_name("sharded_train.py")


class ShardedTrainer(unittest.TestCase):
    def test_a_sharded_training_killed_in_a_save_resumes_what_every_rank_had_sealed_and_ends_bit_for_bit_alike(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        tiny_model(self.folder / "base")
        tiny_dataset(self.folder / "train", 160, 1)

        undisturbed = Life(self, "undisturbed")
        undisturbed.ends_well()
        self.assertIn("FSDP", undisturbed.line("wrapped by"))
        shards = sorted(p.name for p in (undisturbed.checkpoints / "checkpoint-40").glob("*fsdp_0/*.distcp"))
        self.assertEqual(shards, ["__0_0.distcp", "__1_0.distcp"])

        killed = Life(self, "killed", "--held")
        killed.in_the_middle_of_a_save()
        killed.kill()
        newest = max(step(path) for path in killed.checkpoints.glob("checkpoint-*") if whole(path))

        resumed = Life(self, "killed")
        resumed.ends_well()
        event = next(e for e in parse_events(resumed.output()) if e["event"] == "resumed")
        self.assertEqual(event["step"], newest)
        self.assertEqual(resumed.line("weights"), undisturbed.line("weights"))
        told = [e["event"] for e in journal(resumed.checkpoints)]
        self.assertEqual((told.count("resumed"), told[-1]), (1, "finished"))


def step(path):
    return int(path.name.rpartition("-")[2])


def whole(path):
    """As far as one can tell from outside: every rank has sealed its part."""
    return len(list(path.glob("holdfast-manifest.rank-*.json"))) == RANKS


class Life:
    """The ranks of one try, as torchrun would start them on one host."""

    def __init__(self, case, name, *held):
        self.case, self.checkpoints = case, case.folder / name
        self.log = case.folder / f"{name}-{time.monotonic_ns()}.log"
        world = {
            "WORLD_SIZE": RANKS, "LOCAL_WORLD_SIZE": RANKS,
            "GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo",
            "OMP_NUM_THREADS": 1, "CUDA_VISIBLE_DEVICES": "",
        }
        meeting = self.log.with_suffix(".meeting")
        folders = [case.folder / "base", case.folder / "train", self.checkpoints]
        command = [sys.executable, "-B", SCRIPT, *folders, meeting, *held]
        self.ranks = []
        case.addCleanup(self.kill)
        with open(self.log, "wb") as log:
            for rank in range(RANKS):
                of_rank = {"RANK": rank, "LOCAL_RANK": rank}
                environment = {**os.environ, **{key: str(value) for key, value in {**world, **of_rank}.items()}}
                self.ranks.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def ends_well(self):
        end = time.monotonic() + DEADLINE
        for rank in self.ranks:
            self.case.assertEqual(rank.wait(max(1, end - time.monotonic())), 0, self.output())

    def in_the_middle_of_a_save(self):
        """Waits until, beside a whole checkpoint, there is one that not every rank has sealed."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            paths = list(self.checkpoints.glob("checkpoint-*"))
            sealed = [path for path in paths if whole(path)]
            others = [path for path in paths if path not in sealed]
            if sealed and any(list(path.glob("holdfast-manifest.rank-*.json")) for path in others):
                return
            self.case.assertIsNone(self.ranks[0].poll(), self.output())
            time.sleep(0.05)
        self.case.fail(f"no save was met within {DEADLINE} s: {self.output()}")

    def kill(self):
        for rank in self.ranks:
            if rank.poll() is None:
                os.kill(rank.pid, signal.SIGKILL)
            rank.wait()

    def output(self):
        return self.log.read_text(errors="replace")

    def line(self, beginning):
        return next(line for line in self.output().splitlines() if line.startswith(beginning))


if __name__ == "__main__":
    unittest.main()
