"""Checkpoints that can be trusted after a spot interruption. One file, standard library only.

Two lines make any Hugging Face Trainer durable:

    trainer.add_callback(DurableCheckpoints(args.output_dir))
    trainer.train(resume_from_checkpoint=latest_verified(args.output_dir))

The Trainer writes a checkpoint file by file, and SageMaker copies it to S3 file by file, in no
promised order. An instance taken back in the middle leaves directories that look whole and are not.
So each checkpoint gets a manifest of sizes and hashes, written after everything else, and only a
directory that agrees with its manifest is ever resumed. The rest is moved out of the way.

Every event is a line `holdfast {"event": ...}` on stdout; all but metrics and signs of life are also
kept in `holdfast-journal.ndjson` beside the checkpoints.
"""

import fnmatch
import hashlib
import json
import math
import os
import re
import shutil
import sys
import time
from datetime import datetime, timezone

MANIFEST = "holdfast-manifest.json"
RANK_MANIFEST = "holdfast-manifest.rank-{}.json"
JOURNAL = "holdfast-journal.ndjson"
PROGRESS = "holdfast-progress.json"

# What a Trainer needs to go on as if nothing had happened. It does not complain when the optimizer,
# the schedule or the random state is missing: it quietly starts them anew. So we do.
WEIGHTS = ("*.safetensors", "pytorch_model*", "adapter_model*", "global_step*/*")
RESUMABLE = {
    "optimizer": ("optimizer*", "global_step*/*"),
    "scheduler": ("scheduler.pt", "global_step*/*"),
    "random state": ("rng_state*.pth",),
}

# Seconds between two signs of life of a training. They come from its loop and not from a thread: a
# training that hangs must fall silent, or nobody can tell.
ALIVE_EVERY = 10


class CheckpointMismatch(ValueError):
    """A sound checkpoint, saved by another configuration than the one that would resume it."""


class NonFiniteLoss(ArithmeticError):
    """The loss became NaN or infinite: every further step would be wasted money."""


# -----------------------------------------------------------------------------
# Choosing what to resume


def latest_verified(directory, fingerprint=None, allow_reshape=False):
    """Return the path of the newest whole checkpoint in `directory`, or None to start afresh.

    Damaged checkpoints are moved to $SM_OUTPUT_DATA_DIR/quarantine, outside the prefix that
    SageMaker syncs, and the next older one is tried. `fingerprint` is the dict given to
    DurableCheckpoints: a checkpoint saved with another one is refused, unless `allow_reshape`.
    """
    os.makedirs(directory, exist_ok=True)
    leader = _env_int("LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK") == 0
    chief = _env_int("RANK", "OMPI_COMM_WORLD_RANK") == 0
    reached = _reached(directory)

    def newest_whole(limit):
        for step, path in reversed(_checkpoints(directory)):
            if step > limit:
                continue
            manifest, fault = verify(path)
            if fault is None:
                _refuse_mismatch(path, manifest, fingerprint, allow_reshape)
                return step, path
            if leader:  # one process of each host tidies up; the others come to the same conclusion
                _quarantine(directory, path)
                if chief:
                    name = os.path.basename(path)
                    _record(directory, "quarantined", checkpoint=name, reason=fault)
        return None

    chosen = newest_whole(math.inf)
    # Each host has a copy of its own, and one of them may be damaged: all ranks take the same step.
    while len(set(steps := _of_all_ranks(chosen[0] if chosen else 0))) > 1:
        chosen = newest_whole(min(steps))

    if leader:
        _order_mtimes(directory)
    if chief:
        step = chosen[0] if chosen else 0
        reached = max(reached, step)
        lost = {"reached": reached, "lost": reached - step} if reached else {}
        if chosen:
            _record(directory, "resumed", step=step, checkpoint=os.path.basename(chosen[1]), **lost)
        else:
            _record(directory, "started", step=0, **lost)
        _write_progress(directory, step)
    return chosen[1] if chosen else None


