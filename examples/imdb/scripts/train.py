"""Fine-tune DistilBERT on IMDB, for an image with Python 3.6 and transformers 4.6."""

import argparse
import os

from datasets import load_from_disk
from sklearn.metrics import accuracy_score, precision_recall_fscore_support
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers import Trainer, TrainingArguments


def parse_args():
    env = os.environ
    parser = argparse.ArgumentParser()
    # Hyperparameters of pipeline.yaml arrive as flags.
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--train_batch_size", type=int, default=32)
    parser.add_argument("--eval_batch_size", type=int, default=64)
    parser.add_argument("--warmup_steps", type=int, default=500)
    parser.add_argument("--learning_rate", type=float, default=5e-5)
    parser.add_argument("--model_name", type=str, default="distilbert-base-uncased")
    # SageMaker says where things are.
    parser.add_argument("--training_dir", default=env.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--test_dir", default=env.get("SM_CHANNEL_TEST"))
    parser.add_argument("--model_dir", default=env.get("SM_MODEL_DIR"))
    parser.add_argument("--output_data_dir", default=env.get("SM_OUTPUT_DATA_DIR"))
    return parser.parse_args()


def compute_metrics(prediction):
    predicted = prediction.predictions.argmax(-1)
    precision, recall, f1, _ = precision_recall_fscore_support(
        prediction.label_ids, predicted, average="binary"
    )
    accuracy = accuracy_score(prediction.label_ids, predicted)
    return {"accuracy": accuracy, "f1": f1, "precision": precision, "recall": recall}


def main():
    args = parse_args()
    train_dataset = load_from_disk(args.training_dir)
    test_dataset = load_from_disk(args.test_dir)
    for dataset in (train_dataset, test_dataset):
        dataset.set_format("torch", columns=["input_ids", "attention_mask", "labels"])
    print("{} rows to train on, {} to test on".format(len(train_dataset), len(test_dataset)))

    names = train_dataset.features["labels"].names
    model = AutoModelForSequenceClassification.from_pretrained(
        args.model_name,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
    )
    tokenizer = AutoTokenizer.from_pretrained(args.model_name)

    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir="/opt/ml/checkpoints",
            num_train_epochs=args.epochs,
            per_device_train_batch_size=args.train_batch_size,
            per_device_eval_batch_size=args.eval_batch_size,
            warmup_steps=args.warmup_steps,
            learning_rate=args.learning_rate,
            evaluation_strategy="epoch",
            logging_dir=os.path.join(args.output_data_dir, "logs"),
        ),
        train_dataset=train_dataset,
        eval_dataset=test_dataset,
        tokenizer=tokenizer,
        compute_metrics=compute_metrics,
    )
    trainer.train()

    with open(os.path.join(args.output_data_dir, "eval_results.txt"), "w") as results:
        for key, value in sorted(trainer.evaluate().items()):
            print("{} = {}".format(key, value))
            results.write("{} = {}\n".format(key, value))
    trainer.save_model(args.model_dir)


if __name__ == "__main__":
    main()
