"""A real Trainer, killed with SIGKILL in mid-training, ends with the weights it would have had anyway."""

import hashlib
import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

from support import journal, parse_events, tiny_dataset, tiny_model

DEADLINE = 240  # seconds
STEPS, SAVE_STEPS = 80, 10  # 160 rows / 4 × 2 epochs


class KilledTrainer(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.running = set()
        self.addCleanup(self.kill_all)
        self.model = tiny_model(self.folder / "base")
        tiny_dataset(self.folder / "train", 160, 1)
        tiny_dataset(self.folder / "test", 40, 2)

    def test_a_killed_training_resumes_and_ends_bit_for_bit_like_an_undisturbed_one(self):
        self.assertEqual(self.wait(self.start("undisturbed")), 0, self.output("undisturbed"))

        # Killed at a moment when there are checkpoints, between two of them.
        child = self.start("killed", held=True)
        checkpoints = self.folder / "killed" / "checkpoints"
        deadline = time.monotonic() + DEADLINE
        while not list(checkpoints.glob("checkpoint-*/holdfast-manifest.json")):
            self.assertLess(time.monotonic(), deadline, self.output("killed"))
            time.sleep(0.005)
        time.sleep(0.05)
        os.kill(child, signal.SIGKILL)
        self.assertEqual(self.wait(child), -signal.SIGKILL, self.output("killed"))

        self.assertEqual(self.wait(self.start("killed")), 0, self.output("killed"))
        event = next(e for e in parse_events(self.output("killed")) if e["event"] == "resumed")
        self.assertGreater(event["step"], 0)
        self.assertLess(event["step"], STEPS)
        self.assertEqual(event["lost"], event["reached"] - event["step"])
        self.assertLessEqual(event["lost"], SAVE_STEPS)
        self.assertEqual(self.weights("killed"), self.weights("undisturbed"))
        told = [e["event"] for e in journal(checkpoints)]
        self.assertEqual((told[0], told[-1], told.count("resumed")), ("started", "finished", 1))

        # Once more, as after an interruption during the upload: nothing to train, the same model.
        self.assertEqual(self.wait(self.start("killed")), 0, self.output("killed"))
        self.assertEqual(self.weights("killed"), self.weights("undisturbed"))

    def start(self, name, held=False):
        """Run train.py in a forked process, which spares it the seconds that importing torch takes.

        One that is `held` waits before its last step, however late it is killed.
        """
        import torch
        import train

        torch.set_num_threads(1)  # a fork has no other threads
        child = os.fork()
        if child:
            self.running.add(child)
            return child
        status = 1
        try:
            log = os.open(self.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(log, 1)
            os.dup2(log, 2)
            sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1)
            os.environ.update({
                "SM_CHANNEL_TRAIN": f"{self.folder}/train", "SM_CHANNEL_TEST": f"{self.folder}/test",
                "SM_MODEL_DIR": f"{self.folder}/{name}/model", "CUDA_VISIBLE_DEVICES": "",
                "SM_OUTPUT_DATA_DIR": f"{self.folder}/{name}/output/data",
            })
            if held:
                original = train.DurableCheckpoints.on_step_end

                def on_step_end(callback, args, state, control, **more):
                    if state.global_step == STEPS - 1:
                        signal.pause()
                    return original(callback, args, state, control, **more)

                train.DurableCheckpoints.on_step_end = on_step_end
            sys.argv = ["train.py", *f"--model_name {self.model} --epochs 2 --train_batch_size 4 "
                        f"--learning_rate 1e-3 --save_steps {SAVE_STEPS}".split()]
            train.main()
            status = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)

    def wait(self, child):
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                self.running.remove(child)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        self.fail(f"the training did not end within {DEADLINE} s")

    def kill_all(self):
        for child in self.running:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def output(self, name):
        log = self.folder / f"{name}.log"
        return log.read_text() if log.exists() else ""

    def weights(self, name):
        return hashlib.sha256((self.folder / name / "model" / "model.safetensors").read_bytes()).hexdigest()


if __name__ == "__main__":
    unittest.main()
