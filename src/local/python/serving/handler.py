"""The functions that answer a request: the model's own inference.py where it has them, else a pipeline."""

import importlib.util
import inspect
import os
import sys

import content
import hugging_face

NAMES = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")


class Context:
    """What a function may take as its last argument."""

    def __init__(self, model_dir):
        self.system_properties = {"model_dir": model_dir}


class Handler:
    """Loads the model when it is made."""

    def __init__(self, model_dir):
        self.context = Context(model_dir)
        self.own = own_functions(code_folder(model_dir))
        if "transform_fn" in self.own and {"input_fn", "predict_fn", "output_fn"} & set(self.own):
            raise ValueError("transform_fn stands for input_fn, predict_fn and output_fn: give it, or those")
        self.model = self.call("model_fn", hugging_face.load, model_dir)

    def answer(self, body, content_type, accept):
        """The body of the answer and its content type; JSON for whoever takes anything, as in the toolkit."""
        accept = content.JSON if accept in (None, "", content.ANY_TYPE) else accept
        if "transform_fn" in self.own:
            found = self.call("transform_fn", None, self.model, textual(body, content_type), content_type, accept)
        else:
            found = self.predict(body, content_type, accept)
        value, kind = found if isinstance(found, tuple) and len(found) == 2 else (found, None)
        return (value if isinstance(value, bytes) else as_bytes(value)), kind or accept

    def predict(self, body, content_type, accept):
        own_input = "input_fn" in self.own
        data = self.call(
            "input_fn", content.decode, textual(body, content_type) if own_input else body, content_type
        )
        prediction = self.call("predict_fn", hugging_face.predict, data, self.model)
        return self.call("output_fn", content.encode, prediction, accept)

    def call(self, name, default, *arguments):
        function = self.own.get(name, default)
        if name in self.own and takes(function, len(arguments) + 1):
            return function(*arguments, self.context)
        return function(*arguments)


def own_functions(folder):
    """Those of the script that SAGEMAKER_PROGRAM names, `inference.py` unless it says otherwise."""
    name = os.environ.get("SAGEMAKER_PROGRAM") or "inference.py"
    script = os.path.join(folder, name)
    if not os.path.isfile(script):
        if os.environ.get("SAGEMAKER_PROGRAM"):
            print(f"sagemaker-local: the model has no code/{name}; the default functions serve it", flush=True)
        return {}
    # As in the container: the script's neighbours can be imported.
    sys.path.insert(0, os.path.dirname(script))
    spec = importlib.util.spec_from_file_location("inference", script)
    module = importlib.util.module_from_spec(spec)
    sys.modules["inference"] = module
    spec.loader.exec_module(module)
    return {each: getattr(module, each) for each in NAMES if hasattr(module, each)}


def code_folder(model_dir):
    """SAGEMAKER_SUBMIT_DIRECTORY where it is a path in the container, which is how the Python SDK sets it."""
    given = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "").removeprefix("file://")
    return given if given.startswith("/") else os.path.join(model_dir, "code")


def textual(body, content_type):
    """The user's functions get text as text, as from the container's model server."""
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind.startswith("text/") or kind in ("application/json", "application/jsonlines", "application/x-text"):
        return body.decode("utf-8")
    return body


def takes(function, count):
    parameters = inspect.signature(function).parameters.values()
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return True
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in positional for each in parameters) >= count


def as_bytes(value):
    return value.encode("utf-8") if isinstance(value, str) else content.encode(value, content.JSON)[0]
