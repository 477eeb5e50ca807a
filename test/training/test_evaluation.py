"""evaluate.py: metrics by task, intervals, slices, and the champion on the same rows."""

import argparse
import contextlib
import io
import json
import os
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

from support import tiny_dataset, tiny_model

import evaluate

TRUTH = json.loads((Path(__file__).parent / "truth" / "scores.json").read_text())
SEED = 20261128


def settings(**changes):
    return argparse.Namespace(**{"resamples": 400, "level": 0.95, "seed": 0, **changes})


def answers(right, rng, classes=2, sure=0.8):
    """Rows of random labels, that a model gets right or wrong as told."""
    actual = rng.integers(0, classes, len(right))
    predicted = np.where(right, actual, (actual + 1) % classes)
    chances = np.full((len(right), classes), (1 - sure) / (classes - 1))
    chances[np.arange(len(right)), predicted] = sure
    return actual, chances, -np.log(chances[np.arange(len(right)), actual])


class Metrics(unittest.TestCase):
    def test_entities_are_those_of_seqeval_in_strict_mode(self):
        found = 0
        for case in TRUTH["tags"]:
            scores = evaluate.scores_of_tokens(case["actual"], case["predicted"], np.zeros(12))
            metrics, said = scores.metrics(), case["report"]
            for name in ("precision", "recall", "f1"):
                key = "f1-score" if name == "f1" else name
                self.assertAlmostEqual(metrics[f"eval_{name}"], said["micro avg"][key])
                for kind, entity in scores.details()["entities"].items():
                    self.assertAlmostEqual(entity[name], said[kind][key] if kind in said else 0)
            found += metrics["eval_f1"] > 0
        self.assertGreater(found, 25)  # the cases are about something

    def test_an_inside_tag_that_goes_on_with_nothing_is_no_entity(self):
        tags = ["I-PER", "B-PER", "I-PER", "I-LOC", "B-LOC", "B-LOC", "O", "I-LOC"]
        self.assertEqual(evaluate.entities(tags), [("PER", 1, 3), ("LOC", 4, 5), ("LOC", 5, 6)])

    def test_rouge_is_that_of_rouge_score(self):
        for case in TRUTH["texts"]:
            ours = evaluate.measure(case["reference"], case["answer"])
            for name, value in case["scores"].items():
                self.assertAlmostEqual(ours[f"eval_{name}"], value, msg=case)

    def test_words_of_other_scripts_count_too(self):
        self.assertEqual(evaluate.measure("été à Łódź", "été Łódź")["eval_rouge1"], 0.8)

    def test_calibration_is_as_computed_by_hand(self):
        # Four rows said with 0.8, of which half are right: 0.3 apart.
        scores = evaluate.scores_of_texts(*answers([1, 1, 0, 0], np.random.default_rng(SEED)))
        metrics = scores.metrics()
        self.assertAlmostEqual(metrics["eval_ece"], 0.3)
        self.assertAlmostEqual(metrics["eval_brier"], (2 * 0.08 + 2 * 1.28) / 4)
        [only] = scores.details()["calibration"]["bins"]
        self.assertEqual((only["from"], only["rows"], only["accuracy"]), (0.8, 4, 0.5))

    def test_a_slice_has_the_metrics_of_its_rows_alone(self):
        rng = np.random.default_rng(SEED)
        actual, chances, loss = answers(rng.random(200) < 0.7, rng, classes=3)
        chosen = np.flatnonzero(rng.random(200) < 0.3)
        whole = evaluate.scores_of_texts(actual, chances, loss)
        alone = evaluate.scores_of_texts(actual[chosen], chances[chosen], loss[chosen])
        part = whole.of_rows(chosen)
        self.assertEqual(part.metrics(), alone.metrics())
        self.assertEqual(part.details(), alone.details())
        self.assertEqual([record["row"] for record in part.records], chosen.tolist())

    def test_a_column_of_many_values_keeps_the_frequent_ones(self):
        from datasets import Dataset

        values = [str(number) for number in range(60) for _ in range(60 - number)]
        parts = list(evaluate.parts_of(Dataset.from_dict({"source": values}), ["source"]))
        self.assertEqual(len(parts), evaluate.VALUES)
        self.assertEqual((parts[0][1], parts[-1][1]), ("0", "(other)"))
        self.assertEqual(sum(len(rows) for _, _, rows in parts), len(values))


