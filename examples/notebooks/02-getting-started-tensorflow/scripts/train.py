"""Fine-tune a text classifier on IMDB with Keras: notebook 02.

For transformers 4.12 and TensorFlow 2.5: transformers 5 has no TensorFlow models.
"""

import argparse
import os

import tensorflow as tf
from datasets import load_dataset
from transformers import AutoTokenizer, TFAutoModelForSequenceClassification


def parse_args():
    parser = argparse.ArgumentParser()
    # Hyperparameters of pipeline.yaml arrive as flags.
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--train_batch_size", type=int, default=16)
    parser.add_argument("--eval_batch_size", type=int, default=8)
    parser.add_argument("--learning_rate", type=float, default=3e-5)
    parser.add_argument("--max_length", type=int, default=512)
    parser.add_argument("--model_id", type=str, default="distilbert-base-uncased")
    # SageMaker says where things go.
    parser.add_argument("--model_dir", default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--output_data_dir", default=os.environ.get("SM_OUTPUT_DATA_DIR"))
    return parser.parse_args()


def batches(rows, tokenizer, max_length):
    """All rows, padded to one length; the caller shuffles and cuts them."""
    lengths = {"truncation": True, "padding": "max_length", "max_length": max_length}
    tokens = tokenizer(rows["text"], return_tensors="np", **lengths)
    features = {name: tokens[name] for name in ("input_ids", "attention_mask")}
    return tf.data.Dataset.from_tensor_slices((features, rows["label"]))


def main():
    args = parse_args()
    imdb = load_dataset("imdb")
    names = imdb["train"].features["label"].names
    tokenizer = AutoTokenizer.from_pretrained(args.model_id)
    train = batches(imdb["train"], tokenizer, args.max_length)
    test = batches(imdb["test"], tokenizer, args.max_length)

    model = TFAutoModelForSequenceClassification.from_pretrained(
        args.model_id,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
    )
    model.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=args.learning_rate),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[tf.keras.metrics.SparseCategoricalAccuracy()],
    )
    history = model.fit(
        # IMDB lies in order of its labels, so the whole of it is shuffled.
        train.shuffle(len(imdb["train"])).batch(args.train_batch_size),
        validation_data=test.batch(args.eval_batch_size),
        epochs=args.epochs,
        verbose=2,  # A line for each epoch.
    ).history

    with open(os.path.join(args.output_data_dir, "train_results.txt"), "w") as results:
        for key, values in sorted(history.items()):
            results.write("{} = {}\n".format(key, values))
    model.save_pretrained(args.model_dir)
    tokenizer.save_pretrained(args.model_dir)


if __name__ == "__main__":
    main()
