"""The callback seals, rotates, keeps a journal, and stops a training that has diverged."""

import json
import math
import os
import random
import tempfile
import threading
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace as Bag
from unittest import mock

from support import events, fake_checkpoint, hc, journal


class Callback(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name, "checkpoints")
        self.outputs = Path(folder.name, "output")
        self.directory.mkdir()
        outputs = mock.patch.dict(os.environ, {"SM_OUTPUT_DATA_DIR": str(self.outputs)})
        outputs.start()
        self.addCleanup(outputs.stop)
        self.rng = random.Random(1)
        self.args = Bag(
            output_dir=str(self.directory), save_total_limit=None, save_only_model=False,
            world_size=1, process_index=0, local_process_index=0, logging_nan_inf_filter=True,
        )
        self.state = Bag(global_step=0, is_world_process_zero=True, best_model_checkpoint=None)
        self.control = Bag(should_save=False, should_log=False)

    def begin(self, **options):
        callback = hc.DurableCheckpoints(str(self.directory), **options)
        with events():
            callback.on_train_begin(self.args, self.state, self.control)
        return callback

    def save(self, callback, step, age=0):
        """What the Trainer does at a save, `age` seconds ago."""
        self.state.global_step = step
        fake_checkpoint(self.directory, step, self.rng, sealed=False)
        then = datetime.now(timezone.utc) - timedelta(seconds=age)
        with mock.patch.object(hc, "_now", lambda: then.isoformat()), events() as seen:
            callback.on_save(self.args, self.state, self.control)
        return seen

    def steps(self):
        return [step for step, _ in hc._checkpoints(str(self.directory))]


class Saving(Callback):
    def test_a_save_is_sealed_and_told(self):
        seen = self.save(self.begin(fingerprint={"model": "a"}), 10)
        self.assertEqual([(e["event"], e["step"]) for e in seen], [("saved", 10)])
        manifest, fault = hc.verify(str(self.directory / "checkpoint-10"))
        self.assertIsNone(fault)
        self.assertEqual((manifest["step"], manifest["worldSize"], manifest["fingerprint"]), (10, 1, {"model": "a"}))
        self.assertIn("optimizer.pt", manifest["files"])
        self.assertEqual(journal(self.directory)[-1]["event"], "saved")
        self.assertEqual(json.loads((self.directory / hc.PROGRESS).read_text())["step"], 10)

    def test_each_rank_of_a_sharded_training_seals_a_part(self):
        self.args.world_size, self.args.fsdp = 2, ["full_shard"]
        path = fake_checkpoint(self.directory, 10, self.rng, sealed=False, worldSize=2)
        self.save_by_ranks(path, 2)

    def test_the_manifests_of_a_former_life_with_more_ranks_do_not_stay(self):
        self.args.fsdp = ["full_shard"]
        path = fake_checkpoint(self.directory, 10, self.rng, sealed=False, worldSize=4)
        self.save_by_ranks(path, 4)
        self.save_by_ranks(path, 2)

    def save_by_ranks(self, path, world):
        """All of them wait for each other before the first seals, as after a real save."""
        self.args.world_size, self.state.global_step = world, 10
        ranks = []
        for rank in range(world):
            args, state = Bag(**vars(self.args)), Bag(**vars(self.state))
            args.process_index = args.local_process_index = rank
            state.is_world_process_zero = rank == 0
            ranks.append((args, state))
        meeting = threading.Barrier(world)

        def save(args, state):
            hc.DurableCheckpoints(str(self.directory)).on_save(args, state, self.control)

        with mock.patch.object(hc, "_barrier", lambda: meeting.wait(30)), events():
            threads = [threading.Thread(target=save, args=rank) for rank in ranks]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        sealed = sorted(p.name for p in path.glob("holdfast-manifest*"))
        self.assertEqual(sealed, [hc.RANK_MANIFEST.format(rank) for rank in range(world)])
        manifest, fault = hc.verify(str(path))
        self.assertIsNone(fault)
        self.assertEqual(manifest["worldSize"], world)

    def test_the_loss_is_looked_at_before_every_save(self):
        callback = self.begin()
        self.control.should_save = True
        callback.on_step_end(self.args, self.state, self.control)
        self.assertTrue(self.control.should_log)

    def test_progress_is_written_at_most_once_a_second(self):
        callback = self.begin()
        with mock.patch.object(hc.time, "monotonic", lambda: clock[0]), \
                mock.patch.object(hc, "_write_progress") as write:
            clock = [callback.progress_at + 0.5]
            for _ in range(10):
                callback.on_step_end(self.args, self.state, self.control)
            self.assertEqual(write.call_count, 0)
            clock[0] += 0.6
            for _ in range(10):
                callback.on_step_end(self.args, self.state, self.control)
            self.assertEqual(write.call_count, 1)


