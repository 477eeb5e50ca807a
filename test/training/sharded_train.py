"""One rank of a real Trainer whose model is sharded by FSDP, on CPU.

    sharded_train.py MODEL TRAIN OUTPUT MEETING [--held]

The ranks meet in the file MEETING, which nobody else can take as a port is taken. Of one that is `held`
the last rank never seals its part of the second save: whoever kills it does so in the middle of that.

Accelerate wraps a model in FSDP on accelerators only; that one decision is made for it here. All the
rest, the sharding, the saves of torch.distributed.checkpoint and the resume, is the libraries' own.
"""

import hashlib
import os
import signal
import sys

import support  # noqa: F401 - makes the helper importable
import holdfast_checkpoint
import torch
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedType
from datasets import load_from_disk
from holdfast_checkpoint import DurableCheckpoints, latest_verified
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)

STEPS, SAVE_STEPS = 40, 5


def main():
    model_directory, train, output, meeting, *held = sys.argv[1:]
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=int(os.environ["RANK"]), world_size=int(os.environ["WORLD_SIZE"])
    )
    shard_on_cpu()
    if held:
        hold_in_a_save()
    set_seed(7)
    arguments = TrainingArguments(
        output, max_steps=STEPS, save_steps=SAVE_STEPS, logging_steps=SAVE_STEPS, learning_rate=1e-3,
        per_device_train_batch_size=4, seed=7, use_cpu=True, report_to=[], disable_tqdm=True, fsdp=True,
        fsdp_config={
            "version": 2,
            "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
            "transformer_layer_cls_to_wrap": ["BertLayer"],
            "state_dict_type": "SHARDED_STATE_DICT",
        },
    )
    trainer = Trainer(
        model=AutoModelForSequenceClassification.from_pretrained(model_directory),
        args=arguments,
        train_dataset=load_from_disk(train),
        data_collator=DataCollatorWithPadding(AutoTokenizer.from_pretrained(model_directory)),
    )
    trainer.add_callback(DurableCheckpoints(output))
    trainer.train(resume_from_checkpoint=latest_verified(output))
    print("wrapped by", type(trainer.model_wrapped).__name__)
    digest = hashlib.sha256()
    for name, tensor in sorted(trainer.model_wrapped.state_dict().items()):
        # Every rank gives its part.
        digest.update(name.encode() + tensor.full_tensor().numpy().tobytes())
    if trainer.is_world_process_zero():
        print("weights", digest.hexdigest(), flush=True)


def hold_in_a_save():
    original = holdfast_checkpoint.seal

    def seal(path, manifest, files, name):
        if (manifest["step"], manifest["rank"]) == (2 * SAVE_STEPS, manifest["worldSize"] - 1):
            signal.pause()
        original(path, manifest, files, name)

    holdfast_checkpoint.seal = seal


def shard_on_cpu():
    original = AcceleratorState.__init__

    def with_fsdp(self, *args, fsdp_plugin=None, **more):
        original(self, *args, fsdp_plugin=fsdp_plugin, **more)
        if fsdp_plugin is not None:
            self.distributed_type = DistributedType.FSDP
            self.fsdp_plugin = fsdp_plugin

    AcceleratorState.__init__ = with_fsdp


if __name__ == "__main__":
    main()
