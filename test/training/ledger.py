"""Judges an interrupted training by its ledger: was each resume from the newest whole checkpoint?

    python3 ledger.py ledger.ndjson     prints {"lives": [{"chosen": 8, "expected": 8}, ...], "weights": "..."}

Shares no code with the checkpoint helper. Whole is a checkpoint whose files are byte for byte as the
Trainer left them at some save of that step, and whose manifest, written after them, says the same.
"""

import json
import sys


def judge(path):
    written, lives, weights = {}, [], None
    with open(path, encoding="utf-8") as ledger:
        for line in ledger:
            entry = json.loads(line)
            if entry["event"] == "written":
                written.setdefault(entry["step"], []).append(entry["files"])
            elif entry["event"] == "found":
                found = entry["checkpoints"]
                whole = [s for s, saves in written.items() if is_whole(found.get(f"checkpoint-{s}"), saves)]
                lives.append({"expected": max(whole, default=0), "chosen": None})
            elif entry["event"] == "chosen":
                lives[-1]["chosen"] = entry["step"]
            elif entry["event"] == "finished":
                weights = entry["weights"]
    return {"lives": lives, "weights": weights}


def is_whole(found, saves):
    if found is None or found["manifest"] not in saves:
        return False
    return found["manifest"].items() <= found["files"].items()


if __name__ == "__main__":
    print(json.dumps(judge(sys.argv[1])))
