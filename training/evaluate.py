"""Score a trained model's archive on held-out rows, in a SageMaker processing job.

The archive is opened afresh, as whoever downloads it would: what is scored is what gets published,
and its sha256 goes into metrics.json beside the scores.

    python evaluate.py --model model.tar.gz --test data/test --output out
"""

import argparse
import hashlib
import json
import math
import os
import sys
import tarfile
import tempfile

PICKLES = (".bin", ".pt", ".pth", ".ckpt")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def main():
    parser = argparse.ArgumentParser(description="Score a model archive on held-out rows.")
    parser.add_argument("--model", required=True, help="model.tar.gz as training left it")
    parser.add_argument("--test", required=True, help="directory written by save_to_disk")
    parser.add_argument("--output", required=True, help="directory for metrics.json")
    parser.add_argument("--batch_size", "--batch-size", type=int, default=64)
    parser.add_argument("--allow_pickle", "--allow-pickle", action="store_true")
    args = parser.parse_args()

    artifact = {"sha256": sha256(args.model), "bytes": os.path.getsize(args.model)}
    with tempfile.TemporaryDirectory() as folder:
        extract(args.model, folder)
        check_weights(folder, args.allow_pickle)
        # Imported only now: a bad archive is refused at once, and these take seconds.
        from datasets import load_from_disk

        model = load(folder)
    rows = load_from_disk(args.test)
    labels = agree_on_labels(model, rows)
    confusion, loss = score(model, rows, args.batch_size)
    metrics = {**from_confusion(confusion), "eval_loss": loss}

    for name, value in metrics.items():
        if not math.isfinite(value):
            sys.exit(f"{name} is {value}: the model's outputs are not finite, it cannot be scored")
    os.makedirs(args.output, exist_ok=True)
    report = {
        "metrics": metrics,
        "rows": len(rows),
        "labels": labels,
        "confusion": confusion,  # confusion[actual][predicted]
        "artifact": artifact,
    }
    path = os.path.join(args.output, "metrics.json")
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        json.dump(report, file, indent=2, allow_nan=False)
    os.replace(f"{path}.tmp", path)
    print({name: round(value, 6) for name, value in metrics.items()})
    for name, value in sorted(metrics.items()):
        print(f"{name} = {value}")


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


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


def load(folder):
    """Load the model without the network, and without unpickling if it can be helped."""
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True, use_safetensors=has_safetensors(folder)
    )
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


def agree_on_labels(model, rows):
    """The labels by number; model and data must mean the same by a number."""
    ours = [str(model.config.id2label[i]) for i in range(model.config.num_labels)]
    theirs = getattr(rows.features["labels"], "names", None)
    if len(rows) == 0:
        sys.exit("the held-out set is empty")
    known = set(rows["labels"])
    if not known <= set(range(len(ours))):
        sys.exit(f"the held-out set has labels {sorted(known)}, the model knows {len(ours)}")
    if theirs is None or theirs == ours:
        return ours
    if ours == [f"LABEL_{i}" for i in range(len(theirs))]:  # the training script named none
        return theirs
    sys.exit(f"the model's labels are {ours}, those of the held-out set {theirs}")


def score(model, rows, batch_size):
    """The confusion matrix and the mean cross-entropy."""
    import torch

    classes = model.config.num_labels
    confusion = [[0] * classes for _ in range(classes)]
    total = 0.0
    inputs = [name for name in INPUTS if name in rows.column_names]
    lengths = [len(ids) for ids in rows["input_ids"]]
    order = sorted(range(len(rows)), key=lengths.__getitem__)  # the least padding
    for start in range(0, len(order), batch_size):
        batch = rows.select(order[start : start + batch_size])
        labels = torch.tensor(batch["labels"][:], device=model.device)
        padded = {name: pad(batch[name][:], name, model.config) for name in inputs}
        with torch.inference_mode():
            logits = model(**{k: torch.tensor(v, device=model.device) for k, v in padded.items()})
        logits = logits.logits.float()
        total += torch.nn.functional.cross_entropy(logits, labels, reduction="sum").item()
        for actual, predicted in zip(labels.tolist(), logits.argmax(-1).tolist()):
            confusion[actual][predicted] += 1
    return confusion, total / len(rows)


def pad(column, name, config):
    """Rows of equal length; only input_ids have a padding value of their own."""
    value = (config.pad_token_id or 0) if name == "input_ids" else 0
    longest = max(map(len, column))
    return [list(row) + [value] * (longest - len(row)) for row in column]


def from_confusion(confusion):
    """Accuracy, F1, precision and recall: of the second class if there are two, else averaged."""
    classes = range(len(confusion))
    hits = [confusion[i][i] for i in classes]
    precision = [hits[i] / max(1, sum(confusion[j][i] for j in classes)) for i in classes]
    recall = [hits[i] / max(1, sum(confusion[i])) for i in classes]
    f1 = [2 * p * r / (p + r) if p + r else 0.0 for p, r in zip(precision, recall)]
    average = (lambda s: s[1]) if len(confusion) == 2 else (lambda s: sum(s) / len(s))
    return {
        "eval_accuracy": sum(hits) / max(1, sum(map(sum, confusion))),
        "eval_f1": average(f1),
        "eval_precision": average(precision),
        "eval_recall": average(recall),
    }


if __name__ == "__main__":
    main()
