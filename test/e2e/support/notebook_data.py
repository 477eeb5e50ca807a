"""What the notebooks prepare before they train, tiny and made up: datasets on disk, models with random weights.

    python notebook_data.py <folder>

Writes text/{train,test}, images/{train,test}, and the models bert and vit. Nothing is downloaded.
"""

import os
import sys

import numpy as np
from datasets import Array3D, ClassLabel, Dataset, Features
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast
from transformers import ViTConfig, ViTForImageClassification, set_seed

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "film", "good", "fine", "bad", "dull", "the", "was"]
ROWS = {"train": 96, "test": 24}
SIDE = 8


def write_texts(folder, tokenizer):
    random = np.random.default_rng(7)
    praise, blame = (["good", "fine"], ["bad", "dull"])
    for name, rows in ROWS.items():
        labels = [row % 2 for row in range(rows)]
        texts = ["the film was a {} film".format(random.choice(praise if label else blame)) for label in labels]
        dataset = Dataset.from_dict({"text": texts, "labels": labels})
        dataset = dataset.cast_column("labels", ClassLabel(names=["neg", "pos"]))
        tokenize = lambda batch: tokenizer(batch["text"], padding="max_length", max_length=16)  # noqa: E731
        dataset = dataset.map(tokenize, batched=True)
        dataset.set_format("torch", columns=["input_ids", "attention_mask", "labels"])
        dataset.save_to_disk(os.path.join(folder, "text", name))


def write_images(folder):
    """Bright and dark squares, already as pixel values."""
    random = np.random.default_rng(7)
    features = Features(
        {"pixel_values": Array3D(dtype="float32", shape=(3, SIDE, SIDE)), "label": ClassLabel(names=["dark", "bright"])}
    )
    for name, rows in ROWS.items():
        labels = [row % 2 for row in range(rows)]
        pixels = [random.normal(2 * label - 1, 0.3, (3, SIDE, SIDE)).astype("float32") for label in labels]
        dataset = Dataset.from_dict({"pixel_values": pixels, "label": labels}, features=features)
        dataset.set_format("torch", columns=["pixel_values", "label"])
        dataset.save_to_disk(os.path.join(folder, "images", name))


def main(folder):
    set_seed(7)
    os.makedirs(folder, exist_ok=True)
    vocabulary = os.path.join(folder, "vocab.txt")
    with open(vocabulary, "w", encoding="utf-8") as file:
        file.write("\n".join(WORDS))
    tokenizer = BertTokenizerFast(vocab_file=vocabulary, vocab=vocabulary)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    # Far larger than usual, so that they learn in a few steps.
    sizes["initializer_range"] = 0.2
    bert = BertConfig(vocab_size=len(WORDS), max_position_embeddings=32, **sizes)
    BertForSequenceClassification(bert).save_pretrained(os.path.join(folder, "bert"))
    tokenizer.save_pretrained(os.path.join(folder, "bert"))
    vit = ViTConfig(image_size=SIDE, patch_size=4, num_channels=3, **sizes)
    ViTForImageClassification(vit).save_pretrained(os.path.join(folder, "vit"))
    write_texts(folder, tokenizer)
    write_images(folder)


if __name__ == "__main__":
    main(sys.argv[1])
