"""Fine-tune a text classifier on IMDB, on many GPUs: notebook 07.

For transformers 4.6 and TensorFlow 2.4. SageMaker's data parallel library starts a process for each
GPU and adds up their gradients; it is in the training image only.
"""

import argparse
import os

import smdistributed.dataparallel.tensorflow as sdp
import tensorflow as tf
from datasets import load_dataset
from transformers import AutoTokenizer, TFAutoModelForSequenceClassification


def parse_args():
    parser = argparse.ArgumentParser()
    # Hyperparameters of pipeline.yaml arrive as flags.
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--train_batch_size", type=int, default=16)
    parser.add_argument("--eval_batch_size", type=int, default=8)
    parser.add_argument("--learning_rate", type=float, default=5e-5)
    parser.add_argument("--max_length", type=int, default=512)
    parser.add_argument("--model_name", type=str, default="distilbert-base-uncased")
    # SageMaker says where things go.
    parser.add_argument("--model_dir", default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--output_data_dir", default=os.environ.get("SM_OUTPUT_DATA_DIR"))
    return parser.parse_args()


def use_own_gpu():
    gpus = tf.config.experimental.list_physical_devices("GPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    if gpus:
        tf.config.experimental.set_visible_devices(gpus[sdp.local_rank()], "GPU")


def batches(rows, tokenizer, max_length):
    """All rows, padded to one length; the caller shuffles and cuts them."""
    lengths = {"truncation": True, "padding": "max_length", "max_length": max_length}
    tokens = tokenizer(rows["text"], return_tensors="np", **lengths)
    features = {name: tokens[name] for name in ("input_ids", "attention_mask")}
    return tf.data.Dataset.from_tensor_slices((features, rows["label"]))


def train_step(model, optimizer, loss, features, labels):
    with tf.GradientTape() as tape:
        value = loss(labels, model(features, training=True).logits)
    tape = sdp.DistributedGradientTape(tape, sparse_as_dense=True)
    gradients = tape.gradient(value, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return value


def main():
    args = parse_args()
    sdp.init()
    use_own_gpu()
    imdb = load_dataset("imdb")
    names = imdb["train"].features["label"].names
    tokenizer = AutoTokenizer.from_pretrained(args.model_name)
    # Shuffled alike everywhere before each process takes its share; whole batches only, so that all
    # processes have the same number of steps.
    train = batches(imdb["train"].shuffle(seed=7), tokenizer, args.max_length)
    train = train.shard(sdp.size(), sdp.rank()).batch(args.train_batch_size, drop_remainder=True)

    model = TFAutoModelForSequenceClassification.from_pretrained(
        args.model_name,
        num_labels=len(names),
        id2label=dict(enumerate(names)),
        label2id={name: number for number, name in enumerate(names)},
    )
    optimizer = tf.keras.optimizers.Adam(learning_rate=args.learning_rate)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    step = 0
    for _ in range(args.epochs):
        for features, labels in train:
            value = train_step(model, optimizer, loss, features, labels)
            if step == 0:
                # The optimizer has variables only after its first step.
                sdp.broadcast_variables(model.variables, root_rank=0)
                sdp.broadcast_variables(optimizer.variables(), root_rank=0)
            if step % 50 == 0 and sdp.rank() == 0:
                print("step {}: loss = {:.4f}".format(step, float(value)), flush=True)
            step += 1

    if sdp.rank() != 0:
        return
    model.compile(loss=loss, metrics=[tf.keras.metrics.SparseCategoricalAccuracy()])
    test = batches(imdb["test"], tokenizer, args.max_length).batch(args.eval_batch_size)
    scores = model.evaluate(test, return_dict=True, verbose=2)
    with open(os.path.join(args.output_data_dir, "eval_results.txt"), "w") as results:
        for key, value in sorted(scores.items()):
            results.write("{} = {}\n".format(key, value))
    model.save_pretrained(args.model_dir)
    tokenizer.save_pretrained(args.model_dir)


if __name__ == "__main__":
    main()
