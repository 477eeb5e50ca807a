"""Fine-tune a text classifier on tokenised datasets: notebooks 01, 05 and 06, and the post.

Written for all their images (the oldest has Python 3.6 and transformers 4.4) and transformers 5.
"""

import argparse
import glob
import os

import numpy as np
import torch
from datasets import load_from_disk
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers import PrinterCallback, Trainer, TrainingArguments


def parse_args():
    env = os.environ
    parser = argparse.ArgumentParser()
    # Hyperparameters. Where the notebooks have two names for one thing, both are known.
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--train_batch_size", type=int, default=32)
    parser.add_argument("--eval_batch_size", type=int, default=64)
    parser.add_argument("--warmup_steps", type=int, default=500)
    parser.add_argument("--save_steps", type=int, default=500)
    parser.add_argument("--learning_rate", type=float, default=5e-5)
    parser.add_argument("--model_name", "--model_id", type=str, default="distilbert-base-uncased")
    # "False" is a true text, so type=bool would not do.
    parser.add_argument("--fp16", type=lambda text: text == "True", default=False)
    parser.add_argument("--output_dir", "--checkpoints", type=str)
    # SageMaker says where things are.
    parser.add_argument("--training_dir", default=env.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--test_dir", default=env.get("SM_CHANNEL_TEST"))
    parser.add_argument("--model_dir", default=env.get("SM_MODEL_DIR"))
    parser.add_argument("--output_data_dir", default=env.get("SM_OUTPUT_DATA_DIR"))
    args = parser.parse_args()
    # /opt/ml/checkpoints, beside /opt/ml/model: SageMaker copies it to S3 when it is told where to.
    beside = os.path.join(os.path.dirname(args.model_dir), "checkpoints")
    args.output_dir = args.output_dir or beside
    return args


def compute_metrics(prediction):
    """Of the second class if there are two, else the mean over the classes."""
    labels, predicted = prediction.label_ids, prediction.predictions.argmax(-1)
    classes = prediction.predictions.shape[-1]
    hits = np.bincount(labels[labels == predicted], minlength=classes)
    precision = hits / np.maximum(np.bincount(predicted, minlength=classes), 1)
    recall = hits / np.maximum(np.bincount(labels, minlength=classes), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    scores = {"f1": f1, "precision": precision, "recall": recall}
    metrics = {name: float(v[1] if classes == 2 else v.mean()) for name, v in scores.items()}
    metrics["accuracy"] = float((labels == predicted).mean())
    return metrics


class PrintNumbers(PrinterCallback):
    """Logs as numbers: transformers 5 prints texts, which the expressions of notebook 06 miss."""

    def on_log(self, args, state, control, logs=None, **kwargs):
        if state.is_local_process_zero:
            print(logs, flush=True)


def last_whole_checkpoint(folder):
    """The newest that has all its parts, or None: an interruption may leave half a checkpoint."""
    needed = {"optimizer.pt", "scheduler.pt", "trainer_state.json"}
    folders = glob.glob(os.path.join(folder, "checkpoint-*"))
    whole = [each for each in folders if needed <= set(os.listdir(each))]
    return max(whole, key=lambda each: int(each.rsplit("-", 1)[1]), default=None)


def main():
    args = parse_args()
    train_dataset = load_from_disk(args.training_dir)
    test_dataset = load_from_disk(args.test_dir)
    names = train_dataset.features["labels"].names
    print("{} rows, {} to test on: {}".format(len(train_dataset), len(test_dataset), names))

    model = AutoModelForSequenceClassification.from_pretrained(
        args.model_name,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
    )
    # Renamed in transformers 4.41.
    known = TrainingArguments.__dataclass_fields__
    evaluation = "eval_strategy" if "eval_strategy" in known else "evaluation_strategy"
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=args.output_dir,
            num_train_epochs=args.epochs,
            per_device_train_batch_size=args.train_batch_size,
            per_device_eval_batch_size=args.eval_batch_size,
            warmup_steps=args.warmup_steps,
            learning_rate=args.learning_rate,
            fp16=args.fp16 and torch.cuda.is_available(),
            save_steps=args.save_steps,
            save_total_limit=2,
            logging_strategy="epoch",
            disable_tqdm=True,
            **{evaluation: "epoch"},
        ),
        train_dataset=train_dataset,
        eval_dataset=test_dataset,
        compute_metrics=compute_metrics,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(PrintNumbers)

    # After a spot interruption SageMaker has put the checkpoints back where they were.
    checkpoint = last_whole_checkpoint(args.output_dir)
    print("resuming from {}".format(checkpoint) if checkpoint else "starting afresh", flush=True)
    trainer.train(resume_from_checkpoint=checkpoint)

    metrics = trainer.evaluate()
    trainer.save_model(args.model_dir)
    if trainer.is_world_process_zero():
        # With its tokenizer the model can be deployed as it is.
        AutoTokenizer.from_pretrained(args.model_name).save_pretrained(args.model_dir)
        with open(os.path.join(args.output_data_dir, "eval_results.txt"), "w") as results:
            for key, value in sorted(metrics.items()):
                print("{} = {}".format(key, value), file=results)
                print("{} = {}".format(key, value), flush=True)


if __name__ == "__main__":
    main()