def verify(path):
    """Check a checkpoint against its manifest: return (manifest, None) or (None, fault)."""
    try:
        manifest = _read_manifest(path)
        for name, expected in manifest["files"].items():
            file = os.path.join(path, name)
            if os.path.isabs(name) or ".." in name.split("/"):
                raise ValueError(f"{name!r} lies outside the checkpoint")
            if not os.path.isfile(file):
                raise ValueError(f"{name} is missing")
            if os.path.getsize(file) != expected["size"]:
                raise ValueError(f"{name} has {os.path.getsize(file)} of {expected['size']} bytes")
        _require_everything(manifest)
        for name, expected in manifest["files"].items():  # hashes last: sizes are free
            if _sha256(os.path.join(path, name)) != expected["sha256"]:
                raise ValueError(f"{name} differs from its sha256")
        with open(os.path.join(path, "trainer_state.json"), encoding="utf-8") as file:
            step = json.load(file)["global_step"]
        if not step == manifest["step"] == _step(path):
            raise ValueError(f"it holds step {step}, its manifest says {manifest['step']}")
        return manifest, None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        kind = "" if type(fault) is ValueError else f"{type(fault).__name__}: "
        return None, f"{kind}{fault}"


def _read_manifest(path):
    """The manifest; for a sharded checkpoint, the union of all ranks' manifests."""
    names = [n for n in os.listdir(path) if fnmatch.fnmatch(n, RANK_MANIFEST.format("*"))]
    if os.path.exists(os.path.join(path, MANIFEST)):
        names = [MANIFEST]
    if not names:
        raise ValueError("it has no manifest: the save did not finish")
    parts = []
    for name in names:
        with open(os.path.join(path, name), encoding="utf-8") as file:
            part = json.load(file)
        if part.pop("seal") != _digest(part):
            raise ValueError(f"{name} is damaged")
        parts.append(part)
    whole = parts[0]
    if names != [MANIFEST]:
        world = whole["worldSize"]
        ranks = {part["rank"] for part in parts if part["worldSize"] == world}
        if ranks != set(range(world)) or len(parts) != world:
            raise ValueError(f"it has the manifests of {len(parts)} of {world} ranks")
        if len({p["step"] for p in parts}) != 1:
            raise ValueError("its ranks saved different steps")
        whole = {**whole, "files": {n: f for p in parts for n, f in p["files"].items()}}
    if whole["version"] != 1:
        raise ValueError(f"manifest version {whole['version']} is unknown")
    return whole


def _require_everything(manifest):
    required = {"weights": WEIGHTS, "trainer state": ("trainer_state.json",)}
    if not manifest.get("saveOnlyModel"):
        required.update(RESUMABLE)
    for what, patterns in required.items():
        if not any(fnmatch.fnmatch(file, p) for file in manifest["files"] for p in patterns):
            raise ValueError(f"it has no {what}")
    world = manifest["worldSize"]
    if world > 1 and not manifest.get("saveOnlyModel"):  # each rank has random numbers of its own
        for rank in range(world):
            if not f"rng_state_{rank}.pth" in manifest["files"]:
                raise ValueError(f"it has no random state of rank {rank}")


def _refuse_mismatch(path, manifest, fingerprint, allow_reshape):
    if allow_reshape:
        return
    ours = {"worldSize": _env_int("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", default=1)}
    theirs = {"worldSize": manifest["worldSize"]}
    if fingerprint is not None and manifest.get("fingerprint") is not None:
        ours.update(json.loads(json.dumps(fingerprint)))
        theirs.update(manifest["fingerprint"])
    changed = [k for k in sorted(ours.keys() | theirs.keys()) if ours.get(k) != theirs.get(k)]
    if changed:
        detail = "; ".join(f"{k} was {theirs.get(k)!r} and is {ours.get(k)!r}" for k in changed)
        raise CheckpointMismatch(
            f"{path} was saved by another configuration: {detail}. Start with an empty checkpoint "
            "directory, go back to the former configuration, or pass allow_reshape=True."
        )


def _quarantine(directory, path):
    """Move a damaged checkpoint to where SageMaker's sync does not look."""
    outputs = os.environ.get("SM_OUTPUT_DATA_DIR") or os.path.dirname(os.path.abspath(directory))
    shelf = os.path.join(outputs, "quarantine")
    name, taken = os.path.basename(path), 1
    while os.path.exists(target := os.path.join(shelf, name if taken == 1 else f"{name}.{taken}")):
        taken += 1
    try:
        os.makedirs(shelf, exist_ok=True)
        shutil.move(path, target)
    except OSError:  # a full disk must not keep the training from going on
        shutil.rmtree(path, ignore_errors=True)


