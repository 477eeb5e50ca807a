"""What an ordinary boto3 program does with SageMaker; where it goes is said by environment variables only."""

import io
import json
import tarfile
import time

import boto3
from botocore.exceptions import ClientError

BUCKET = "boto3-jobs"
GROUP = "/aws/sagemaker/TrainingJobs"

TRAIN = """
import argparse, os, time
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--sleep", type=float)
args = parser.parse_args()
print(f"hello from the script, epochs={args.epochs}", flush=True)
print({"eval_accuracy": 0.875 / args.epochs * 2}, flush=True)
time.sleep(args.sleep)
code = os.path.join(os.environ["SM_MODEL_DIR"], "code")
os.makedirs(code)
with open(os.path.join(code, "..", "weights.txt"), "w") as file:
    file.write("trained")
with open(os.path.join(code, "inference.py"), "w") as file:
    file.write(INFERENCE)
"""

INFERENCE = '''
import json, os
def model_fn(model_dir):
    return open(os.path.join(model_dir, "weights.txt")).read()
def predict_fn(data, model):
    return {"model": model, "words": len(data["inputs"].split())}
'''
TRAIN = f"INFERENCE = {INFERENCE!r}\n{TRAIN}"


def upload_source(s3):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        entry = tarfile.TarInfo("train.py")
        entry.size = len(TRAIN.encode())
        tar.addfile(entry, io.BytesIO(TRAIN.encode()))
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="source/sourcedir.tar.gz", Body=archive.getvalue())


METRICS = [{"Name": "eval_accuracy", "Regex": "'eval_accuracy': ([0-9.]+)"}]


def image(account):
    return f"{account}.dkr.ecr.us-east-1.amazonaws.com/train:1"


def role(account):
    return f"arn:aws:iam::{account}:role/holdfast-local"


def hyperparameters(**given):
    source = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": f"s3://{BUCKET}/source/sourcedir.tar.gz",
    }
    return {key: json.dumps(value) for key, value in {**given, **source}.items()}


def machines():
    return {
        "RoleArn": role(boto3.client("sts").get_caller_identity()["Account"]),
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def create(sagemaker, account, name, seconds):
    algorithm = {"TrainingImage": image(account), "TrainingInputMode": "File", "MetricDefinitions": METRICS}
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification=algorithm,
        HyperParameters=hyperparameters(epochs=2, sleep=seconds),
        **machines(),
    )


def serve(sagemaker, account, artifacts):
    """Deploys what was trained, asks it once, and leaves nothing."""
    name = "boto3-endpoint"
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=role(account),
        PrimaryContainer={
            "Image": image(account),
            "ModelDataUrl": artifacts,
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        },
    )
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.xlarge"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 90})
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, ContentType="application/json", Body=json.dumps({"inputs": "three little words"})
    )
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=name)
    left = sagemaker.list_models()["Models"] + sagemaker.list_endpoint_configs()["EndpointConfigs"]
    return {"answer": json.loads(answer["Body"].read()), "left": len(left)}


def tune(sagemaker, account):
    """Four jobs, two at a time; fewer epochs score better."""
    name = "boto3-tuning"
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "eval_accuracy"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"IntegerParameterRanges": [{"Name": "epochs", "MinValue": "2", "MaxValue": "99"}]},
        },
        TrainingJobDefinition={
            "StaticHyperParameters": hyperparameters(sleep=0),
            "AlgorithmSpecification": {
                "TrainingImage": image(account),
                "TrainingInputMode": "File",
                "MetricDefinitions": METRICS,
            },
            **machines(),
        },
    )
    for _ in range(240):
        described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if described["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"):
            break
        time.sleep(0.5)
    trials = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    epochs = [int(one["TunedHyperParameters"]["epochs"]) for one in trials["TrainingJobSummaries"]]
    best = described["BestTrainingJob"]["TunedHyperParameters"]["epochs"]
    return {"status": described["HyperParameterTuningJobStatus"], "epochs": epochs, "best": int(best)}


def wait(sagemaker, name):
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return sagemaker.describe_training_job(TrainingJobName=name)


def read_logs(logs, name):
    streams = logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=f"{name}/")
    lines = []
    for stream in streams["logStreams"]:
        position = {"startFromHead": True}
        while True:
            page = logs.get_log_events(logGroupName=GROUP, logStreamName=stream["logStreamName"], **position)
            lines += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == position.get("nextToken"):
                break
            position = {"nextToken": page["nextForwardToken"]}
    return lines


def wait_for_training(sagemaker, name):
    for _ in range(240):
        if sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training":
            return
        time.sleep(0.5)
    raise TimeoutError(f"{name} does not train")


def main():
    s3, sagemaker, logs = (boto3.client(service) for service in ("s3", "sagemaker", "logs"))
    account = boto3.client("sts").get_caller_identity()["Account"]
    upload_source(s3)

    create(sagemaker, account, "boto3-short", 0)
    completed = wait(sagemaker, "boto3-short")
    artifacts = completed.get("ModelArtifacts", {}).get("S3ModelArtifacts", "")
    key = artifacts.removeprefix(f"s3://{BUCKET}/")

    create(sagemaker, account, "boto3-long", 300)
    wait_for_training(sagemaker, "boto3-long")
    sagemaker.stop_training_job(TrainingJobName="boto3-long")
    stopped = wait(sagemaker, "boto3-long")
    try:
        sagemaker.stop_training_job(TrainingJobName="boto3-long")
        again = ""
    except ClientError as error:
        again = error.response["Error"]["Code"]

    listed = sagemaker.list_training_jobs(SortBy="Name", NameContains="boto3")["TrainingJobSummaries"]
    report = {
        "account": account,
        "completed": {
            "status": completed["TrainingJobStatus"],
            "artifacts": artifacts,
            "artifact_bytes": s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"],
            "metrics": [
                {**metric, "Timestamp": metric["Timestamp"].timestamp() > 0}
                for metric in completed["FinalMetricDataList"]
            ],
            "logs": read_logs(logs, "boto3-short"),
        },
        "stopped": {"status": stopped["TrainingJobStatus"], "secondary": stopped["SecondaryStatus"]},
        "again": again,
        "served": serve(sagemaker, account, artifacts),
        "tuned": tune(sagemaker, account),
        "listed": [job["TrainingJobName"] for job in listed],
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
