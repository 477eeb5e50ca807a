"""Score a trained model's archive on held-out rows, in a SageMaker processing job.

The archive is opened afresh, as whoever downloads it would: what is scored is what gets published,
and its sha256 goes into metrics.json beside the scores. With --champion the published model is
scored on the same rows, and the two are compared pair by pair.

    python evaluate.py --model model.tar.gz --test data/test --output out
"""

import argparse
import hashlib
import json
import math
import os
import platform
import re
import statistics
import sys
import tarfile
import tempfile
import time
from collections import Counter

import numpy as np

PICKLES = (".bin", ".pt", ".pth", ".ckpt")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
TASKS = ("text-classification", "token-classification", "text-generation")
IGNORED = -100  # the label of padding and of all but a word's first piece, as in transformers
BINS = 10  # of confidence, for the calibration
VALUES = 20  # of a column, at most: the most frequent; the others count together as (other)
SAMPLES = 20  # wrong rows that are shown
TIMED, WARM_UP = 100, 5  # rows, one at a time
LONGEST = 30  # seconds that the timing may take


def main():
    args = parse_args()
    artifact = describe(args.model)
    with tempfile.TemporaryDirectory() as folder:
        model, task = open_archive(args.model, folder, args)
        # Imported only now: a bad archive is refused at once, and this takes seconds.
        from datasets import load_from_disk

        rows = load_from_disk(args.test)
        labels = agree_on_labels(model, rows, task)
        parts = list(parts_of(rows, args.slice))
        scores = score(model, rows, task, args)
        latency = time_rows(model, rows, task, args)
        parameters = sum(weights.numel() for weights in model.parameters())
        del model  # the champion may need the memory
    metrics = scores.metrics()
    for name, value in metrics.items():
        if not math.isfinite(value):
            sys.exit(f"{name} is {value}: the model's outputs are not finite, it cannot be scored")

    champion, theirs = score_champion(rows, task, labels, args) if args.champion else (None, None)
    intervals, paired = bootstrap(scores, theirs, args)
    report = {
        "metrics": metrics,
        "rows": len(rows),
        "labels": labels,
        "artifact": artifact,
        "task": task,
        "intervals": intervals,
        "bootstrap": {
            "method": "percentile",
            "resamples": args.resamples,
            "level": args.level,
            "seed": args.seed,
        },
        "slices": [slice_of(scores, theirs, part, args) for part in parts],
        "errors": samples_of_errors(scores, rows),
        "latency": latency,
        "parameters": parameters,
        **scores.details(),
    }
    if champion:
        report["champion"] = {**champion, **({"paired": paired} if theirs else {})}
    os.makedirs(args.output, exist_ok=True)
    write_lines(os.path.join(args.output, "predictions.jsonl"), scores.records)
    if theirs:
        write_lines(os.path.join(args.output, "champion-predictions.jsonl"), theirs.records)
    path = os.path.join(args.output, "metrics.json")  # last: with it the evaluation is whole
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2, allow_nan=False)
    os.replace(f"{path}.tmp", path)
    for name, value in sorted(metrics.items()):
        print(f"{name} = {value}")


def parse_args():
    parser = argparse.ArgumentParser(description="Score a model archive on held-out rows.")
    parser.add_argument("--model", required=True, help="model.tar.gz as training left it")
    parser.add_argument("--test", required=True, help="directory written by save_to_disk")
    parser.add_argument("--output", required=True, help="directory for metrics.json")
    parser.add_argument("--champion", help="model.tar.gz of the model that this one must beat")
    parser.add_argument("--task", choices=TASKS, help="default: what the model's config says")
    parser.add_argument("--slice", action="append", default=[], help="a column to score by")
    parser.add_argument("--resamples", type=int, default=1000, help="of the bootstrap")
    parser.add_argument("--level", type=float, default=0.95, help="of the intervals")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    parser.add_argument("--max_new_tokens", "--max-new-tokens", type=int, default=128)
    parser.add_argument("--batch_size", "--batch-size", type=int, default=64)
    parser.add_argument("--allow_pickle", "--allow-pickle", action="store_true")
    return parser.parse_args()


# The archive