def _order_mtimes(directory):
    """Restored files have arbitrary times; a tool that sorts by time should still sort by step."""
    checkpoints = _checkpoints(directory)
    now = time.time()
    for age, (_, path) in enumerate(reversed(checkpoints)):
        os.utime(path, (now - 2 * age, now - 2 * age))


# -----------------------------------------------------------------------------
# Saving


class DurableCheckpoints:
    """Trainer callback: seals each checkpoint with a manifest, rotates old ones, reports progress.

    `keep` newest verified checkpoints stay, and the best one. An older one is deleted only once a
    kept one is `sync_margin` seconds old, so that S3 never holds less than a whole checkpoint.
    `fingerprint` is a dict of whatever must not change between a save and its resume.
    """

    def __init__(self, directory, keep=3, sync_margin=60, fingerprint=None):
        if keep < 3:
            raise ValueError("keep must be at least 3: the newest may be torn, the next half in S3")
        self.directory = os.path.abspath(directory)
        self.keep = keep
        self.sync_margin = sync_margin
        self.fingerprint = fingerprint
        self.verified = set()  # steps that this process saved or resumed from
        self.saving_since = self.progress_at = time.monotonic()
        self.alive_at = -math.inf

    def __getattr__(self, name):
        # A Trainer calls every on_* event; to inherit them would need transformers installed.
        if name.startswith("on_"):
            return lambda args, state, control, **_: control
        raise AttributeError(name)

    def on_train_begin(self, args, state, control, **_):
        if args.save_total_limit is not None and args.save_total_limit < 2:
            raise ValueError(
                f"save_total_limit={args.save_total_limit} leaves nothing to fall back on when the "
                "newest checkpoint is torn. Leave it unset: DurableCheckpoints rotates by itself."
            )
        if os.path.realpath(args.output_dir) != os.path.realpath(self.directory):
            raise ValueError(
                f"the Trainer saves to {args.output_dir}, DurableCheckpoints watches "
                f"{self.directory}: give both the same directory."
            )
        self.keep = max(self.keep, args.save_total_limit or 0)
        args.save_total_limit = None  # the Trainer's own rotation goes by file times
        args.logging_nan_inf_filter = False  # it would show the last good loss in place of NaN
        self.verified = {state.global_step} - {0}
        if state.is_world_process_zero:
            for warning in _forebodings(args):
                _say("warning", message=warning)
        self._show_life(state)

    def _show_life(self, state):
        now = time.monotonic()
        if state.is_world_process_zero and now - self.alive_at >= ALIVE_EVERY:
            _say("alive", step=state.global_step, at=_now())
            self.alive_at = now

    def on_substep_end(self, args, state, control, **_):  # of gradient accumulation
        self._show_life(state)

    def on_prediction_step(self, args, state, control, **_):  # an evaluation can take its time
        self._show_life(state)

    def on_step_end(self, args, state, control, **_):
        self._show_life(state)
        now = time.monotonic()
        if state.is_world_process_zero and now - self.progress_at >= 1:
            _write_progress(self.directory, state.global_step)
            self.progress_at = now
        return self._log_before_save(control)

    def on_epoch_end(self, args, state, control, **_):
        return self._log_before_save(control)

    def _log_before_save(self, control):
        if control.should_save:  # look at the loss first: a NaN must not become a checkpoint
            control.should_log = True
            self.saving_since = time.monotonic()
        return control

    def on_evaluate(self, args, state, control, **_):
        self.saving_since = time.monotonic()

    def on_log(self, args, state, control, logs=None, **_):
        numbers = {k: float(v) for k, v in (logs or {}).items() if isinstance(v, (int, float))}
        finite = {k: v if math.isfinite(v) else None for k, v in numbers.items()}
        if state.is_world_process_zero:
            _say("metrics", step=state.global_step, **finite)
        for name in ("loss", "eval_loss"):
            if name in finite and finite[name] is None:
                value, step = str(numbers[name]), state.global_step
                if state.is_world_process_zero:
                    _record(self.directory, "nan", step=step, metric=name, value=value)
                raise NonFiniteLoss(
                    f"{name} is {value} at step {step}; training stops. Lower the learning rate, "
                    "add warm-up steps or look for bad rows."
                )

    def on_save(self, args, state, control, **_):
        step = state.global_step
        path = os.path.join(self.directory, f"checkpoint-{step}")
        if args.local_process_index == 0 and os.path.isdir(path):
            _unseal(path)  # of a former life that had come this far, perhaps with other ranks
        _barrier()  # every rank has written its part
        manifest = {
            "version": 1,
            "step": step,
            "worldSize": args.world_size,
            "fingerprint": self.fingerprint,
            "saveOnlyModel": bool(getattr(args, "save_only_model", False)),
            "createdAt": _now(),
        }
        if _sharded(args):  # the ranks of a host share the work of hashing its files
            here = args.world_size // _hosts(args)
            files = _files(path)[args.local_process_index :: here]
            name = RANK_MANIFEST.format(args.process_index)
            seal(path, {**manifest, "rank": args.process_index}, files, name)
            _barrier()
        elif state.is_world_process_zero:
            seal(path, manifest, _files(path), MANIFEST)
        self.verified.add(step)
        if state.is_world_process_zero:
            seconds = round(time.monotonic() - self.saving_since, 3)
            _record(self.directory, "saved", step=step, seconds=seconds)
            _write_progress(self.directory, step)
        if args.local_process_index == 0:
            self._rotate(state)
        self._show_life(state)

    def _rotate(self, state):
        kept, synced = 0, False
        best = getattr(state, "best_model_checkpoint", None)
        for step, path in reversed(_checkpoints(self.directory)):
            if kept >= self.keep and synced and step < max(self.verified):
                if not best or os.path.basename(path) != os.path.basename(best):
                    _unseal(path)
                    shutil.rmtree(path, ignore_errors=True)
            elif step in self.verified:
                kept += 1
                synced = synced or _age(path) >= self.sync_margin

    def on_train_end(self, args, state, control, **_):
        if state.is_world_process_zero:
            _write_progress(self.directory, state.global_step)
            _record(self.directory, "finished", step=state.global_step)


