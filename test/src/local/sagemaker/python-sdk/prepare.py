"""What the post does before it trains: tokenized datasets, and a `scripts` folder. Nothing is downloaded.

    python prepare.py <reviews.csv> <folder with a tokenizer> <out>
"""

import os
import shutil
import sys

from datasets import load_dataset
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, set_seed

ROWS = 240
TRAINING = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 5, "training")


def main(reviews, tokenizer_folder, out):
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)

    def tokenize(batch):
        return tokenizer(batch["text"], padding="max_length", truncation=True, max_length=32)

    dataset = load_dataset("csv", data_files=reviews, cache_dir=os.path.join(out, "cache"))["train"]
    dataset = dataset.class_encode_column("label").shuffle(seed=7).select(range(ROWS))
    dataset = dataset.map(tokenize, batched=True).rename_column("label", "labels")
    dataset.set_format("torch", columns=["input_ids", "attention_mask", "labels"])
    for name, part in dataset.train_test_split(test_size=0.2, seed=7).items():
        part.save_to_disk(os.path.join(out, name))

    scripts = os.path.join(out, "scripts")
    os.makedirs(scripts)
    for script in ("train.py", "holdfast_checkpoint.py"):
        shutil.copy(os.path.join(TRAINING, script), scripts)
    save_tiny_model(tokenizer, os.path.join(scripts, "tiny-bert"))


def save_tiny_model(tokenizer, folder):
    """Stands for distilbert-base-uncased: the same files, random weights, 1 MB."""
    set_seed(7)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **sizes)
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
