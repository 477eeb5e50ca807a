"""Fine-tune a Transformer for text classification in a SageMaker training job.

The script knows nothing of S3 or of spot capacity: SageMaker puts the data in SM_CHANNEL_*, the
hyperparameters on the command line, and carries SM_MODEL_DIR away at the end. When the instance is
taken back and the job starts over, it goes on from the last checkpoint that is whole.

To try it by hand, on datasets written by `save_to_disk`:

    SM_CHANNEL_TRAIN=data/train SM_CHANNEL_TEST=data/test SM_MODEL_DIR=out/model \
    SM_OUTPUT_DATA_DIR=out/data python train.py --model_name distilbert-base-uncased --epochs 1
"""

import argparse
import math
import os
import sys

import numpy as np
import torch
from datasets import ClassLabel, load_from_disk
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers import DataCollatorWithPadding, Trainer, TrainingArguments, set_seed

from holdfast_checkpoint import DurableCheckpoints, latest_verified

MODEL_CHANNEL = "/opt/ml/input/data/model"


def parse_args():
    env = os.environ.get
    parser = argparse.ArgumentParser(description="Fine-tune a Transformer for text classification.")
    # Hyperparameters, as the HuggingFace estimator sends them: both spellings are in use.
    parser.add_argument("--model_name", "--model-name", type=str, default="distilbert-base-uncased")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--train_batch_size", "--train-batch-size", type=int, default=32)
    parser.add_argument("--eval_batch_size", "--eval-batch-size", type=int, default=64)
    parser.add_argument("--learning_rate", "--learning-rate", type=float, default=5e-5)
    parser.add_argument("--warmup_steps", "--warmup-steps", type=int, default=0)
    parser.add_argument("--save_steps", "--save-steps", type=int, default=0)  # 0: 5 times a run
    parser.add_argument("--seed", type=int, default=42)
    # "True": resume though batch, GPU count or data differ from those of the checkpoint.
    parser.add_argument("--allow_reshape", type=lambda text: text == "True", default=False)
    # Where the container keeps things.
    parser.add_argument("--training_dir", "--training-dir", default=env("SM_CHANNEL_TRAIN"))
    parser.add_argument("--test_dir", "--test-dir", default=env("SM_CHANNEL_TEST"))
    # Rows to compare trainings by, so that the test rows choose none; without them: the test rows.
    parser.add_argument(
        "--validation_dir", "--validation-dir", default=env("SM_CHANNEL_VALIDATION")
    )
    parser.add_argument("--model_dir", "--model-dir", default=env("SM_MODEL_DIR"))
    parser.add_argument("--output_data_dir", "--output-data-dir", default=env("SM_OUTPUT_DATA_DIR"))
    parser.add_argument("--checkpoint_dir", "--checkpoint-dir")
    args = parser.parse_args()
    for name in ("training_dir", "test_dir", "model_dir", "output_data_dir"):
        if not getattr(args, name):
            parser.error(f"--{name} is not set, and neither is its SM_* variable")
    # SageMaker syncs /opt/ml/checkpoints, the sibling of /opt/ml/model.
    base = os.path.dirname(os.path.abspath(args.model_dir))
    args.checkpoint_dir = args.checkpoint_dir or os.path.join(base, "checkpoints")
    # Outside a container the model channel may be mounted elsewhere.
    if args.model_name == MODEL_CHANNEL and not os.path.isdir(MODEL_CHANNEL):
        args.model_name = env("SM_CHANNEL_MODEL", MODEL_CHANNEL)
    return args


def compute_metrics(prediction):
    """Accuracy, F1, precision and recall: of the second class if there are two, else averaged."""
    labels, predicted = prediction.label_ids, prediction.predictions.argmax(-1)
    classes = prediction.predictions.shape[-1]
    hits = np.bincount(labels[labels == predicted], minlength=classes)
    precision = hits / np.maximum(np.bincount(predicted, minlength=classes), 1)
    recall = hits / np.maximum(np.bincount(labels, minlength=classes), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    scores = {"f1": f1, "precision": precision, "recall": recall}
    averages = {k: float(v[1] if classes == 2 else v.mean()) for k, v in scores.items()}
    return {"accuracy": float((labels == predicted).mean()), **averages}


def main():
    args = parse_args()
    set_seed(args.seed)

    train_dataset = load_from_disk(args.training_dir)
    eval_dataset = load_from_disk(args.validation_dir or args.test_dir)
    label = train_dataset.features["labels"]
    numbers = sorted(set(train_dataset["labels"]))
    names = label.names if isinstance(label, ClassLabel) else [str(number) for number in numbers]
    print(f"{len(train_dataset)} rows to train on, {len(eval_dataset)} to evaluate on: {names}")

    tokenizer = AutoTokenizer.from_pretrained(args.model_name)
    model = AutoModelForSequenceClassification.from_pretrained(
        args.model_name,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: i for i, name in enumerate(names)},
    )

    # A short run should show its loss a few times, and lose little when it is interrupted.
    # torchrun starts a process for each GPU; without it one process uses them all.
    devices = int(os.environ.get("WORLD_SIZE", 0)) or max(1, torch.cuda.device_count())
    steps = math.ceil(len(train_dataset) / (args.train_batch_size * devices) * args.epochs)
    save_steps = args.save_steps or min(500, max(1, math.ceil(steps / 5)))

    training_args = TrainingArguments(
        output_dir=args.checkpoint_dir,
        num_train_epochs=args.epochs,
        per_device_train_batch_size=args.train_batch_size,
        per_device_eval_batch_size=args.eval_batch_size,
        learning_rate=args.learning_rate,
        warmup_steps=args.warmup_steps,
        eval_strategy="epoch" if args.epochs > 1 else "no",
        save_strategy="steps",
        save_steps=save_steps,
        logging_steps=max(1, min(50, save_steps // 2)),
        seed=args.seed,
        report_to="none",
        disable_tqdm=not sys.stdout.isatty(),
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = Trainer(
        model=model,
        args=training_args,
        train_dataset=train_dataset,
        eval_dataset=eval_dataset,
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=compute_metrics,
    )

    # These must be the same when a checkpoint is resumed, or its step numbers mean something else.
    recipe = {"model": model.config.model_type, "labels": names, "rows": len(train_dataset)}
    recipe |= {"batch": training_args.train_batch_size, "epochs": args.epochs, "seed": args.seed}
    trainer.add_callback(DurableCheckpoints(args.checkpoint_dir, fingerprint=recipe))
    checkpoint = latest_verified(
        args.checkpoint_dir, fingerprint=recipe, allow_reshape=args.allow_reshape
    )
    trainer.train(resume_from_checkpoint=checkpoint)

    metrics = trainer.evaluate()
    if trainer.is_world_process_zero():
        os.makedirs(args.output_data_dir, exist_ok=True)
        with open(os.path.join(args.output_data_dir, "eval_results.txt"), "w") as results:
            for key, value in sorted(metrics.items()):
                print(f"{key} = {value}", file=results)
                print(f"{key} = {value}", flush=True)
        tokenizer.save_pretrained(args.model_dir)
    trainer.save_model(args.model_dir)  # SageMaker sends this directory to S3 as model.tar.gz


if __name__ == "__main__":
    main()