def _forebodings(args):
    """What will go wrong at the first interruption, said while it is cheap to mend."""
    strategy = getattr(args, "save_strategy", "steps")
    if str(getattr(strategy, "value", strategy)) == "no":
        yield 'save_strategy is "no": nothing is saved, so an interruption starts from step 0'
    if getattr(args, "save_only_model", False):
        yield "save_only_model: a resumed training begins with a new optimizer and schedule"
    # transformers refuses torch.load, and so to resume an optimizer, below 2.6 (CVE-2025-32434).
    strict = hasattr(sys.modules.get("transformers.utils.import_utils"), "check_torch_load_is_safe")
    version = getattr(sys.modules.get("torch"), "__version__", "")
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if strict and numbers and tuple(map(int, numbers.groups())) < (2, 6):
        yield f"this transformers resumes with torch 2.6 or newer only, and torch is {version}"


def seal(path, manifest, files, name):
    """Hash `files` and write the manifest, in one piece: before it, the save did not happen."""
    entries = {}
    for file in files:
        full = os.path.join(path, file)
        entries[file] = {"size": os.path.getsize(full), "sha256": _sha256(full)}
    manifest = {**manifest, "files": entries}
    # The manifest vouches for the files, its own `seal` for the manifest.
    sealed = {**manifest, "seal": _digest(manifest)}
    _write_atomically(os.path.join(path, name), sealed, durable=True)


def _digest(manifest):
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _unseal(path):
    """Take the manifests away first: a deletion cut short must not look like a checkpoint."""
    for name in os.listdir(path):
        if fnmatch.fnmatch(name, "holdfast-manifest*"):
            os.unlink(os.path.join(path, name))


def _age(path):
    """Seconds since the checkpoint was sealed; a host may have its own ranks' manifests only."""
    try:
        names = [n for n in os.listdir(path) if fnmatch.fnmatch(n, "holdfast-manifest*.json")]
        with open(os.path.join(path, min(names)), encoding="utf-8") as file:
            created = json.load(file)["createdAt"].replace("Z", "+00:00")
        return time.time() - datetime.fromisoformat(created).timestamp()
    except (OSError, ValueError, KeyError):
        return 0


