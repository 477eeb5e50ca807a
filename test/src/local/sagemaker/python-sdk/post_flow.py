"""The post's notebook, against the local platform, with the Python SDK as it comes from PyPI.

    python post_flow.py <folder of prepare.py>

Writes one JSON object to its standard output. Where it differs from the post's text, and why, is in
docs/python-sdk.md.
"""

import contextlib
import io
import json
import os
import sys
import time

import boto3
import sagemaker
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.huggingface import HuggingFace
from sagemaker.tuner import CategoricalParameter, ContinuousParameter, HyperparameterTuner

METRICS = [
    {"Name": name, "Regex": rf"{name}.*=\D*(.*?)$"} for name in ("train_runtime", "eval_accuracy", "eval_loss")
]
VERSIONS = {"transformers_version": "4.6", "pytorch_version": "1.7", "py_version": "py36"}


def session():
    """Clients and bucket are given: SDK 2.x asks the real STS for the account otherwise."""
    clients = {
        "sagemaker_client": boto3.client("sagemaker"),
        "sagemaker_runtime_client": boto3.client("sagemaker-runtime"),
    }
    bucket = f"sagemaker-us-east-1-{boto3.client('sts').get_caller_identity()['Account']}"
    return sagemaker.Session(boto3.Session(), default_bucket=bucket, **clients)


def upload(sess, folder, prefix):
    return sess.upload_data(folder, bucket=sess.default_bucket(), key_prefix=prefix)


def heard(work):
    """What the SDK printed while it worked, and what it returned."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        result = work()
    return output.getvalue(), result


def train(sess, role, folder, inputs):
    hyperparameters = {"epochs": 1, "train_batch_size": 32, "model_name": "./tiny-bert"}
    estimator = HuggingFace(
        entry_point="train.py",
        source_dir=os.path.join(folder, "scripts"),
        instance_type="ml.p3.2xlarge",
        instance_count=1,
        role=role,
        sagemaker_session=sess,
        hyperparameters=hyperparameters,
        metric_definitions=METRICS,
        use_spot_instances=True,
        max_wait=3600,
        max_run=1000,
        checkpoint_s3_uri=f"s3://{sess.default_bucket()}/checkpoints",
        **VERSIONS,
    )
    output, _ = heard(lambda: estimator.fit(inputs))
    name = estimator.latest_training_job.name
    described = sess.sagemaker_client.describe_training_job(TrainingJobName=name)
    frame = TrainingJobAnalytics(name, sagemaker_session=sess).dataframe()
    report = {
        "output": output,
        "status": described["TrainingJobStatus"],
        "image": described["AlgorithmSpecification"]["TrainingImage"],
        "spot": described["EnableManagedSpotTraining"],
        "channels": [channel["ChannelName"] for channel in described["InputDataConfig"]],
        "model_data": estimator.model_data,
        "analytics": frame.to_dict("records"),
        "final": {one["MetricName"]: one["Value"] for one in described["FinalMetricDataList"]},
    }
    return estimator, report


def serve(sess, estimator):
    predictor = estimator.deploy(initial_instance_count=1, instance_type="ml.m5.xlarge")
    try:
        name = predictor.endpoint_name
        described = sess.sagemaker_client.describe_endpoint(EndpointName=name)
        answer = predictor.predict({"inputs": "a film to be seen twice"})
    finally:
        predictor.delete_model()
        predictor.delete_endpoint()
    return {"status": described["EndpointStatus"], "answer": answer, "left": endpoints_left(sess, name)}


def endpoints_left(sess, name):
    """Deleting takes a while, here as there."""
    for _ in range(60):
        left = len(sess.sagemaker_client.list_endpoints(NameContains=name)["Endpoints"])
        if left == 0:
            break
        time.sleep(0.5)
    return left


def tune(sess, role, folder):
    estimator = HuggingFace(
        entry_point="search.py",
        source_dir=os.path.join(folder, "search"),
        instance_type="ml.p3.2xlarge",
        instance_count=1,
        role=role,
        sagemaker_session=sess,
        **VERSIONS,
    )
    tuner = HyperparameterTuner(
        estimator,
        objective_metric_name="eval_loss",
        objective_type="Minimize",
        metric_definitions=[{"Name": "eval_loss", "Regex": "'eval_loss': ([0-9.]+)"}],
        hyperparameter_ranges={
            "learning_rate": ContinuousParameter(1e-5, 1e-3, scaling_type="Logarithmic"),
            "model_name": CategoricalParameter(["tiny", "small"]),
        },
        max_jobs=4,
        max_parallel_jobs=2,
    )
    tuner.fit()
    name = tuner.latest_tuning_job.name
    described = sess.sagemaker_client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    trials = tuner.analytics().dataframe()
    return {
        "status": described["HyperParameterTuningJobStatus"],
        "completed": described["TrainingJobStatusCounters"]["Completed"],
        "best": tuner.best_training_job(),
        "trials": json.loads(trials.to_json(orient="records", default_handler=str)),
    }


SEARCH = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--learning_rate", type=float)
parser.add_argument("--model_name")
args, _ = parser.parse_known_args()
print({"eval_loss": round(args.learning_rate * 1000 + (args.model_name == "small"), 6)}, flush=True)
"""


def main(folder):
    os.makedirs(os.path.join(folder, "search"))
    with open(os.path.join(folder, "search", "search.py"), "w") as script:
        script.write(SEARCH)
    sess = session()
    account = sess.default_bucket().rsplit("-", 1)[-1]
    role = f"arn:aws:iam::{account}:role/holdfast-local"
    inputs = {name: upload(sess, os.path.join(folder, name), f"imdb/{name}") for name in ("train", "test")}
    estimator, trained = train(sess, role, folder, inputs)
    report = {"version": sagemaker.__version__, "trained": trained}
    if "deploy" in sys.argv:
        _, report["served"] = heard(lambda: serve(sess, estimator))
    if "tune" in sys.argv:
        _, report["tuned"] = heard(lambda: tune(sess, role, folder))
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1])
