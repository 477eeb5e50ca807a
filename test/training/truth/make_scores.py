"""Record what seqeval and rouge_score say of random tags and texts, for evaluate.py to agree with.

    pip install seqeval==1.2.2 rouge-score==0.1.2
    python make_scores.py > scores.json
"""

import json
import random
import sys
import warnings

from rouge_score.rouge_scorer import RougeScorer
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

warnings.filterwarnings("ignore")  # of kinds that were never found
rng = random.Random(20261128)
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
WORDS = "the a film was good bad dull plot 2 don't well-made It's U.S.".split()


def tagged():
    actual = [[rng.choice(TAGS) for _ in range(rng.randint(0, 9))] for _ in range(12)]
    # Half of the tags right, so that some entities are.
    predicted = [[tag if rng.random() < 0.7 else rng.choice(TAGS) for tag in row] for row in actual]
    said = classification_report(
        actual, predicted, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
    )
    return {"actual": actual, "predicted": predicted, "report": json.loads(json.dumps(said, default=float))}


def told():
    reference, answer = (" ".join(rng.choices(WORDS, k=rng.randint(0, 12))) for _ in range(2))
    if rng.random() < 0.5:
        answer = " ".join(reference.split()[rng.randint(0, 3) :] + answer.split()[:2])
    scores = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(reference, answer)
    return {
        "reference": reference,
        "answer": answer,
        "scores": {name: score.fmeasure for name, score in scores.items()},
    }


json.dump({"tags": [tagged() for _ in range(30)], "texts": [told() for _ in range(60)]}, sys.stdout)
