"""make <archive> <texts>: a tiny classifier as a model.tar.gz, and what transformers itself says of texts."""

import json
import sys
import tarfile
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "what", "is", "the", "?", "."]
_, _, archive, texts = sys.argv

with tempfile.TemporaryDirectory() as folder:
    saved, opened = Path(folder, "saved"), Path(folder, "opened")
    torch.manual_seed(7)
    vocabulary = Path(folder, "vocab.txt")
    vocabulary.write_text("\n".join(WORDS))
    BertTokenizerFast(vocab_file=str(vocabulary), vocab=str(vocabulary)).save_pretrained(saved)
    BertForSequenceClassification(
        BertConfig(
            vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=32, initializer_range=1.0,
            id2label={0: "NEGATIVE", 1: "POSITIVE"},
        )
    ).save_pretrained(saved)
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(saved, arcname=".")
    # From the archive, as whoever gets it would: not from the objects in memory.
    with tarfile.open(archive) as tar:
        tar.extractall(opened, filter="data")
    tokenizer = AutoTokenizer.from_pretrained(opened)
    model = AutoModelForSequenceClassification.from_pretrained(opened).eval()
    answers = []
    for text in json.loads(texts):
        with torch.inference_mode():
            scores = model(**tokenizer(text, return_tensors="pt")).logits.softmax(-1)[0]
        best = int(scores.argmax())
        answers.append({"label": model.config.id2label[best], "score": float(scores[best])})
    print(json.dumps(answers))