def describe(archive):
    digest = hashlib.sha256()
    with open(archive, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return {"sha256": digest.hexdigest(), "bytes": os.path.getsize(archive)}


def open_archive(archive, folder, args):
    extract(archive, folder)
    check_weights(folder, args.allow_pickle)
    task = args.task or task_of(folder)
    return load(folder, task), task


def extract(archive, folder):
    """Unpack, refusing members that would land elsewhere, devices and the like."""
    if not hasattr(tarfile, "data_filter"):
        sys.exit("this Python cannot unpack an archive safely: use 3.10.12, 3.11.4, 3.12 or newer")
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as fault:
        sys.exit(f"{archive} cannot be unpacked: {type(fault).__name__}: {fault}")


def check_weights(folder, allow_pickle):
    """Refuse an archive that has no model, or one that can only be unpickled."""
    names = os.listdir(folder)
    if "config.json" not in names:
        sys.exit(f"the archive has no config.json at its top but {sorted(names)}; call save_model")
    if not allow_pickle and not has_safetensors(folder):
        found = sorted(name for name in names if name.endswith(PICKLES))
        sys.exit(
            f"the archive has no *.safetensors weights (pickles: {found or 'none'}). Loading "
            "a pickle runs the code in it: save as safetensors, or pass --allow-pickle."
        )


def has_safetensors(folder):
    return any(name.endswith(".safetensors") for name in os.listdir(folder))


def task_of(folder):
    """The model's architecture says what it was trained for."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        names = json.load(file).get("architectures") or []
    endings = {
        "ForSequenceClassification": "text-classification",
        "ForTokenClassification": "token-classification",
        "ForConditionalGeneration": "text-generation",
        "ForCausalLM": "text-generation",
        "LMHeadModel": "text-generation",
    }
    for ending, task in endings.items():
        if any(name.endswith(ending) for name in names):
            return task
    sys.exit(f"the architectures {names} tell none of the tasks {', '.join(TASKS)}: pass --task")


def load(folder, task):
    """Load the model without the network, and without unpickling if it can be helped."""
    import torch
    import transformers as hf

    classes = {
        "text-classification": hf.AutoModelForSequenceClassification,
        "token-classification": hf.AutoModelForTokenClassification,
        "text-generation": hf.AutoModelForCausalLM,
    }
    offline = {"local_files_only": True}
    kind = classes[task]
    config = hf.AutoConfig.from_pretrained(folder, **offline)
    if task == "text-generation" and config.is_encoder_decoder:
        kind = hf.AutoModelForSeq2SeqLM
    model = kind.from_pretrained(folder, use_safetensors=has_safetensors(folder), **offline)
    if task == "text-generation":
        model.decoder_of_text = hf.AutoTokenizer.from_pretrained(folder, **offline)
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


def agree_on_labels(model, rows, task):
    """The labels by number; model and data must mean the same by a number."""
    if len(rows) == 0:
        sys.exit("the held-out set is empty")
    if task == "text-generation":
        return []
    ours = [str(model.config.id2label[i]) for i in range(model.config.num_labels)]
    feature = rows.features["labels"]
    theirs = getattr(getattr(feature, "feature", feature), "names", None)
    if task == "text-classification":
        known = set(rows["labels"])
    else:
        known = {label for row in rows["labels"] for label in row} - {IGNORED}
    if not known <= set(range(len(ours))):
        sys.exit(f"the held-out set has labels {sorted(known)}, the model knows {len(ours)}")
    if theirs is None or theirs == ours:
        return ours
    if ours == [f"LABEL_{i}" for i in range(len(theirs))]:  # the training script named none
        return theirs
    sys.exit(f"the model's labels are {ours}, those of the held-out set {theirs}")


def score_champion(rows, task, labels, args):
    """The published model on the same rows; one that cannot be scored is no reason to stop."""
    champion = describe(args.champion)
    try:
        with tempfile.TemporaryDirectory() as folder:
            args_of_champion = argparse.Namespace(**{**vars(args), "task": task})
            model, _ = open_archive(args.champion, folder, args_of_champion)
            theirs = agree_on_labels(model, rows, task)
            if theirs != labels:
                sys.exit(f"its labels are {theirs}, those of the candidate {labels}")
            scores = score(model, rows, task, args)
        metrics = scores.metrics()
        for name, value in metrics.items():
            if not math.isfinite(value):
                sys.exit(f"its {name} is {value}")
    except (SystemExit, Exception) as fault:  # what cannot be loaded says so in many ways
        return {**champion, "unscored": f"{fault}"[:500]}, None
    return {**champion, "metrics": metrics}, scores


# What a model did, row by row


class Scores:
    """What a model did with each row, as counts that add up over rows: so every weighing of the
    rows, and every part of them, has its metrics. `counts` has, by name, three arrays of equal
    length (row, place, amount) and the number of places."""

    def __init__(self, records, counts, metrics_of, details_of=lambda totals: {}):
        self.records, self.counts = records, counts
        self.metrics_of, self.details_of = metrics_of, details_of
        self.rows = len(records)

    def totals(self, weights=None):
        return {
            name: np.bincount(place, amount if weights is None else amount * weights[row], size)
            for name, (row, place, amount, size) in self.counts.items()
        }

    def metrics(self, weights=None):
        return {name: float(value) for name, value in self.metrics_of(self.totals(weights)).items()}

    def details(self):
        return self.details_of(self.totals())

    def of_rows(self, chosen):
        """The same for some of the rows only."""
        place_of = np.full(self.rows, -1)
        place_of[chosen] = np.arange(len(chosen))
        counts = {}
        for name, (row, place, amount, size) in self.counts.items():
            kept = place_of[row] >= 0
            counts[name] = (place_of[row[kept]], place[kept], amount[kept], size)
        records = [self.records[row] for row in chosen]
        return Scores(records, counts, self.metrics_of, self.details_of)


def counted(row, place, size, amount=None):
    row, place = np.asarray(row, dtype=np.int64), np.asarray(place, dtype=np.int64)
    amount = np.ones(len(row)) if amount is None else np.asarray(amount, dtype=np.float64)
    return row, place, amount, size


def per_row(amount):
    """A count of one place, to which each row adds its amount."""
    return counted(np.arange(len(amount)), np.zeros(len(amount)), 1, amount)


def score(model, rows, task, args):
    scorers = {
        "text-classification": score_texts,
        "token-classification": score_tokens,
        "text-generation": score_answers,
    }
    return scorers[task](model, rows, args)


def batches(rows, size):
    """Rows of about one length together: the least padding."""
    lengths = [len(ids) for ids in rows["input_ids"]]
    order = sorted(range(len(rows)), key=lengths.__getitem__)
    for start in range(0, len(order), size):
        yield order[start : start + size]


def tensors(model, batch, left=False):
    """Some rows, of equal length; only input_ids have a padding value of their own."""
    import torch

    padded = {}
    for name in INPUTS:
        if name not in batch.column_names:
            continue
        column = batch[name][:]
        value = (model.config.pad_token_id or 0) if name == "input_ids" else 0
        longest = max(map(len, column))
        fill = [[value] * (longest - len(row)) for row in column]
        cells = [f + list(r) if left else list(r) + f for f, r in zip(fill, column)]
        padded[name] = torch.tensor(cells, device=model.device)
    return padded


def logits_of(model, batch):
    import torch

    with torch.inference_mode():
        return model(**tensors(model, batch)).logits.float()


def score_texts(model, rows, args):
    import torch

    chances = np.zeros((len(rows), model.config.num_labels))
    loss = np.zeros(len(rows))
    actual = np.array(rows["labels"][:])
    for index in batches(rows, args.batch_size):
        logits = logits_of(model, rows.select(index))
        labels = torch.tensor(actual[index], device=logits.device)
        loss[index] = torch.nn.functional.cross_entropy(logits, labels, reduction="none").cpu()
        chances[index] = logits.softmax(-1).cpu()
    return scores_of_texts(actual, chances, loss)


def scores_of_texts(actual, chances, loss):
    """Of each row the label, the chance that the model gave each label, and the cross-entropy."""
    rows, classes = chances.shape
    predicted = chances.argmax(-1)
    confidence = chances.max(-1)
    hit = (predicted == actual).astype(float)
    # The mean squared error of the chances, over all labels: 0 to 2 (Brier, 1950).
    brier = ((chances - np.eye(classes)[actual]) ** 2).sum(-1)
    bins = np.minimum((np.nan_to_num(confidence) * BINS).astype(int), BINS - 1)
    each = np.arange(rows)
    counts = {
        "confusion": counted(each, actual * classes + predicted, classes * classes),
        "loss": per_row(loss),
        "brier": per_row(brier),
        "binRows": counted(each, bins, BINS),
        "binHits": counted(each, bins, BINS, hit),
        "binConfidence": counted(each, bins, BINS, confidence),
    }
    records = [
        {
            "row": row,
            "actual": int(actual[row]),
            "predicted": int(predicted[row]),
            "confidence": round(float(confidence[row]), 6),
            "loss": round(float(loss[row]), 6),
        }
        for row in range(rows)
    ]
    return Scores(records, counts, metrics_of_texts, details_of_texts)


def metrics_of_texts(totals):
    rows = totals["binRows"].sum()
    size = math.isqrt(len(totals["confusion"]))
    return {
        **from_confusion(totals["confusion"].reshape(size, size)),
        "eval_loss": totals["loss"][0] / rows,
        "eval_brier": totals["brier"][0] / rows,
        # How far confidence and accuracy are apart, bin by bin (Guo et al., 2017).
        "eval_ece": np.abs(totals["binConfidence"] - totals["binHits"]).sum() / rows,
    }


def from_confusion(confusion):
    """Accuracy, F1, precision and recall: of the second class if there are two, else averaged."""
    confusion = np.asarray(confusion, dtype=float)  # confusion[actual][predicted]
    hits = confusion.diagonal()
    precision = hits / np.maximum(1, confusion.sum(0))
    recall = hits / np.maximum(1, confusion.sum(1))
    f1 = 2 * precision * recall / np.where(precision + recall > 0, precision + recall, 1)
    average = (lambda values: values[1]) if len(confusion) == 2 else np.mean
    return {
        "eval_accuracy": hits.sum() / max(1, confusion.sum()),
        "eval_f1": average(f1),
        "eval_precision": average(precision),
        "eval_recall": average(recall),
    }


def details_of_texts(totals):
    size = math.isqrt(len(totals["confusion"]))
    bins = [
        {
            "from": place / BINS,
            "to": (place + 1) / BINS,
            "rows": int(rows),
            "confidence": confidence / rows,
            "accuracy": hits / rows,
        }
        for place, (rows, confidence, hits) in enumerate(
            zip(totals["binRows"], totals["binConfidence"], totals["binHits"])
        )
        if rows > 0
    ]
    # confusion[actual][predicted]
    confusion = totals["confusion"].reshape(size, size).astype(int).tolist()
    return {"confusion": confusion, "calibration": {"bins": bins}}


def score_tokens(model, rows, args):
    import torch

    names = [str(model.config.id2label[i]) for i in range(model.config.num_labels)]
    if not any(name.startswith("B-") for name in names):
        sys.exit(f"the labels {names} are no IOB2 tags (B-…, I-…, O): bring a script of yours")
    actual, predicted, loss = [None] * len(rows), [None] * len(rows), np.zeros(len(rows))
    for index in batches(rows, args.batch_size):
        batch = rows.select(index)
        logits = logits_of(model, batch)
        for row, labels, found in zip(index, batch["labels"][:], logits):
            kept = [at for at, label in enumerate(labels) if label != IGNORED]
            expected = torch.tensor([labels[at] for at in kept], dtype=torch.long)
            found = found[kept].cpu()
            loss[row] = torch.nn.functional.cross_entropy(found, expected, reduction="sum").item()
            actual[row] = [names[label] for label in expected.tolist()]
            predicted[row] = [names[label] for label in found.argmax(-1).tolist()]
    return scores_of_tokens(actual, predicted, loss)


ENTITIES = ("entityHits", "entityPredicted", "entityActual")


def scores_of_tokens(actual, predicted, loss):
    """Of each row the tags as the data and the model have them, and the cross-entropy, summed."""
    found = [(set(entities(a)), set(entities(p))) for a, p in zip(actual, predicted)]
    kinds = sorted({kind for pair in found for side in pair for kind, _, _ in side})
    number = {kind: place for place, kind in enumerate(kinds)}
    pairs_of = {name: [] for name in ENTITIES}
    for row, (ours, theirs) in enumerate(found):
        for name, side in zip(ENTITIES, (ours & theirs, theirs, ours)):
            pairs_of[name] += [(row, number[kind]) for kind, _, _ in side]
    counts = {
        name: counted([row for row, _ in pairs], [place for _, place in pairs], max(1, len(kinds)))
        for name, pairs in pairs_of.items()
    }
    both = list(zip(actual, predicted))
    counts["tokens"] = per_row([len(tags) for tags in actual])
    counts["hits"] = per_row([sum(a == p for a, p in zip(*pair)) for pair in both])
    counts["loss"] = per_row(loss)
    records = [{"row": row, "actual": a, "predicted": p} for row, (a, p) in enumerate(both)]
    details_of = lambda totals: details_of_tokens(totals, kinds)  # noqa: E731
    return Scores(records, counts, metrics_of_tokens, details_of)


def entities(tags):
    """(kind, first token, token behind the last): B- begins one, each I- of its kind goes on.

    Strict, as in seqeval's strict mode with IOB2: an I- that goes on with nothing is none. One
    counts as found when kind, begin and end are right (Tjong Kim Sang and De Meulder, 2003)."""
    found, begin = [], None
    for at, tag in enumerate([*tags, "O"]):
        if begin is not None and tag != f"I-{tags[begin][2:]}":
            found.append((tags[begin][2:], begin, at))
            begin = None
        if tag.startswith("B-"):
            begin = at
    return found


def metrics_of_tokens(totals):
    tokens = max(1, totals["tokens"][0])
    precision, recall, f1 = of_hits(*(totals[name].sum() for name in ENTITIES))
    return {
        "eval_accuracy": totals["hits"][0] / tokens,
        "eval_f1": f1,
        "eval_precision": precision,
        "eval_recall": recall,
        "eval_loss": totals["loss"][0] / tokens,
    }


def of_hits(hits, predicted, actual):
    precision, recall = hits / max(1, predicted), hits / max(1, actual)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def details_of_tokens(totals, kinds):
    found = {}
    for place, kind in enumerate(kinds):
        precision, recall, f1 = of_hits(*(totals[name][place] for name in ENTITIES))
        actual = int(totals["entityActual"][place])
        found[kind] = {"precision": precision, "recall": recall, "f1": f1, "actual": actual}
    return {"entities": found}


def score_answers(model, rows, args):
    answers = [""] * len(rows)
    for index in batches(rows, args.batch_size):
        for row, answer in zip(index, generate(model, rows.select(index), args)):
            answers[row] = answer
    return scores_of_answers(references(model, rows), answers)


def references(model, rows):
    """What should come out: the column `target`, or the tokens in `labels`."""
    if "target" in rows.column_names:
        return rows["target"][:]
    tokens = [[label for label in row if label != IGNORED] for row in rows["labels"]]
    return [model.decoder_of_text.decode(row, skip_special_tokens=True) for row in tokens]


def generate(model, batch, args):
    """Greedily, so that a second evaluation gives the same."""
    import torch

    whole = not model.config.is_encoder_decoder  # the answer comes behind the question
    inputs = tensors(model, batch, left=whole)
    greedy = {"do_sample": False, "num_beams": 1, "max_new_tokens": args.max_new_tokens}
    with torch.inference_mode():
        out = model.generate(**inputs, **greedy)
    if whole:
        out = out[:, inputs["input_ids"].shape[1] :]
    return model.decoder_of_text.batch_decode(out, skip_special_tokens=True)


def scores_of_answers(expected, answers):
    measured = [measure(reference, answer) for reference, answer in zip(expected, answers)]
    names = ("eval_exact_match", "eval_rouge1", "eval_rouge2", "eval_rougeL")
    counts = {name: per_row([row[name] for row in measured]) for name in names}
    counts["rows"] = per_row([1] * len(answers))
    records = [
        {"row": row, "actual": reference, "predicted": answer, **measured[row]}
        for row, (reference, answer) in enumerate(zip(expected, answers))
    ]
    return Scores(records, counts, means)


def means(totals):
    return {name: total[0] / totals["rows"][0] for name, total in totals.items() if name != "rows"}


def measure(reference, answer):
    return {
        "eval_exact_match": float(reference.strip() == answer.strip()),
        "eval_rouge1": rouge(words(reference), words(answer), 1),
        "eval_rouge2": rouge(words(reference), words(answer), 2),
        "eval_rougeL": rouge_l(words(reference), words(answer)),
    }


def words(text):
    return re.findall(r"[^\W_]+", text.lower())


def rouge(reference, answer, n):
    """F1 of the runs of n words that both have (Lin, 2004)."""
    ours, theirs = (Counter(zip(*(side[at:] for at in range(n)))) for side in (reference, answer))
    return of_hits(*(sum(side.values()) for side in (ours & theirs, theirs, ours)))[2]


def rouge_l(reference, answer):
    """F1 of the longest run of words, gaps allowed, that both have in one order (Lin, 2004)."""
    longest = [0] * (len(answer) + 1)
    for word in reference:
        before = 0  # longest[at] of the line above
        for at, other in enumerate(answer, 1):
            here = before + 1 if word == other else max(longest[at], longest[at - 1])
            before, longest[at] = longest[at], here
    return of_hits(longest[-1], len(answer), len(reference))[2]


# How sure that is


def bootstrap(scores, theirs, args):
    """The interval of each metric, and of its difference to the champion's.

    The rows are drawn again, with replacement, as often as --resamples says; the interval holds
    the middle --level of what comes out (percentile method: Efron and Tibshirani, An Introduction
    to the Bootstrap, 1993, chapter 13). Both models are weighed by the same draw: rows that are
    hard for both then speak for neither (paired, as in Koehn, 2004)."""
    rng = np.random.default_rng(args.seed)
    drawn, apart = [], []
    for _ in range(args.resamples):
        weights = np.bincount(rng.integers(0, scores.rows, scores.rows), minlength=scores.rows)
        ours = scores.metrics(weights)
        drawn.append(ours)
        if theirs:
            apart.append(differences(ours, theirs.metrics(weights)))
    if not theirs:
        return intervals_of(drawn, args.level), None
    now, between = differences(scores.metrics(), theirs.metrics()), intervals_of(apart, args.level)
    paired = {name: {"difference": now[name], **between[name]} for name in now}
    return intervals_of(drawn, args.level), paired


def differences(ours, theirs):
    return {name: value - theirs[name] for name, value in ours.items()}


def intervals_of(drawn, level):
    tail = (1 - level) / 2
    found = {}
    for name in drawn[0]:
        low, high = np.quantile([values[name] for values in drawn], [tail, 1 - tail])
        found[name] = {"low": float(low), "high": float(high)}
    return found


def parts_of(rows, columns):
    """(column, value, rows) of every value of the columns, the most frequent first."""
    for column in columns:
        if column not in rows.column_names:
            sys.exit(f"the held-out set has no column {column!r} but {rows.column_names}")
        values = ["" if value is None else str(value) for value in rows[column]]
        often = [value for value, _ in Counter(values).most_common()]
        if len(often) > VALUES:
            kept = set(often[: VALUES - 1])
            values = [value if value in kept else "(other)" for value in values]
        places = {}
        for row, value in enumerate(values):
            places.setdefault(value, []).append(row)
        by_size = lambda value: (value == "(other)", -len(places[value]), value)  # noqa: E731
        for value in sorted(places, key=by_size):
            yield column, value, np.array(places[value])


def slice_of(scores, theirs, part, args):
    column, value, rows = part
    ours = scores.of_rows(rows)
    intervals, paired = bootstrap(ours, theirs and theirs.of_rows(rows), args)
    found = {"column": column, "value": value, "rows": len(rows), "metrics": ours.metrics()}
    return {**found, "intervals": intervals, **({"paired": paired} if paired else {})}


# What else there is to know


def samples_of_errors(scores, rows):
    """A few wrong rows, the surest answers first; with the text if the data has it."""
    wrong = [record for record in scores.records if record["actual"] != record["predicted"]]
    wrong.sort(key=lambda record: -record.get("confidence", 0))
    found = []
    for record in wrong[:SAMPLES]:
        text = rows[record["row"]].get("text")
        found.append({**record, "text": text[:300]} if isinstance(text, str) else record)
    return found


def time_rows(model, rows, task, args):
    """Milliseconds of one row at a time, on this machine; without loading and tokenizing."""
    took = []
    begin = time.perf_counter()
    while len(took) < WARM_UP + TIMED and time.perf_counter() - begin < LONGEST:
        batch = rows.select([len(took) % len(rows)])
        start = time.perf_counter()
        if task == "text-generation":
            generate(model, batch, args)
        else:
            logits_of(model, batch).cpu()  # the copy waits for the device
        took.append((time.perf_counter() - start) * 1000)
    took = took[WARM_UP:] or took
    return {
        "rows": len(took),
        "medianMs": round(statistics.median(took), 3),
        "p95Ms": round(float(np.quantile(took, 0.95)), 3),
        "device": str(model.device),
        "instance": instance(),
    }


def instance():
    """The instance type of the processing job; elsewhere the machine's architecture."""
    try:
        with open("/opt/ml/config/processingjobconfig.json", encoding="utf-8") as file:
            return json.load(file)["ProcessingResources"]["ClusterConfig"]["InstanceType"]
    except (OSError, ValueError, KeyError, TypeError):
        return platform.machine()


def write_lines(path, records):
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
