"""What serves a model that brings no code of its own: a pipeline of transformers."""

import json
import os

# By the end of an architecture's name, as the inference toolkit reads config.json.
TASKS = (
    ("TapasForQuestionAnswering", "table-question-answering"),
    ("ForQuestionAnswering", "question-answering"),
    ("ForTokenClassification", "token-classification"),
    ("ForSequenceClassification", "text-classification"),
    ("ForMultipleChoice", "multiple-choice"),
    ("ForMaskedLM", "fill-mask"),
    ("ForCausalLM", "text-generation"),
    ("LMHeadModel", "text-generation"),
    ("ForConditionalGeneration", "text2text-generation"),
    ("MTModel", "text2text-generation"),
    ("EncoderDecoderModel", "text2text-generation"),
    ("ForImageClassification", "image-classification"),
    ("ForAudioClassification", "audio-classification"),
    ("ForCTC", "automatic-speech-recognition"),
)

# Stay out of a download: weights of other frameworks than the one that serves.
OTHER_WEIGHTS = ["*.h5", "*.msgpack", "*.ot", "*.onnx", "*.tflite", "*.mlmodel", "tf_model*", "flax_model*"]


def download(model_dir):
    """The model that HF_MODEL_ID names, from the Hub (or from HF_ENDPOINT) into the model's folder."""
    name = os.environ["HF_MODEL_ID"]
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(
            name,
            revision=os.environ.get("HF_MODEL_REVISION") or None,
            token=os.environ.get("HF_API_TOKEN") or os.environ.get("HF_TOKEN") or None,
            local_dir=model_dir,
            ignore_patterns=OTHER_WEIGHTS,
        )
    except Exception as error:
        hub = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
        raise RuntimeError(f"HF_MODEL_ID {name} cannot be had from {hub}: {first_line(error)}") from error


def load(model_dir):
    task = os.environ.get("HF_TASK") or infer_task(model_dir)
    from transformers import pipeline
    from transformers.pipelines import PIPELINE_REGISTRY

    if task not in PIPELINE_REGISTRY.get_supported_tasks():
        import older_tasks

        return older_tasks.load(task, model_dir)
    trust = os.environ.get("HF_TRUST_REMOTE_CODE", "").lower() in ("1", "true", "yes", "on")
    return pipeline(task=task, model=model_dir, device=device(), trust_remote_code=trust)


def predict(data, model):
    if not isinstance(data, dict):
        return model(data)
    inputs = data.pop("inputs", data)
    parameters = data.pop("parameters", None) or {}
    return model(inputs, **parameters)


def infer_task(model_dir):
    path = os.path.join(model_dir, "config.json")
    if not os.path.isfile(path):
        raise ValueError(
            "the model has neither code/inference.py with model_fn nor config.json: set HF_TASK, or HF_MODEL_ID"
        )
    with open(path, encoding="utf-8") as file:
        architectures = json.load(file).get("architectures") or ["no architecture"]
    for end, task in TASKS:
        if architectures[0].endswith(end):
            return task
    raise ValueError(f"no task is known for the architecture {architectures[0]}: set HF_TASK")


def device():
    import torch

    return 0 if torch.cuda.is_available() else -1


def first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
