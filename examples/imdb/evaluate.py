"""Score an archive of this example's train.py, for an image with Python 3.6 and transformers 4.6.

The contract is docs/evaluation.md. transformers 4.6 saves its weights as a pickle, so loading one
runs the code in it: here it is the archive that this pipeline's own training job wrote.
"""

import argparse
import hashlib
import json
import os
import tarfile
import tempfile

import numpy as np
import torch
from datasets import load_from_disk
from sklearn.metrics import accuracy_score, precision_recall_fscore_support
from transformers import AutoModelForSequenceClassification


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--test", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--batch_size", type=int, default=64)
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as made:
        folder = os.path.realpath(made)
        with tarfile.open(args.model) as tar:
            for member in tar.getmembers():
                inside = os.path.realpath(os.path.join(folder, member.name))
                if not (member.isfile() or member.isdir()) or not inside.startswith(folder):
                    raise SystemExit("the archive holds {}, which is refused".format(member.name))
            tar.extractall(folder)
        model = AutoModelForSequenceClassification.from_pretrained(folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).eval()

    rows = load_from_disk(args.test)
    rows.set_format("torch", columns=["input_ids", "attention_mask", "labels"])
    predicted, actual, loss = [], [], 0.0
    for batch in torch.utils.data.DataLoader(rows, batch_size=args.batch_size):
        batch = {name: column.to(device) for name, column in batch.items()}
        with torch.no_grad():
            output = model(**batch)
        loss += output.loss.item() * len(batch["labels"])
        predicted.append(output.logits.argmax(-1).cpu().numpy())
        actual.append(batch["labels"].cpu().numpy())
    predicted, actual = np.concatenate(predicted), np.concatenate(actual)

    precision, recall, f1, _ = precision_recall_fscore_support(actual, predicted, average="binary")
    report = {
        "metrics": {
            "eval_accuracy": float(accuracy_score(actual, predicted)),
            "eval_f1": float(f1),
            "eval_precision": float(precision),
            "eval_recall": float(recall),
            "eval_loss": loss / len(rows),
        },
        "rows": len(rows),
        "labels": [model.config.id2label[number] for number in range(model.config.num_labels)],
        "artifact": {"sha256": sha256(args.model), "bytes": os.path.getsize(args.model)},
    }
    os.makedirs(args.output, exist_ok=True)
    with open(os.path.join(args.output, "metrics.json"), "w") as file:
        json.dump(report, file, indent=2, allow_nan=False)
    print(report["metrics"])


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


if __name__ == "__main__":
    main()