class Life(Callback):
    def test_a_training_shows_every_ten_seconds_that_it_is_alive_and_never_more_often(self):
        clock = [1000.0]
        with mock.patch.object(hc.time, "monotonic", lambda: clock[0]):
            callback = hc.DurableCheckpoints(str(self.directory))
            with events() as seen:
                callback.on_train_begin(self.args, self.state, self.control)
                for _ in range(600):  # a minute of steps of 0.1 s
                    clock[0] += 0.1
                    self.state.global_step += 1
                    callback.on_step_end(self.args, self.state, self.control)
            alive = [e for e in seen if e["event"] == "alive"]
            self.assertIn(len(alive), (6, 7))
            self.assertEqual(alive[0]["step"], 0)
            self.assertGreater(alive[-1]["step"], 490)
            datetime.fromisoformat(alive[-1]["at"].replace("Z", "+00:00"))

    def test_gradient_accumulation_and_evaluation_count_as_life_too(self):
        clock = [1000.0]
        with mock.patch.object(hc.time, "monotonic", lambda: clock[0]):
            callback = self.begin()
            for hook in (callback.on_substep_end, callback.on_prediction_step):
                clock[0] += 11
                with events() as seen:
                    for _ in range(3):
                        hook(self.args, self.state, self.control)
                self.assertEqual([e["event"] for e in seen], ["alive"])

    def test_only_one_process_speaks_for_all(self):
        self.state.is_world_process_zero = False
        callback = hc.DurableCheckpoints(str(self.directory))
        with events() as seen:
            callback.on_train_begin(self.args, self.state, self.control)
            callback.on_step_end(self.args, self.state, self.control)
        self.assertEqual(seen, [])


class Forebodings(Callback):
    def warnings(self):
        callback = hc.DurableCheckpoints(str(self.directory))
        with events() as seen:
            callback.on_train_begin(self.args, self.state, self.control)
        return [e["message"] for e in seen if e["event"] == "warning"]

    def test_a_training_that_can_be_resumed_is_not_warned_of(self):
        self.assertEqual(self.warnings(), [])

    def test_a_training_that_saves_nothing_or_half_is_warned_of_at_its_begin(self):
        self.args.save_strategy = "no"
        self.assertIn("nothing is saved", self.warnings()[0])
        self.args.save_strategy, self.args.save_only_model = "steps", True
        self.assertIn("a new optimizer", self.warnings()[0])

    def test_a_torch_that_transformers_will_not_resume_with_is_told_before_it_matters(self):
        strict = Bag(check_torch_load_is_safe=print)
        for version, told in (("2.5.1+cu124", 1), ("2.6.0", 0), ("2.10.0", 0), ("3.0.0", 0)):
            modules = {"torch": Bag(__version__=version), "transformers.utils.import_utils": strict}
            with mock.patch.dict("sys.modules", modules):
                self.assertEqual(len(self.warnings()), told, version)
        # An older transformers resumes with an older torch.
        modules = {"torch": Bag(__version__="2.1.0"), "transformers.utils.import_utils": Bag()}
        with mock.patch.dict("sys.modules", modules):
            self.assertEqual(self.warnings(), [])


