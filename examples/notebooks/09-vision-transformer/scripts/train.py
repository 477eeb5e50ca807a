"""Fine-tune a Vision Transformer on images that were saved as pixel values: notebook 09.

Written for the notebook's image, with transformers 4.26, and for transformers 5.
"""

import argparse
import os

from datasets import load_from_disk
from transformers import Trainer, TrainingArguments, ViTForImageClassification


def parse_args():
    env = os.environ
    parser = argparse.ArgumentParser()
    # Hyperparameters of pipeline.yaml arrive as flags.
    parser.add_argument("--model_name", default="google/vit-base-patch16-224-in21k")
    parser.add_argument("--num_train_epochs", type=float, default=3)
    parser.add_argument("--per_device_train_batch_size", type=int, default=32)
    parser.add_argument("--per_device_eval_batch_size", type=int, default=64)
    parser.add_argument("--warmup_steps", type=int, default=500)
    parser.add_argument("--weight_decay", type=float, default=0.01)
    parser.add_argument("--learning_rate", type=float, default=2e-5)
    # The notebook pushes the model to the Hub with it. A hyperparameter is no place for a token.
    parser.add_argument("--use_auth_token", default="")
    parser.add_argument("--output_dir")
    # SageMaker says where things are.
    parser.add_argument("--training_dir", default=env.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--test_dir", default=env.get("SM_CHANNEL_TEST"))
    parser.add_argument("--model_dir", default=env.get("SM_MODEL_DIR"))
    parser.add_argument("--output_data_dir", default=env.get("SM_OUTPUT_DATA_DIR"))
    args = parser.parse_args()
    if args.use_auth_token:
        parser.error("--use_auth_token is not used: push the model from where the token is safe")
    beside = os.path.join(os.path.dirname(args.model_dir), "checkpoints")
    args.output_dir = args.output_dir or beside
    return args


def compute_metrics(prediction):
    predicted = prediction.predictions.argmax(-1)
    return {"accuracy": float((predicted == prediction.label_ids).mean())}


def main():
    args = parse_args()
    train_dataset = load_from_disk(args.training_dir)
    test_dataset = load_from_disk(args.test_dir)
    names = train_dataset.features["label"].names
    print("{} images, {} to test on: {}".format(len(train_dataset), len(test_dataset), names))

    model = ViTForImageClassification.from_pretrained(
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
            num_train_epochs=args.num_train_epochs,
            per_device_train_batch_size=args.per_device_train_batch_size,
            per_device_eval_batch_size=args.per_device_eval_batch_size,
            warmup_steps=args.warmup_steps,
            weight_decay=args.weight_decay,
            learning_rate=args.learning_rate,
            save_strategy="epoch",
            save_total_limit=1,
            logging_strategy="epoch",
            disable_tqdm=True,
            **{evaluation: "epoch"},
        ),
        train_dataset=train_dataset,
        eval_dataset=test_dataset,
        compute_metrics=compute_metrics,
    )
    trainer.train()

    with open(os.path.join(args.output_data_dir, "eval_results.txt"), "w") as results:
        for key, value in sorted(trainer.evaluate().items()):
            print("{} = {}".format(key, value), file=results)
            print("{} = {}".format(key, value), flush=True)
    trainer.save_model(args.model_dir)


if __name__ == "__main__":
    main()
