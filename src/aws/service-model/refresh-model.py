"""Writes service-model.json: the request constraints of the operations that sagemaker-local serves.

Source: the service models inside botocore (Apache-2.0, Amazon.com, Inc.), which AWS generates from
the services themselves. Only what validation needs is kept: types, members, required, pattern,
enum, min and max; no documentation text.

    python refresh-model.py        # with a Python that has botocore installed
"""

import json
from pathlib import Path

import botocore
from botocore.loaders import Loader

SERVED = {
    "sagemaker": [
        "CreateTrainingJob", "DescribeTrainingJob", "ListTrainingJobs", "StopTrainingJob",
        "DeleteTrainingJob",
        "CreateProcessingJob", "DescribeProcessingJob", "ListProcessingJobs", "StopProcessingJob",
        "AddTags", "ListTags", "DeleteTags",
        "CreateModelPackageGroup", "DescribeModelPackageGroup", "ListModelPackageGroups",
        "DeleteModelPackageGroup",
        "CreateModelPackage", "DescribeModelPackage", "ListModelPackages", "UpdateModelPackage",
        "DeleteModelPackage",
        "CreateModel", "DescribeModel", "ListModels", "DeleteModel",
        "CreateEndpointConfig", "DescribeEndpointConfig", "ListEndpointConfigs",
        "DeleteEndpointConfig",
        "CreateEndpoint", "DescribeEndpoint", "ListEndpoints", "UpdateEndpoint", "DeleteEndpoint",
        "UpdateEndpointWeightsAndCapacities",
        "CreateTransformJob", "DescribeTransformJob", "ListTransformJobs", "StopTransformJob",
        "CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob",
        "ListHyperParameterTuningJobs", "StopHyperParameterTuningJob",
        "ListTrainingJobsForHyperParameterTuningJob",
        "Search",
    ],
    "sagemaker-runtime": ["InvokeEndpoint", "InvokeEndpointAsync"],
    "cloudwatch": [
        "GetMetricStatistics", "GetMetricData", "ListMetrics", "PutMetricData", "DescribeAlarms",
    ],
    "logs": ["DescribeLogGroups", "DescribeLogStreams", "GetLogEvents", "FilterLogEvents"],
    "sqs": ["SendMessage", "ReceiveMessage", "DeleteMessage"],
    "sts": ["GetCallerIdentity"],
}


def constraints(shape):
    kept = {key: shape[key] for key in ("type", "pattern", "enum", "min", "max") if key in shape}
    if shape["type"] == "structure":
        kept["members"] = {name: member["shape"] for name, member in shape["members"].items()}
        if shape.get("required"):
            kept["required"] = shape["required"]
        if shape.get("union"):
            kept["union"] = True
    elif shape["type"] == "list":
        kept["member"] = shape["member"]["shape"]
    elif shape["type"] == "map":
        kept["key"] = shape["key"]["shape"]
        kept["value"] = shape["value"]["shape"]
    return kept


def reachable(shapes, name, found):
    if name in found:
        return
    found[name] = constraints(shapes[name])
    kept = found[name]
    for child in [*kept.get("members", {}).values(), kept.get("member"), kept.get("key"), kept.get("value")]:
        if child:
            reachable(shapes, child, found)


def extract(service, operations):
    model = Loader().load_service_model(service, "service-2")
    shapes = {}
    described = {}
    for name in operations:
        operation = model["operations"][name]
        given = operation.get("input", {}).get("shape")
        answered = operation.get("output", {}).get("shape")
        if given:
            reachable(model["shapes"], given, shapes)
        described[name] = {
            "input": given,
            "output": sorted(model["shapes"][answered]["members"]) if answered else [],
        }
    return {
        "apiVersion": model["metadata"]["apiVersion"],
        "operations": described,
        "shapes": dict(sorted(shapes.items())),
    }


if __name__ == "__main__":
    document = {
        "generatedFrom": f"botocore {botocore.__version__} (Apache-2.0)",
        "services": {service: extract(service, operations) for service, operations in SERVED.items()},
    }
    target = Path(__file__).with_name("service-model.json")
    target.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
