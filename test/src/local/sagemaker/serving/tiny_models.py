"""Writes tiny models with random weights below the folder that is given: a classifier, a reader, a writer.

The last two are asked here, by the functions that serve a model without code of its own: torch takes
seconds to import, and has been by now.
"""

import json
import os
import sys

import torch
from transformers import (
    BertConfig,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "film", "what", "is", "the", "?", "."]

root = sys.argv[1]
torch.manual_seed(7)
vocabulary = os.path.join(root, "vocab.txt")
with open(vocabulary, "w", encoding="utf-8") as file:
    file.write("\n".join(WORDS))
tokenizer = BertTokenizerFast(vocab_file=vocabulary, vocab=vocabulary)
size = {
    "vocab_size": len(WORDS),
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 32,
}
writer = T5Config(
    vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0
)
models = {
    "classifier": BertForSequenceClassification(BertConfig(**size, id2label={0: "NEGATIVE", 1: "POSITIVE"})),
    "reader": BertForQuestionAnswering(BertConfig(**size)),
    "writer": T5ForConditionalGeneration(writer),
}
for name, model in models.items():
    model.save_pretrained(os.path.join(root, name))
    tokenizer.save_pretrained(os.path.join(root, name))

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../../../src/local/python/serving"))
from handler import Handler  # noqa: E402


def ask(name, task, body):
    os.environ["HF_TASK"] = task
    answer, _ = Handler(os.path.join(root, name)).answer(json.dumps(body).encode("utf-8"), "application/json", None)
    return json.loads(answer)


def refusal(task):
    try:
        return ask("reader", task, {})
    except ValueError as error:
        return str(error)


context = "the film is good ."
report = {
    "context": context,
    "answered": ask("reader", "question-answering", {"inputs": {"question": "what is ?", "context": context}}),
    "written": ask("writer", "summarization", {"inputs": context, "parameters": {"max_new_tokens": 3}}),
    "unknown": refusal("nonsense"),
}
print(json.dumps(report))
