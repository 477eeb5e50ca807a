"""What the training tests share: fake checkpoints made of a few bytes, tiny models, subprocesses."""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from tqdm import tqdm

sys.dont_write_bytecode = True
# Its usual lock is shared with forked processes, and one that is killed while it draws keeps it for ever.
tqdm.set_lock(threading.RLock())
tqdm.monitor_interval = 0
TRAINING = Path(__file__).resolve().parents[2] / "training"
sys.path.insert(0, str(TRAINING))

import holdfast_checkpoint as hc  # noqa: E402

# In the order in which the Trainer writes them.
TRAINER_FILES = ("config.json", "model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth")


def trainer_files(world=1):
    """What the Trainer writes before its state; under several processes each has its random state."""
    ranks = [f"rng_state_{rank}.pth" for rank in range(world)] if world > 1 else TRAINER_FILES[-1:]
    return [*TRAINER_FILES[:-1], *ranks]


def fake_checkpoint(directory, step, rng, sealed=True, **manifest):
    """A directory laid out as the Trainer leaves it, with random bytes for weights."""
    path = Path(directory) / f"checkpoint-{step}"
    path.mkdir(parents=True)
    for name in trainer_files(manifest.get("worldSize", 1)):
        (path / name).write_bytes(rng.randbytes(rng.randint(20, 200)))
    (path / "trainer_state.json").write_text(json.dumps({"global_step": step, "log_history": []}))
    if sealed:
        seal(path, step, **manifest)
    return path


def seal(path, step, name=hc.MANIFEST, files=None, **changes):
    manifest = {"version": 1, "step": step, "worldSize": 1, "fingerprint": None, "createdAt": hc._now()}
    hc.seal(str(path), {**manifest, **changes}, hc._files(str(path)) if files is None else files, name)


def contents(path):
    """Every file below `path` with its bytes."""
    path = Path(path)
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}


@contextlib.contextmanager
def events():
    """Collect the `holdfast {...}` lines printed inside the block."""
    collected, out = [], io.StringIO()
    with contextlib.redirect_stdout(out):
        yield collected
    collected.extend(parse_events(out.getvalue()))


def parse_events(text):
    lines = (line for line in text.splitlines() if line.startswith("holdfast {"))
    return [json.loads(line.removeprefix("holdfast ")) for line in lines]


def journal(directory):
    return [json.loads(line) for line in (Path(directory) / hc.JOURNAL).read_text().splitlines()]


def tiny_model(directory):
    """A randomly initialised BERT of two small layers, with its tokenizer."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, set_seed

    directory = Path(directory)
    directory.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"good bad film plot the a was dull fine".split()]
    set_seed(3)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=32,
    )
    BertForSequenceClassification(config).save_pretrained(directory)
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_max_length=32,
    ).save_pretrained(directory)
    return directory


def tiny_dataset(directory, rows, seed, names=("negative", "positive")):
    """Sentences whose label is told by one word, tokenised and unpadded."""
    import random

    from datasets import ClassLabel, Dataset
    from datasets.utils.logging import disable_progress_bar

    disable_progress_bar()
    rng = random.Random(seed)
    labels = [rng.randrange(len(names)) for _ in range(rows)]
    ids = [[2, *rng.choices(range(7, 14), k=rng.randint(2, 8)), 5 + (y % 2), 3] for y in labels]
    data = {"input_ids": ids, "attention_mask": [[1] * len(row) for row in ids], "labels": labels}
    dataset = Dataset.from_dict(data).cast_column("labels", ClassLabel(names=list(names)))
    dataset.save_to_disk(directory)
    return directory


def run(script, *args, env=None, stdin=None, timeout=300):
    """Run one of the scripts as the container does; the result has text stdout and stderr."""
    return subprocess.run(
        [sys.executable, "-B", str(TRAINING / script), *map(str, args)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", **(env or {})},
        input=stdin, capture_output=True, text=True, timeout=timeout,
    )
