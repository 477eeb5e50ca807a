"""
Records what the SageMaker Python SDK 2.x sends to AWS, without AWS.

    python record.py <dir> [<case> ...]

reads <dir>/cases.json (and <dir>/fixtures/) and writes <dir>/expected/<case>.json: the calls in
their order, and the error where the SDK refuses. Needs `sagemaker` 2.257.7 in its environment. Each
request is checked against botocore's own model of the service; names and times are normalised.
"""

import importlib
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

ACCOUNT = "111122223333"
# 2026-01-02 03:04:05 UTC, and 678 ms.
NOW = 1767323045.678

os.environ.update(
    AWS_ACCESS_KEY_ID="recorder",
    AWS_SECRET_ACCESS_KEY="recorder",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    # No defaults of whoever runs this.
    SAGEMAKER_ADMIN_CONFIG_OVERRIDE=os.devnull,
    SAGEMAKER_USER_CONFIG_OVERRIDE=os.devnull,
)
logging.disable(logging.CRITICAL)

import boto3  # noqa: E402
import botocore.client  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.response  # noqa: E402
import botocore.validate  # noqa: E402

import sagemaker  # noqa: E402
import sagemaker.telemetry.telemetry_logging as telemetry  # noqa: E402
import sagemaker.utils  # noqa: E402

# Where the classes live that `{"$": "Class"}` may name.
MODULES = [
    "sagemaker.inputs",
    "sagemaker.instance_group",
    "sagemaker.debugger",
    "sagemaker.debugger.metrics_config",
    "sagemaker.debugger.profiler",
    "sagemaker.debugger.profiler_config",
    "sagemaker.debugger.framework_profile",
    "smdebug_rulesconfig",
    "sagemaker.parameter",
    "sagemaker.tuner",
    "sagemaker.serverless",
    "sagemaker.async_inference",
    "sagemaker.model_monitor",
    "sagemaker.processing",
    "sagemaker.network",
    "sagemaker.model_metrics",
    "sagemaker.metadata_properties",
    "sagemaker.drift_check_baselines",
    "sagemaker.model_card",
    "sagemaker.explainer",
    "sagemaker.compute_resource_requirements.resource_requirements",
    "sagemaker.enums",
    "sagemaker.huggingface",
    "sagemaker.dataset_definition.inputs",
    "sagemaker.serializers",
    "sagemaker.deserializers",
]


