"""Label texts with a trained model: a JSON array of texts on stdin, of {label, score} on stdout.

    echo '["What a film!"]' | python predict.py --model model/
"""

import argparse
import json
import os
import sys


def main():
    parser = argparse.ArgumentParser(description="Label texts with a trained model.")
    parser.add_argument("--model", required=True, help="directory with config.json and safetensors")
    parser.add_argument("--batch_size", "--batch-size", type=int, default=32)
    args = parser.parse_args()
    texts = json.load(sys.stdin)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        sys.exit("stdin must be a JSON array of strings")

    # Libraries may print; only the answer goes to the real stdout.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    print(json.dumps(predict(args.model, texts, args.batch_size)), file=answer, flush=True)


def predict(directory, texts, batch_size):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    if not os.path.isfile(os.path.join(directory, "config.json")):
        sys.exit(f"{directory} has no config.json: it is not a model directory")
    if not any(name.endswith(".safetensors") for name in os.listdir(directory)):
        sys.exit(f"{directory} has no *.safetensors weights; pickled weights are not loaded")
    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(
        directory, local_files_only=True, use_safetensors=True
    )
    model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
    # Some tokenizers know no limit (a huge number stands for it); the model's positions are one.
    limit = min(tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 512))

    answers = []
    for start in range(0, len(texts), batch_size):
        batch = tokenizer(
            texts[start : start + batch_size],
            padding=True, truncation=True, max_length=limit, return_tensors="pt",
        ).to(model.device)
        with torch.inference_mode():
            scores, best = model(**batch).logits.float().softmax(-1).max(-1)
        for score, index in zip(scores.tolist(), best.tolist()):
            answers.append({"label": model.config.id2label[index], "score": score})
    return answers


if __name__ == "__main__":
    main()