class Bootstrap(unittest.TestCase):
    def test_one_seed_gives_one_interval(self):
        rng = np.random.default_rng(SEED)
        scores = evaluate.scores_of_texts(*answers(rng.random(100) < 0.8, rng))
        first, _ = evaluate.bootstrap(scores, None, settings())
        self.assertEqual(evaluate.bootstrap(scores, None, settings())[0], first)
        self.assertNotEqual(evaluate.bootstrap(scores, None, settings(seed=1))[0], first)

    def test_the_interval_holds_the_truth_about_as_often_as_it_says(self):
        rng, held = np.random.default_rng(SEED), 0
        for seed in range(200):
            scores = evaluate.scores_of_texts(*answers(rng.random(200) < 0.8, rng))
            intervals, _ = evaluate.bootstrap(scores, None, settings(resamples=200, seed=seed))
            held += intervals["eval_accuracy"]["low"] <= 0.8 <= intervals["eval_accuracy"]["high"]
        self.assertGreaterEqual(held, 180, f"seed {SEED}")  # 190 are expected
        self.assertLess(held, 200, f"seed {SEED}")

    def test_a_difference_on_the_same_rows_is_known_better_than_either_score(self):
        # The champion is the candidate with the answer of every twentieth row turned round.
        rng = np.random.default_rng(SEED)
        ours = rng.random(400) < 0.7
        actual, chances, loss = answers(ours, rng)
        worse = np.where((rng.random(400) < 0.05)[:, None], chances[:, ::-1], chances)
        scores, champion = (evaluate.scores_of_texts(actual, each, loss) for each in (chances, worse))
        intervals, paired = evaluate.bootstrap(scores, champion, settings())
        alone, both = intervals["eval_accuracy"], paired["eval_accuracy"]
        self.assertLess(both["high"] - both["low"], (alone["high"] - alone["low"]) / 1.5)
        self.assertTrue(both["low"] <= both["difference"] <= both["high"])


