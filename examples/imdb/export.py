"""Write IMDB as the one CSV file that pipeline.yaml reads. Needs the Hugging Face Hub.

    pip install datasets
    python export.py
"""

import os

from datasets import concatenate_datasets, load_dataset

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
os.makedirs(folder, exist_ok=True)

imdb = load_dataset("stanfordnlp/imdb")
rows = concatenate_datasets([imdb["train"], imdb["test"]])
names = rows.features["label"].names  # neg, pos
frame = rows.to_pandas()
frame["label"] = frame["label"].map(lambda number: names[number])
frame[["text", "label"]].to_csv(os.path.join(folder, "imdb.csv"), index=False)
print(f"{len(frame)} rows in {os.path.join(folder, 'imdb.csv')}")