class Recorder:
    """Stands behind every client of boto: notes the call, checks it and answers."""

    def __init__(self, case, region):
        self.case = case
        self.region = region
        self.calls = []
        self.jobs = {}
        self.missing = set(case.get("missing_buckets", []))
        self.foreign = {
            bucket
            for key, buckets in case.items()
            if key.endswith("_buckets") and key != "missing_buckets"
            for bucket in buckets
        }

    def note(self, service, op, params):
        self.calls.append({"service": service, "op": op, "params": params})

    def call(self, client, op, params):
        service = client.meta.service_model.service_name
        model = client.meta.service_model.operation_model(op)
        self.note(service, op, readable(params))
        report = botocore.validate.ParamValidator().validate(without_body(params), model.input_shape)
        if report.has_errors():
            self.calls.pop()
            raise ValueError(f"botocore rejects {op}: {report.generate_report()}")
        answer = getattr(self, f"on_{op}", None)
        return answer(params) if answer else {}

    def on_GetCallerIdentity(self, _):
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/recorder"}

    def on_ListBuckets(self, _):
        own = f"sagemaker-{self.region}-{ACCOUNT}"
        names = {own} - self.missing - self.foreign
        return {"Buckets": [{"Name": name, "CreationDate": NOW} for name in names]}

    def on_HeadBucket(self, params):
        return self.probe(params, "HeadBucket")

    def on_ListObjectsV2(self, params):
        return self.probe(params, "ListObjectsV2")

    def probe(self, params, op):
        for names, code, message in (
            (self.missing, "404", "Not Found"),
            (self.foreign, "403", "Forbidden"),
        ):
            if params["Bucket"] in names:
                error = {"Error": {"Code": code, "Message": message}}
                raise botocore.exceptions.ClientError(error, op)
        return {}

    def on_GetRole(self, params):
        name = params["RoleName"]
        return {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "RoleName": name}}

    def on_CreateTrainingJob(self, params):
        self.jobs[params["TrainingJobName"]] = params
        return {"TrainingJobArn": f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:training-job/x"}

    def on_DescribeTrainingJob(self, params):
        job = self.jobs[params["TrainingJobName"]]
        output = job["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        return {
            **job,
            "TrainingJobArn": f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:training-job/x",
            "TrainingJobStatus": "Completed",
            "ModelArtifacts": {
                "S3ModelArtifacts": f"{output}/{params['TrainingJobName']}/output/model.tar.gz"
            },
        }

    def on_DescribeEndpoint(self, params):
        made = any(call["op"] == "CreateEndpoint" for call in self.calls)
        if not made and not self.case.get("existing_endpoint"):
            error = {"Error": {"Code": "ValidationException", "Message": "Could not find endpoint"}}
            raise botocore.exceptions.ClientError(error, "DescribeEndpoint")
        return {
            "EndpointName": params["EndpointName"],
            "EndpointStatus": "InService",
            "EndpointConfigName": "old-config",
        }

    def on_DescribeEndpointConfig(self, params):
        return {"EndpointConfigName": params["EndpointConfigName"], "ProductionVariants": []}

    def on_DescribeInferenceComponent(self, _):
        return {"InferenceComponentStatus": "InService"}

    def on_Search(self, _):
        return {"Results": []}

    def on_ListModelPackages(self, _):
        return {"ModelPackageSummaryList": []}

    def on_CreateModelPackage(self, _):
        return {"ModelPackageArn": f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:model-package/x/1"}

    def on_CreateModelPackageGroup(self, _):
        return {
            "ModelPackageGroupArn": f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:model-package-group/x"
        }

    def on_DescribeModelPackage(self, _):
        return {"ModelPackageStatus": "Completed", "InferenceSpecification": {"Containers": [{}]}}

    def on_HeadObject(self, _):
        return {"ContentLength": len(model_archive()), "ETag": '"x"'}

    def on_GetObject(self, _):
        body = model_archive()
        raw = botocore.response.StreamingBody(io.BytesIO(body), len(body))
        return {"Body": raw, "ContentLength": len(body), "ETag": '"x"'}


def model_archive():
    """What stands for a trained model where the SDK wants to repack one."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("pytorch_model.bin")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    return out.getvalue()


def without_body(params):
    return {key: value for key, value in params.items() if key != "Body"}


def readable(params):
    """A copy as JSON; an archive is its members, another body its number of lines."""
    copy = json.loads(json.dumps(without_body(params), default=str))
    if "Body" not in params:
        return copy
    body = params["Body"]
    if hasattr(body, "read"):
        start = body.tell()
        data = body.read()
        body.seek(start)
    else:
        data = body.encode() if isinstance(body, str) else body
    if data[:2] == b"\x1f\x8b":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            names = [m.name + ("/" if m.isdir() else "") for m in archive.getmembers()]
        return {**copy, "Body": {"$tar": sorted(names)}}
    return {**copy, "Body": {"$text_lines": len(data.decode().splitlines())}}


class FrozenTime:
    """`time` as sagemaker.utils uses it, at one moment."""

    def __getattr__(self, name):
        return getattr(time, name)

    def time(self):
        return NOW

    def strftime(self, form, moment=None):
        return time.strftime(form, moment or time.gmtime(NOW))


def normalised(value, fixtures):
    if isinstance(value, dict):
        return {key: normalised(member, fixtures) for key, member in value.items()}
    if isinstance(value, list):
        return [normalised(member, fixtures) for member in value]
    if not isinstance(value, str):
        return value
    value = value.replace(str(fixtures), "<fixtures>")
    for pattern, name in (
        (r"\d{4}(-\d\d){5}-\d{3}", "<ts>"),
        (r"260102-0304", "<short>"),
        (r"1767323045-[0-9a-f]{4}", "<unique>"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<unique>"),
        (r"1767323045", "<epoch>"),
    ):
        value = re.sub(pattern, name, value)
    return value


class Translation:
    """A case's arguments as objects of the SDK."""

    def __init__(self, fixtures):
        self.fixtures = fixtures
        self.named = {}

    def of(self, value):
        if isinstance(value, str) and value.startswith("@"):
            return str(self.fixtures / value[1:])
        if isinstance(value, list):
            return [self.of(member) for member in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return self.named[value["$ref"]]
        if "$enum" in value:
            return member_of(value["$enum"])
        if "$" not in value:
            return {key: self.of(member) for key, member in value.items()}
        made = self.make(value)
        if "$id" in value:
            self.named[value["$id"]] = made
        return made

    def make(self, value):
        name = value["$"]
        if "$member" in value:
            return member_of(f"{name}.{value['$member']}")
        args = [self.of(member) for member in value.get("$args", [])]
        named = {key: self.of(member) for key, member in value.items() if key[0] != "$"}
        kind, _, member = name.partition(".")
        if name in ("Rule.sagemaker", "ProfilerRule.sagemaker") and args and isinstance(args[0], str):
            renamed = {"custom_name" if key == "name" else key: value for key, value in named.items()}
            return builtin_rule(args, renamed)
        if kind in ("Rule", "ProfilerRule"):
            return getattr(class_of(kind), member)(*args, **named)
        if kind == "rule_configs":
            return getattr(sagemaker.debugger.rule_configs, member)(*args, **named)
        if member:
            return member_of(name)
        if name in ("BuiltinRule", "BuiltinProfilerRule"):
            return builtin_rule(args, named)
        if name == "CustomRule":
            return sagemaker.debugger.Rule.custom(*args, **named)
        if name == "CustomProfilerRule":
            return sagemaker.debugger.ProfilerRule.custom(*args, **named)
        if name == "PythonProfilingConfig":
            texts = {key: value for key, value in named.items() if isinstance(value, str)}
            named = {**named, **profiling_choices(texts)}
        if name == "WarmStartConfig":
            kind = named.pop("warm_start_type", None) or args.pop(0)
            if isinstance(kind, str):
                kind = kind.split(".")[-1]
                types = sagemaker.tuner.WarmStartTypes
                kind = types[kind] if kind.isupper() else types(kind)
            return sagemaker.tuner.WarmStartConfig(kind, *args, **named)
        return class_of(name)(*args, **named)


def member_of(name):
    """`Class.NAME`, of an enumeration."""
    cls, member = name.split(".")
    return getattr(class_of(cls), member)


def profiling_choices(named):
    """Members of the SDK's enumerations, by their values."""
    from sagemaker.debugger import PythonProfiler, cProfileTimer

    kinds = {"python_profiler": PythonProfiler, "cprofile_timer": cProfileTimer}
    return {key: kind(named[key]) for key, kind in kinds.items() if key in named}


def builtin_rule(args, named):
    """
    By name: of the rule set for tensors, or of the profiler's own. `config` are the arguments of
    the built-in rule itself, `custom_name` is the name that it gets in the request.
    """
    name = (args or [named.pop("name")])[0]
    named.pop("name", None)
    from sagemaker.debugger import ProfilerRule, Rule, rule_configs

    config = getattr(rule_configs, name, None)
    made = config(**named.pop("config", {})) if config else None
    if "custom_name" in named:
        named["name"] = named.pop("custom_name")
    if made is None or name[0].isupper():
        return ProfilerRule.sagemaker(made, **named)
    return Rule.sagemaker(made, **named)


def class_of(name):
    for module in MODULES:
        found = getattr(importlib.import_module(module), name, None)
        if found is not None:
            return found
    raise SystemExit(f"record.py knows no class {name}")


def fit(estimator, case):
    estimator.fit(**{"wait": False, **case.fit})


def quietly(arguments):
    return {"wait": False, **arguments}


class Case:
    """One case: its session, its arguments, and the flow of its kind."""

    def __init__(self, case, session, fixtures):
        self.case = case
        self.session = session
        self.read = Translation(fixtures).of
        self.fit = self.arguments("fit")

    def arguments(self, key):
        return self.read(self.case.get(key, {}))

    def estimator(self, key="estimator"):
        return self.huggingface(self.arguments(key))

    def huggingface(self, arguments):
        from sagemaker.huggingface import HuggingFace
        from sagemaker.huggingface import TrainingCompilerConfig

        given = dict(arguments)
        if isinstance(given.get("compiler_config"), dict):
            given["compiler_config"] = TrainingCompilerConfig(**given["compiler_config"])
        return HuggingFace(sagemaker_session=self.session, **given)

    def model(self):
        from sagemaker.huggingface import HuggingFaceModel

        return HuggingFaceModel(sagemaker_session=self.session, **self.arguments("model"))

    def train(self):
        fit(self.estimator(), self)

    def tune(self):
        from sagemaker.tuner import HyperparameterTuner

        arguments = self.arguments("tuner")
        override = self.read(self.case.get("override_resource_config"))
        places = (self.case.get("estimators"), self.case.get("estimator_dict"))
        given_estimators = next(filter(None, places), None) or arguments.pop("estimator_dict", None)
        if given_estimators:
            estimators = {
                name: self.huggingface(self.read(given))
                for name, given in given_estimators.items()
            }
            tuner = HyperparameterTuner.create(estimators, **arguments)
        else:
            tuner = HyperparameterTuner(self.estimator(), **arguments)
        if override is not None:
            # By the name of its argument, or the argument itself, which may be a dictionary too.
            if isinstance(override, dict) and "instance_configs" in override:
                override = override["instance_configs"]
            tuner.override_resource_config(override)
        fit(tuner, self)

    def deploy(self):
        self.model().deploy(**quietly(self.arguments("deploy")))

    def estimator_deploy(self):
        estimator = self.estimator()
        fit(estimator, self)
        estimator.deploy(**quietly(self.arguments("deploy")))

    def transform(self):
        transformer = self.model().transformer(**self.arguments("transformer"))
        transformer.transform(**quietly(self.arguments("transform")))

    def estimator_transform(self):
        estimator = self.estimator()
        fit(estimator, self)
        transformer = estimator.transformer(**self.arguments("transformer"))
        transformer.transform(**quietly(self.arguments("transform")))

    def process(self):
        from sagemaker.huggingface import HuggingFaceProcessor

        processor = HuggingFaceProcessor(
            sagemaker_session=self.session, **self.arguments("processor")
        )
        processor.run(**{"wait": False, "logs": False, **self.arguments("run")})

    def register(self):
        self.model().register(**self.arguments("register"))

    def estimator_register(self):
        estimator = self.estimator()
        fit(estimator, self)
        estimator.register(**self.arguments("register"))

    def default_bucket(self):
        self.session.default_bucket()

    def image_uri(self):
        return sagemaker.image_uris.retrieve(**self.arguments("args"))


def recorded(case, fixtures):
    """The content of one expected/<case>.json."""
    region = case.get("region") or "us-east-1"
    recorder = Recorder(case, region)
    install(recorder)
    telemetry._send_telemetry_request = lambda *_, **__: None
    sagemaker.utils.time = FrozenTime()
    settings = case.get("session", {})
    # For the objects of the SDK that make a session of their own.
    os.environ["AWS_DEFAULT_REGION"] = region
    session = sagemaker.Session(boto3.Session(region_name=region), **settings)
    result, error = None, None
    try:
        result = getattr(Case(case, session, fixtures), case["kind"])()
    except Exception as raised:  # Whatever the SDK refuses with is the record.
        error = {"message_head": str(raised), "type": type(raised).__name__}
    answer = {"result": result} if case["kind"] == "image_uri" else {"calls": recorder.calls}
    if error:
        answer = {**answer, "error": error}
        answer.pop("result", None)
        answer.setdefault("calls", recorder.calls)
    answer = normalised(answer, fixtures)
    if error:
        answer["error"]["message_head"] = answer["error"]["message_head"][:70]
    return answer


def install(recorder):
    def make_api_call(client, op, params):
        return recorder.call(client, op, params)

    botocore.client.BaseClient._make_api_call = make_api_call

    def check_call(args=None, env=None, **_):
        env = env or {}
        shown = [word if word in ("git", *args[:3]) else "<tmp>" for word in args]
        prompt = env.get("GIT_TERMINAL_PROMPT")
        recorder.note("git", args[1], {"args": shown, "terminal_prompt": prompt})
        if args[1] == "clone":
            for name in recorder.case.get("git_files", []):
                path = Path(args[-1]) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("")
        return 0

    subprocess.check_call = check_call


def main():
    folder = Path(sys.argv[1]).resolve()
    wanted = sys.argv[2:]
    cases = json.loads((folder / "cases.json").read_text())
    (folder / "expected").mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp())
    os.chdir(home)
    try:
        for case in cases:
            if wanted and case["name"] not in wanted:
                continue
            answer = recorded(case, folder / "fixtures")
            text = json.dumps(answer, indent=1, sort_keys=True)
            (folder / "expected" / f"{case['name']}.json").write_text(text + "\n")
            print(case["name"], answer.get("error", {}).get("message_head", ""))
    finally:
        os.chdir("/")
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