class Rotation(Callback):
    def test_the_newest_three_and_the_best_stay(self):
        callback = self.begin()
        self.state.best_model_checkpoint = "/elsewhere/before/the/restart/checkpoint-20"
        for step in range(10, 90, 10):
            self.save(callback, step, age=1000 - step)
        self.assertEqual(self.steps(), [20, 60, 70, 80])

    def test_nothing_is_deleted_until_a_kept_one_has_had_time_to_reach_s3(self):
        callback = self.begin(sync_margin=60)
        for step in range(10, 70, 10):
            self.save(callback, step, age=5)
        self.assertEqual(self.steps(), [10, 20, 30, 40, 50, 60])

    def test_steps_are_sorted_as_numbers_and_file_times_do_not_matter(self):
        callback = self.begin()
        for step in (8, 9, 10, 11):
            self.save(callback, step, age=100)
            os.utime(self.directory / f"checkpoint-{step}", (1e9 - step, 1e9 - step))
        self.assertEqual(self.steps(), [9, 10, 11])

    def test_checkpoints_that_nobody_has_verified_do_not_count_as_fallbacks(self):
        for step in (10, 20, 30):
            fake_checkpoint(self.directory, step, self.rng, createdAt="2020-01-01T00:00:00Z")
        self.state.global_step = 30  # resumed from here; 10 and 20 were never looked at
        callback = self.begin()
        self.save(callback, 40, age=100)
        self.assertEqual(self.steps(), [10, 20, 30, 40])
        self.save(callback, 50, age=100)
        self.assertEqual(self.steps(), [30, 40, 50])

    def test_the_trainers_own_rotation_is_turned_off_or_refused(self):
        self.args.save_total_limit = 1
        with self.assertRaisesRegex(ValueError, "save_total_limit=1"):
            self.begin()
        self.args.save_total_limit = 5
        self.assertEqual(self.begin().keep, 5)
        self.assertIsNone(self.args.save_total_limit)

    def test_another_directory_than_the_trainers_is_refused(self):
        self.args.output_dir = "/elsewhere"
        with self.assertRaisesRegex(ValueError, "the same directory"):
            self.begin()


class Diverging(Callback):
    def test_a_loss_that_is_not_a_number_is_told_and_stops_the_training(self):
        callback = self.begin()
        self.state.global_step = 7
        for value in (math.nan, math.inf):
            with events() as seen, self.assertRaisesRegex(hc.NonFiniteLoss, "at step 7"):
                callback.on_log(self.args, self.state, self.control, logs={"loss": value, "epoch": 0.5})
            self.assertEqual([e["event"] for e in seen], ["metrics", "nan"])
            self.assertIsNone(seen[0]["loss"])  # the line is JSON for any reader
        self.assertFalse(self.args.logging_nan_inf_filter)

    def test_a_sound_loss_is_only_told(self):
        callback = self.begin()
        with events() as seen:
            callback.on_log(self.args, self.state, self.control, logs={"loss": 0.5, "note": "text"})
        self.assertEqual(seen, [{"event": "metrics", "step": 0, "loss": 0.5}])


class Resuming(Callback):
    def resume(self):
        with events() as seen:
            hc.latest_verified(str(self.directory))
        return seen[-1]

    def test_an_empty_directory_starts_afresh_and_says_so(self):
        self.assertEqual(self.resume(), {"event": "started", "step": 0})

    def test_steps_lost_are_counted_from_the_progress_file(self):
        self.resume()
        self.save(self.begin(), 10)
        hc._write_progress(str(self.directory), 17)
        self.assertEqual(
            self.resume(),
            {"event": "resumed", "step": 10, "checkpoint": "checkpoint-10", "reached": 17, "lost": 7},
        )

    def test_a_second_interruption_counts_only_its_own_steps(self):
        self.resume()
        self.save(self.begin(), 10)
        hc._write_progress(str(self.directory), 17)
        self.resume()
        self.assertEqual(self.resume()["lost"], 0)
        hc._write_progress(str(self.directory), 12)
        self.assertEqual(self.resume()["lost"], 2)

    def test_steps_lost_before_the_first_checkpoint_are_told_too(self):
        self.resume()
        hc._write_progress(str(self.directory), 4)
        self.assertEqual(self.resume(), {"event": "started", "step": 0, "reached": 4, "lost": 4})

    def test_a_torn_journal_and_a_torn_progress_file_are_no_obstacle(self):
        self.resume()
        self.save(self.begin(), 10)
        log = self.directory / hc.JOURNAL
        log.write_bytes(log.read_bytes()[:-9])
        (self.directory / hc.PROGRESS).write_text('{"step": 1')
        self.assertEqual(self.resume()["step"], 10)
        last = json.loads(log.read_text().splitlines()[-1])
        self.assertEqual(last["event"], "resumed")

    def test_the_same_bad_checkpoint_twice_is_quarantined_under_two_names(self):
        for _ in range(2):
            fake_checkpoint(self.directory, 5, self.rng, sealed=False)
            self.assertEqual(self.resume()["event"], "started")
        found = sorted(p.name for p in (self.outputs / "quarantine").iterdir())
        self.assertEqual(found, ["checkpoint-5", "checkpoint-5.2"])
        self.assertEqual(journal(self.directory)[0]["reason"], "it has no manifest: the save did not finish")


if __name__ == "__main__":
    unittest.main()