def _now():
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return now.replace("+00:00", "Z")


def _process_group():
    """torch.distributed, if the processes have met; never imported by us."""
    distributed = sys.modules.get("torch.distributed")
    met = distributed and distributed.is_available() and distributed.is_initialized()
    return distributed if met else None


def _barrier():
    if group := _process_group():
        group.barrier()


def _of_all_ranks(value):
    """The value that each rank has, in the order of ranks."""
    group = _process_group()
    if not group:
        return [value]
    values = [None] * group.get_world_size()
    group.all_gather_object(values, value)
    return values


def _sharded(args):
    """Whether no single process sees the whole checkpoint."""
    split = getattr(args, "fsdp", None) or getattr(args, "deepspeed", None) or _hosts(args) > 1
    return args.world_size > 1 and bool(split)


def _hosts(args):
    local = _env_int("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", default=args.world_size)
    return max(1, args.world_size // max(1, local))


# -----------------------------------------------------------------------------
# Journal, progress, files


def _say(event, **details):
    print("holdfast " + json.dumps({"event": event, **details}, allow_nan=False), flush=True)


def _record(directory, event, **details):
    """Tell stdout and the journal."""
    _say(event, **details)
    path = os.path.join(directory, JOURNAL)
    entry = {"event": event, **details, "time": round(time.time(), 3)}
    line = json.dumps(entry, allow_nan=False) + "\n"
    with open(path, "a+b") as journal:
        end = journal.seek(0, os.SEEK_END)
        if end:
            journal.seek(end - 1)
            if journal.read(1) != b"\n":  # the last line was torn by an interruption
                line = "\n" + line
        journal.write(line.encode())
        journal.flush()
        os.fsync(journal.fileno())


def _write_progress(directory, step):
    progress = {"step": step, "time": round(time.time(), 3)}
    _write_atomically(os.path.join(directory, PROGRESS), progress)


def _reached(directory):
    """The last step that the former life of this training is known to have made."""
    reached, since = 0, 0
    try:
        with open(os.path.join(directory, JOURNAL), encoding="utf-8", errors="replace") as journal:
            for line in journal:
                event = _json_object(line)
                if event.get("event") in ("started", "resumed"):
                    reached, since = _number(event, "step"), _number(event, "time")
                elif event.get("event") in ("saved", "nan", "finished"):
                    reached = max(reached, _number(event, "step"))
    except OSError:
        pass
    try:
        with open(os.path.join(directory, PROGRESS), encoding="utf-8", errors="replace") as file:
            progress = _json_object(file.read())
    except OSError:
        return reached
    current = _number(progress, "time") >= since
    return max(reached, _number(progress, "step")) if current else reached


def _json_object(text):
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _number(event, key):
    return event[key] if isinstance(event.get(key), (int, float)) else 0


def _step(path):
    match = re.fullmatch(r"checkpoint-(\d+)", os.path.basename(path))
    return int(match.group(1)) if match else None


def _checkpoints(directory):
    """[(step, path)] in ascending order of step."""
    entries = (entry.path for entry in os.scandir(directory) if entry.is_dir(follow_symlinks=False))
    return sorted((_step(path), path) for path in entries if _step(path) is not None)


def _files(path):
    """Relative paths of all files of a checkpoint, sorted, without the manifests."""
    found = []
    for folder, _, names in os.walk(path):
        for name in names:
            if not name.startswith("holdfast-manifest"):
                found.append(os.path.relpath(os.path.join(folder, name), path).replace(os.sep, "/"))
    return sorted(found)


def _sha256(path):
    with open(path, "rb") as file:
        if hasattr(hashlib, "file_digest"):  # Python 3.11
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()


def _write_atomically(path, value, durable=False):
    temporary = f"{path}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(value, file, allow_nan=False)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    os.replace(temporary, path)
    if durable:
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _env_int(*names, default=0):
    for name in names:
        if os.environ.get(name, "").isdigit():
            return int(os.environ[name])
    return default
