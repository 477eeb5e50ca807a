"""Whatever an interruption leaves behind, the newest checkpoint that is whole is the one resumed."""

import ast
import os
import random
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import support
from support import contents, events, fake_checkpoint, hc

CASES = 1000


def kill_during_save(path, rng):
    """Cut the save short at a random byte: later files do not exist, the current one is torn."""
    order = [*support.TRAINER_FILES, "trainer_state.json", hc.MANIFEST]
    moment = rng.randrange(sum((path / name).stat().st_size for name in order) + 1)
    for name in order:
        file, size = path / name, (path / name).stat().st_size
        if name == hc.MANIFEST:  # it exists as a .tmp until it is renamed
            os.rename(file, tmp := path / f"{name}.tmp")
            file = tmp
        if moment >= size:
            moment -= size
        elif moment > 0:
            os.truncate(file, moment)
            moment = 0
        else:
            file.unlink()


def sync_badly(path, rng):
    """What a copy to S3 and back can do to one checkpoint, mostly to one of its files."""
    file = rng.choice([p for p in sorted(path.rglob("*")) if p.is_file()])
    damage = rng.choice(["delete", "truncate", "flip", "empty", "swap", "vanish", "shorten", "weights only"])
    data = bytearray(file.read_bytes())
    if damage == "vanish":
        shutil.rmtree(path)
        path.mkdir()
    elif damage == "shorten":  # every file of it was cut at the same time
        for part in sorted(p for p in path.rglob("*") if p.is_file()):
            os.truncate(part, part.stat().st_size // 2)
    elif damage == "weights only":
        for part in sorted(p for p in path.rglob("*") if p.is_file() and p.name != "model.safetensors"):
            part.unlink()
    elif damage == "delete":
        file.unlink()
    elif damage == "swap":  # another file of the same size
        file.write_bytes(rng.randbytes(len(data)))
    elif damage == "empty" or not data:
        file.write_bytes(b"")
    elif damage == "truncate":
        file.write_bytes(data[: rng.randrange(len(data))])
    else:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        file.write_bytes(data)


@mock.patch("os.fsync", lambda _: None)  # processes die here, the machine does not
class NewestVerified(unittest.TestCase):
    def test_any_kill_and_any_damage_leaves_the_newest_whole_checkpoint_chosen(self):
        quarantined = resumed = 0
        for seed in range(CASES):
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                rng = random.Random(seed)
                directory, outputs = Path(folder, "checkpoints"), Path(folder, "output")
                steps = sorted(rng.sample(range(1, 500), rng.randint(1, 5)))
                paths = {step: fake_checkpoint(directory, step, rng) for step in steps}
                pristine = {step: contents(path) for step, path in paths.items()}
                if rng.random() < 0.7:
                    kill_during_save(paths[steps[-1]], rng)
                for step in steps:
                    if rng.random() < 0.4 and any(p.is_file() for p in paths[step].iterdir()):
                        sync_badly(paths[step], rng)
                for path in paths.values():  # restored in any order
                    os.utime(path, (rng.random() * 1e9,) * 2)
                strangers = []  # newer, and nothing that was ever saved
                if rng.random() < 0.3:
                    strangers.append(directory / f"checkpoint-{steps[-1] + rng.randint(1, 9)}")
                    if rng.random() < 0.5:  # a copy of an older one under this name
                        shutil.copytree(paths[rng.choice(steps)], strangers[0])
                    else:
                        strangers[0].mkdir()
                for name in rng.sample(["checkpoint-", "checkpoint-9x", "tmp-checkpoint-999", "logs"], 2):
                    (directory / name).mkdir()
                (directory / "checkpoint-7777").write_bytes(b"")  # a file, no folder

                # The oracle shares no code with the helper: whole means every byte as it was saved.
                whole = [s for s in steps if pristine[s].items() <= contents(paths[s]).items()]
                torn = [s for s in steps if s > max(whole, default=0)]
                moved = [path.name for path in strangers] + [f"checkpoint-{s}" for s in torn[::-1]]
                with mock.patch.dict(os.environ, {"SM_OUTPUT_DATA_DIR": str(outputs)}), events() as seen:
                    chosen = hc.latest_verified(str(directory))

                self.assertEqual(chosen, str(paths[whole[-1]]) if whole else None)
                self.assertEqual(seen[-1]["event"], "resumed" if whole else "started")
                self.assertEqual(seen[-1]["step"], max(whole, default=0))
                self.assertEqual([e["checkpoint"] for e in seen[:-1]], moved)
                for name in moved:
                    self.assertFalse((directory / name).exists())
                    self.assertTrue((outputs / "quarantine" / name).is_dir())
                left = [s for s in steps if s not in torn]
                self.assertEqual(sorted(left, key=lambda s: paths[s].stat().st_mtime), left)
                quarantined, resumed = quarantined + len(moved), resumed + bool(whole)
        self.assertGreater(quarantined, CASES / 2)  # the damage was real
        self.assertGreater(resumed, CASES / 2)


class WhatIsRequired(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name, "checkpoints")
        self.rng = random.Random(1)

    def fault(self, path):
        return hc.verify(str(path))[1]

    def test_a_sound_checkpoint_has_no_fault(self):
        self.assertIsNone(self.fault(fake_checkpoint(self.directory, 5, self.rng)))

    def test_a_file_missing_at_the_save_is_missed_although_every_hash_agrees(self):
        parts = {
            "model.safetensors": "weights", "optimizer.pt": "optimizer", "scheduler.pt": "scheduler",
            "rng_state.pth": "random state", "trainer_state.json": "trainer state",
        }
        for step, (name, what) in enumerate(parts.items(), 1):
            path = fake_checkpoint(self.directory, step, self.rng, sealed=False)
            (path / name).unlink()
            support.seal(path, step)
            self.assertEqual(self.fault(path), f"it has no {what}")

    def test_save_only_model_needs_no_optimizer(self):
        path = fake_checkpoint(self.directory, 5, self.rng, sealed=False)
        for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
            (path / name).unlink()
        support.seal(path, 5, saveOnlyModel=True)
        self.assertIsNone(self.fault(path))

    def test_a_checkpoint_of_another_step_under_this_name_is_refused(self):
        path = fake_checkpoint(self.directory, 5, self.rng)
        moved = path.rename(self.directory / "checkpoint-9")
        self.assertIn("holds step 5", self.fault(moved))

    def test_a_manifest_that_points_outside_is_refused(self):
        path = fake_checkpoint(self.directory, 5, self.rng, sealed=False)
        support.seal(path, 5, files=["../secret"] if (self.directory / "secret").write_text("x") else [])
        self.assertIn("outside", self.fault(path))

    def test_a_sharded_checkpoint_is_whole_when_every_rank_has_sealed_its_part(self):
        path = fake_checkpoint(self.directory, 5, self.rng, sealed=False, worldSize=3)
        files = hc._files(str(path))
        names = [hc.RANK_MANIFEST.format(rank) for rank in range(3)]
        for rank, name in enumerate(names):
            self.assertIsNotNone(self.fault(path))
            support.seal(path, 5, name, files[rank::3], worldSize=3, rank=rank)
        self.assertIsNone(self.fault(path))
        (path / names[1]).unlink()
        self.assertEqual(self.fault(path), "it has the manifests of 2 of 3 ranks")

    def test_the_random_numbers_of_every_rank_are_required(self):
        path = fake_checkpoint(self.directory, 5, self.rng, sealed=False, worldSize=3)
        (path / "rng_state_1.pth").unlink()
        support.seal(path, 5, worldSize=3)
        self.assertEqual(self.fault(path), "it has no random state of rank 1")

    def test_another_configuration_is_refused_by_name_unless_reshaping_is_allowed(self):
        path = fake_checkpoint(self.directory, 5, self.rng, fingerprint={"model": "a", "batch": 32})
        with events(), self.assertRaisesRegex(hc.CheckpointMismatch, "model was 'a' and is 'b'"):
            hc.latest_verified(str(self.directory), {"model": "b", "batch": 32})
        self.assertTrue(path.exists())
        with events():
            again = hc.latest_verified(str(self.directory), {"model": "b", "batch": 32}, allow_reshape=True)
        self.assertEqual(again, str(path))

    def test_another_world_size_is_refused(self):
        fake_checkpoint(self.directory, 5, self.rng)
        with mock.patch.dict(os.environ, {"WORLD_SIZE": "4"}), self.assertRaises(hc.CheckpointMismatch):
            hc.latest_verified(str(self.directory))

    def test_a_process_that_does_not_lead_chooses_alike_and_touches_nothing(self):
        fake_checkpoint(self.directory, 5, self.rng)
        torn = fake_checkpoint(self.directory, 9, self.rng, sealed=False)
        with mock.patch.dict(os.environ, {"RANK": "1", "LOCAL_RANK": "1"}), events() as seen:
            chosen = hc.latest_verified(str(self.directory))
        self.assertEqual(Path(chosen).name, "checkpoint-5")
        self.assertEqual(seen, [])
        self.assertTrue(torn.exists())


class Portable(unittest.TestCase):
    def test_the_helper_is_one_file_that_python_3_8_reads_and_that_imports_nothing_but_its_library(self):
        tree = ast.parse(Path(hc.__file__).read_text(), feature_version=(3, 8))
        found = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module] if isinstance(node, ast.ImportFrom) else []
            )
        }
        self.assertLessEqual(found, sys.stdlib_module_names)