class Archives(unittest.TestCase):
    """The script as a job runs it, on tiny models; in this process, as importing takes long."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.base = tiny_model(cls.folder / "base")
        cls.test = tiny_dataset(cls.folder / "test", 60, 2)

    def archive(self, name, folder):
        path = self.folder / f"{name}.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            for entry in sorted(os.listdir(folder)):
                tar.add(Path(folder, entry), arcname=entry)
        return path

    def knowing(self, name, flipped=False):
        """A model that has learnt the word that tells the label; or that takes it the wrong way round."""
        import torch
        from datasets import load_from_disk
        from transformers import BertForSequenceClassification, set_seed

        set_seed(3)
        model = BertForSequenceClassification.from_pretrained(self.base).eval()  # no dropout
        model.config.id2label = {0: "negative", 1: "positive"}
        rows = load_from_disk(str(self.test))
        batch, labels = evaluate.tensors(model, rows), torch.tensor(rows["labels"][:])
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        for _ in range(100):
            optimizer.zero_grad()
            model(**batch, labels=1 - labels if flipped else labels).loss.backward()
            optimizer.step()
        model.save_pretrained(self.folder / name)
        return self.archive(name, self.folder / name)

    def evaluate(self, model, test, *more):
        out = self.folder / "out"
        argv = ["evaluate.py", "--model", model, "--test", test, "--output", out, "--resamples", "200", *more]
        with mock.patch.object(sys, "argv", [str(arg) for arg in argv]), mock.patch.object(evaluate, "TIMED", 5):
            with contextlib.redirect_stdout(io.StringIO()):
                evaluate.main()
        return json.loads((out / "metrics.json").read_text())

    def lines(self, name):
        return [json.loads(line) for line in (self.folder / "out" / name).read_text().splitlines()]

    def test_a_champion_is_scored_on_the_same_rows_and_compared_pair_by_pair(self):
        from datasets import load_from_disk

        rows = load_from_disk(str(self.test))
        rows = rows.add_column("source", ["web" if at % 3 else "post" for at in range(len(rows))])
        rows = rows.add_column("text", [f"row {at}" for at in range(len(rows))])
        rows.save_to_disk(str(self.folder / "sliced"))
        good, bad = self.knowing("good"), self.knowing("bad", flipped=True)

        report = self.evaluate(good, self.folder / "sliced", "--champion", bad, "--slice", "source")
        self.assertEqual(report["task"], "text-classification")
        champion = report["champion"]
        self.assertEqual(champion["sha256"], evaluate.describe(bad)["sha256"])
        self.assertLess(champion["metrics"]["eval_accuracy"], 0.2)
        paired = champion["paired"]["eval_accuracy"]
        self.assertGreater(paired["low"], 0.6)
        self.assertAlmostEqual(
            paired["difference"], report["metrics"]["eval_accuracy"] - champion["metrics"]["eval_accuracy"]
        )
        self.assertEqual([(s["column"], s["value"], s["rows"]) for s in report["slices"]],
                         [("source", "web", 40), ("source", "post", 20)])
        self.assertGreater(report["slices"][1]["paired"]["eval_accuracy"]["low"], 0.4)
        self.assertEqual(len(self.lines("predictions.jsonl")), 60)
        self.assertEqual([line["row"] for line in self.lines("champion-predictions.jsonl")], list(range(60)))
        self.assertGreater(report["latency"]["p95Ms"], 0)
        self.assertGreater(report["parameters"], 1000)

        other = self.evaluate(bad, self.folder / "sliced", "--champion", good)
        self.assertLess(other["champion"]["paired"]["eval_accuracy"]["high"], -0.6)
        first = other["errors"][0]
        self.assertEqual(first["text"], f"row {first['row']}")
        self.assertLessEqual(len(other["errors"]), evaluate.SAMPLES)

    def test_a_model_is_no_better_than_itself(self):
        model = self.archive("same", self.base)
        report = self.evaluate(model, self.test, "--champion", model)
        for name, found in report["champion"]["paired"].items():
            self.assertEqual(found, {"difference": 0, "low": 0, "high": 0}, name)
        self.assertEqual(self.lines("predictions.jsonl"), self.lines("champion-predictions.jsonl"))

    def test_a_champion_that_cannot_be_scored_is_told_and_the_candidate_scored(self):
        broken = self.folder / "broken.tar.gz"
        broken.write_bytes(b"no archive")
        report = self.evaluate(self.archive("whole", self.base), self.test, "--champion", broken)
        self.assertIn("cannot be unpacked", report["champion"]["unscored"])
        self.assertNotIn("paired", report["champion"])
        self.assertEqual(report["rows"], 60)

    def test_a_token_classifier_is_known_by_its_architecture_and_scored_by_entities(self):
        from datasets import Dataset
        from transformers import BertConfig, BertForTokenClassification, set_seed

        set_seed(5)
        names = ["O", "B-PER", "I-PER"]
        config = BertConfig.from_pretrained(self.base, id2label=dict(enumerate(names)))
        BertForTokenClassification(config).save_pretrained(self.folder / "tagger")
        data = {
            "input_ids": [[2, 7, 8, 9, 3], [2, 10, 3]],
            "attention_mask": [[1] * 5, [1] * 3],
            "labels": [[-100, 1, 2, 0, -100], [-100, 0, -100]],
        }
        Dataset.from_dict(data).save_to_disk(str(self.folder / "tagged"))
        report = self.evaluate(self.archive("tagger", self.folder / "tagger"), self.folder / "tagged")
        self.assertEqual((report["task"], report["labels"]), ("token-classification", names))
        lines = self.lines("predictions.jsonl")
        self.assertEqual([line["actual"] for line in lines], [["B-PER", "I-PER", "O"], ["O"]])
        right = sum(a == p for line in lines for a, p in zip(line["actual"], line["predicted"]))
        self.assertAlmostEqual(report["metrics"]["eval_accuracy"], right / 4)

    def test_a_language_model_is_scored_by_what_it_writes(self):
        from datasets import Dataset
        from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, set_seed

        set_seed(5)
        folder = self.folder / "writer"
        tokenizer = AutoTokenizer.from_pretrained(self.base)
        config = GPT2Config(
            vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2, n_positions=64,
            bos_token_id=2, eos_token_id=3, pad_token_id=0,
        )
        writer = GPT2LMHeadModel(config)
        writer.generation_config.suppress_tokens = [0, 1, 2, 3, 4]  # nothing but words
        writer.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        model = self.archive("writer", folder)
        prompts = {"input_ids": [[2, 7, 8], [2, 9, 10, 11, 12]], "attention_mask": [[1] * 3, [1] * 5]}
        Dataset.from_dict({**prompts, "target": ["good film", "bad"]}).save_to_disk(str(self.folder / "asked"))
        report = self.evaluate(model, self.folder / "asked", "--max_new_tokens", "4")
        self.assertEqual(report["task"], "text-generation")
        written = [line["predicted"] for line in self.lines("predictions.jsonl")]
        self.assertEqual([len(text.split()) for text in written], [4, 4], written)

        # Asked for just that, it is right everywhere; each alone gives the same as both in one batch.
        tokens = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in written]
        Dataset.from_dict({**prompts, "labels": tokens}).save_to_disk(str(self.folder / "known"))
        report = self.evaluate(model, self.folder / "known", "--max_new_tokens", "4", "--batch_size", "1")
        self.assertEqual(report["metrics"]["eval_rougeL"], 1)
        self.assertEqual(report["metrics"]["eval_exact_match"], 1)


if __name__ == "__main__":
    unittest.main()
