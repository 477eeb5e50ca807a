"""Metrics by all three wires that CloudWatch's clients have spoken; where it goes is said by the environment."""

import json
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

NAMESPACE = "/aws/sagemaker/TrainingJobs"


def train(sagemaker, name):
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn="arn:aws:iam::111122223333:role/holdfast-local",
        AlgorithmSpecification={
            "TrainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "'loss': ([0-9.]+)"}],
        },
        HyperParameters={"loss": "0.25", "scripted_seconds": "0.05"},
        OutputDataConfig={"S3OutputPath": "s3://bucket/output"},
        ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        ExperimentConfig={"ExperimentName": "reviews", "TrialName": "first", "TrialComponentDisplayName": "Shown"},
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 90})


def signed(endpoint, body, headers):
    credentials = boto3.Session().get_credentials()
    request = AWSRequest("POST", endpoint + "/", data=body, headers=headers)
    SigV4Auth(credentials, "monitoring", "us-east-1").add_auth(request)
    sent = urllib.request.Request(endpoint + "/", data=body.encode(), headers=dict(request.headers), method="POST")
    try:
        with urllib.request.urlopen(sent, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def refusal(call, **request):
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "accepted"


def main():
    endpoint = sys.argv[1]
    sagemaker, cloudwatch = boto3.client("sagemaker"), boto3.client("cloudwatch")
    train(sagemaker, "measured")
    described = sagemaker.describe_training_job(TrainingJobName="measured")
    start = described["TrainingStartTime"]
    end = described["TrainingEndTime"] + timedelta(minutes=1)
    of_job = {
        "Namespace": NAMESPACE,
        "MetricName": "loss",
        "Dimensions": [{"Name": "TrainingJobName", "Value": "measured"}],
    }
    average = {**of_job, "StartTime": start, "EndTime": end, "Period": 60, "Statistics": ["Average", "SampleCount"]}
    points = cloudwatch.get_metric_statistics(**average)["Datapoints"]

    at = datetime(2026, 1, 1, 12, 0, 30, tzinfo=timezone.utc)
    ours = {"Namespace": "Ours", "MetricName": "rows", "Dimensions": [{"Name": "table", "Value": "a&b"}]}
    cloudwatch.put_metric_data(
        Namespace="Ours",
        MetricData=[
            {"MetricName": "rows", "Dimensions": ours["Dimensions"], "Timestamp": at, "Values": [1.5, 4], "Counts": [2, 1]},
            {"MetricName": "rows", "Dimensions": ours["Dimensions"], "Timestamp": at + timedelta(minutes=1), "Value": -2},
        ],
    )
    query = {
        "Id": "rows",
        "MetricStat": {"Metric": ours, "Period": 60, "Stat": "Sum"},
    }
    window = {"StartTime": at - timedelta(minutes=5), "EndTime": at + timedelta(minutes=5)}
    data = cloudwatch.get_metric_data(MetricDataQueries=[query], ScanBy="TimestampAscending", **window)
    metrics = cloudwatch.list_metrics(Namespace="Ours")["Metrics"]

    form = (
        "Action=GetMetricStatistics&Version=2010-08-01&Namespace=Ours&MetricName=rows"
        "&Dimensions.member.1.Name=table&Dimensions.member.1.Value=a%26b"
        "&StartTime=2026-01-01T12%3A00%3A00Z&EndTime=2026-01-01T12%3A05%3A00Z&Period=60"
        "&Statistics.member.1=Maximum&Statistics.member.2=Minimum"
    )
    as_form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    as_json = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricStatistics",
    }
    document = {
        **ours,
        "StartTime": int(at.timestamp()),
        "EndTime": int(at.timestamp()) + 300,
        "Period": 300,
        "Statistics": ["Sum"],
    }
    report = {
        "points": [{**point, "Timestamp": point["Timestamp"].second} for point in points],
        "put": {
            "timestamps": [int(stamp.timestamp() - at.timestamp()) for stamp in data["MetricDataResults"][0]["Timestamps"]],
            "values": data["MetricDataResults"][0]["Values"],
        },
        "metrics": metrics,
        "form": signed(endpoint, form, as_form),
        "badForm": signed(endpoint, form.replace("Period=60", "Period=sixty"), as_form),
        "json": signed(endpoint, json.dumps(document), as_json),
        "refusals": {
            "tooMany": refusal(cloudwatch.get_metric_statistics, **{**average, "StartTime": start - timedelta(days=2)}),
            "backwards": refusal(cloudwatch.get_metric_statistics, **{**average, "StartTime": end, "EndTime": start}),
            "expression": refusal(
                cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "Expression": "SUM(METRICS())"}], **window
            ),
            "reserved": refusal(
                cloudwatch.put_metric_data, Namespace="AWS/EC2", MetricData=[{"MetricName": "a", "Value": 1}]
            ),
            "alarm": refusal(cloudwatch.describe_alarms),
        },
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