class Ranks:
    """A process group of two, the other rank of which answers what it is given."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def is_available(self):
        return True

    is_initialized = is_available

    def get_world_size(self):
        return 2

    def all_gather_object(self, values, value):
        values[:] = [value, self.answers.pop(0)]


class Agreement(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name) / "checkpoints"
        for step in (10, 20, 30):
            fake_checkpoint(self.directory, step, random.Random(step), worldSize=2)

    def choose(self, *answers):
        ranks = Ranks(*answers)
        group = mock.patch.dict("sys.modules", {"torch.distributed": ranks})
        world = mock.patch.dict(os.environ, {"WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0"})
        with group, world, events():
            chosen = hc.latest_verified(str(self.directory))
        self.assertEqual(ranks.answers, [], "the ranks did not ask each other as often")
        return chosen and os.path.basename(chosen)

    def test_what_all_ranks_have_whole_is_resumed_at_once(self):
        self.assertEqual(self.choose(30), "checkpoint-30")

    def test_a_checkpoint_that_is_damaged_on_another_host_is_not_resumed(self):
        self.assertEqual(self.choose(20, 20), "checkpoint-20")
        self.assertTrue((self.directory / "checkpoint-30").exists(), "it is sound here")

    def test_a_rank_that_has_an_older_one_is_waited_for(self):
        shutil.rmtree(self.directory / "checkpoint-30")
        self.assertEqual(self.choose(30, 20), "checkpoint-20")

    def test_all_ranks_start_afresh_when_one_of_them_must(self):
        self.assertIsNone(self.choose(0, 0))


if __name__ == "__main__":
    unittest.main()
