"""train.py, evaluate.py and predict.py, run as the container runs them, on a tiny random model."""

import contextlib
import hashlib
import io
import json
import os
import pickle
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from support import journal, parse_events, run, tiny_dataset, tiny_model


def archive(path, folder):
    with tarfile.open(path, "w:gz") as tar:
        for name in sorted(os.listdir(folder)):
            tar.add(Path(folder, name), arcname=name)
    return path


class Scripts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.base = tiny_model(cls.folder / "base")
        cls.train = tiny_dataset(cls.folder / "train", 400, 1)
        cls.test = tiny_dataset(cls.folder / "test", 50, 2)
        cls.trained = run(
            "train.py", "--model_name", "/opt/ml/input/data/model", "--epochs", "2",
            "--train-batch-size", "8", "--learning_rate", "0.02", "--seed", "7",
            env={
                "SM_CHANNEL_TRAIN": str(cls.train), "SM_CHANNEL_TEST": str(cls.test),
                "SM_CHANNEL_MODEL": str(cls.base), "SM_MODEL_DIR": str(cls.folder / "job" / "model"),
                "SM_OUTPUT_DATA_DIR": str(cls.folder / "job" / "output" / "data"), "SM_NUM_GPUS": "0",
            },
        )
        cls.model = cls.folder / "job" / "model"

    def refusal(self, model, test=None):
        """Why evaluate.py will not score it; nothing may have been written. In this process: quicker."""
        import evaluate

        out = self.folder / "refused"
        argv = ["evaluate.py", "--model", model, "--test", test or self.test, "--output", out]
        with mock.patch.object(sys, "argv", [str(arg) for arg in argv]):
            with self.assertRaises(SystemExit) as refused:
                evaluate.main()
        self.assertFalse(out.exists())
        return refused.exception.code  # a text: the exit status is 1

    def test_the_whole_way_from_hyperparameters_to_an_answer(self):
        self.assertEqual(self.trained.returncode, 0, self.trained.stderr[-2000:])
        self.assertTrue((self.model / "model.safetensors").is_file())
        config = json.loads((self.model / "config.json").read_text())
        self.assertEqual(config["id2label"], {"0": "negative", "1": "positive"})

        results = (self.folder / "job" / "output" / "data" / "eval_results.txt").read_text()
        trained = {k: float(v) for k, v in (line.split(" = ") for line in results.splitlines())}
        self.assertGreater(trained["eval_accuracy"], 0.9)  # one word tells the label
        self.assertLessEqual({"eval_f1", "eval_precision", "eval_recall", "eval_loss"}, trained.keys())
        told = parse_events(self.trained.stdout)
        self.assertGreaterEqual(sum(e["event"] == "saved" for e in told), 5)
        self.assertGreaterEqual(sum("loss" in e for e in told), 8)
        steps = [e["step"] for e in journal(self.folder / "job" / "checkpoints") if e["event"] == "saved"]
        self.assertEqual(steps[-1], 100)  # 400 rows / 8 × 2 epochs

        tar = archive(self.folder / "model.tar.gz", self.model)
        scored = run("evaluate.py", "--model", tar, "--test", self.test,
                     "--output", self.folder / "evaluation")
        self.assertEqual(scored.returncode, 0, scored.stderr[-2000:])
        report = json.loads((self.folder / "evaluation" / "metrics.json").read_text())
        self.assertEqual(report["artifact"]["sha256"], hashlib.sha256(tar.read_bytes()).hexdigest())
        self.assertEqual(report["artifact"]["bytes"], tar.stat().st_size)
        self.assertEqual((report["rows"], report["labels"]), (50, ["negative", "positive"]))
        self.assertEqual(sum(map(sum, report["confusion"])), 50)
        self.assertEqual(set(report["metrics"]) - set(trained), {"eval_brier", "eval_ece"})
        for name in ("eval_accuracy", "eval_f1", "eval_precision", "eval_recall", "eval_loss"):
            self.assertAlmostEqual(report["metrics"][name], trained[name], places=4)  # two programs
        self.assertIn("eval_accuracy = ", scored.stdout)

        answer = run("predict.py", "--model", self.model, stdin=json.dumps(["the film was good", "the plot was bad", ""]))
        self.assertEqual(answer.returncode, 0, answer.stderr[-2000:])
        labelled = json.loads(answer.stdout)
        self.assertEqual([a["label"] for a in labelled[:2]], ["negative", "positive"])
        self.assertTrue(all(0.5 <= a["score"] <= 1 for a in labelled))

    def test_rows_for_validation_are_what_a_training_is_scored_on(self):
        # Each of these has the wrong label, so the score cannot be that of the test rows.
        from datasets import load_from_disk

        folder = self.folder / "compared"
        rows = load_from_disk(str(self.test)).select(range(20))
        swapped = rows.map(lambda row: {"labels": 1 - row["labels"]}, keep_in_memory=True)
        swapped.save_to_disk(str(folder / "validation"))
        done = run(
            "train.py", "--model_name", str(self.model), "--epochs", "0.1", "--learning_rate", "1e-9",
            env={
                "SM_CHANNEL_TRAIN": str(self.train), "SM_CHANNEL_TEST": str(self.test),
                "SM_CHANNEL_VALIDATION": str(folder / "validation"),
                "SM_MODEL_DIR": str(folder / "model"), "SM_OUTPUT_DATA_DIR": str(folder / "data"),
            },
        )
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertIn("20 to evaluate on", done.stdout)
        results = (folder / "data" / "eval_results.txt").read_text()
        accuracy = next(line for line in results.splitlines() if line.startswith("eval_accuracy"))
        self.assertLess(float(accuracy.split(" = ")[1]), 0.1)

    def test_an_archive_with_only_pickled_weights_is_not_loaded(self):
        folder = self.folder / "pickled"
        folder.mkdir()
        (folder / "config.json").write_text((self.base / "config.json").read_text())
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps(1))
        why = self.refusal(archive(self.folder / "pickled.tar.gz", folder))
        self.assertIn("pytorch_model.bin", why)

    def test_an_archive_that_reaches_outside_is_not_unpacked(self):
        bad = self.folder / "outside.tar.gz"
        with tarfile.open(bad, "w:gz") as tar:
            member = tarfile.TarInfo("../escaped")
            member.size = 1
            tar.addfile(member, io.BytesIO(b"x"))
        self.assertIn("OutsideDestinationError", self.refusal(bad))

    def test_weights_that_are_not_finite_are_not_scored(self):
        import torch
        from transformers import BertForSequenceClassification

        model = BertForSequenceClassification.from_pretrained(self.base)
        with torch.no_grad():
            model.classifier.bias[:] = float("nan")
        model.save_pretrained(self.folder / "nan")
        why = self.refusal(archive(self.folder / "nan.tar.gz", self.folder / "nan"))
        self.assertIn("eval_loss is nan", why)

    def test_labels_in_another_order_are_refused(self):
        swapped = tiny_dataset(self.folder / "swapped", 10, 3, names=("positive", "negative"))
        why = self.refusal(archive(self.folder / "swapped.tar.gz", self.model), swapped)
        self.assertIn("the model's labels are", why)

    def test_a_wrong_hyperparameter_is_refused_by_name(self):
        import train

        errors = io.StringIO()
        with mock.patch.object(sys, "argv", ["train.py", "--epoch_count", "2"]), \
                contextlib.redirect_stderr(errors), self.assertRaises(SystemExit) as refused:
            train.parse_args()
        self.assertEqual(refused.exception.code, 2)
        self.assertIn("--epoch_count", errors.getvalue())


class Metrics(unittest.TestCase):
    def test_both_scripts_agree_with_scikit_learn_on_two_and_on_three_classes(self):
        import numpy as np
        from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
        from transformers import EvalPrediction

        import evaluate
        import train

        for classes in (2, 3):
            rng = np.random.default_rng(classes)
            labels, logits = rng.integers(0, classes, 200), rng.normal(size=(200, classes))
            predicted = logits.argmax(-1)
            average = "binary" if classes == 2 else "macro"
            p, r, f, _ = precision_recall_fscore_support(labels, predicted, average=average)
            expected = {"accuracy": accuracy_score(labels, predicted), "precision": p, "recall": r, "f1": f}
            ours = train.compute_metrics(EvalPrediction(predictions=logits, label_ids=labels))
            theirs = evaluate.from_confusion(confusion_matrix(labels, predicted).tolist())
            for name, value in expected.items():
                self.assertAlmostEqual(ours[name], value)
                self.assertAlmostEqual(theirs[f"eval_{name}"], value)


if __name__ == "__main__":
    unittest.main()
