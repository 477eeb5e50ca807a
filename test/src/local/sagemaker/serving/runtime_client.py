"""boto3's client of SageMaker Runtime: a request as a line of JSON on standard input, its answer on standard output."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

runtime = boto3.client("sagemaker-runtime", config=Config(retries={"total_max_attempts": 1}))

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = getattr(runtime, request["verb"])(**request["members"])
        answer.pop("ResponseMetadata")
        if "Body" in answer:
            answer["Body"] = answer["Body"].read().decode("utf-8")
        print(json.dumps(answer), flush=True)
    except ClientError as error:
        known = ("Error", "OriginalStatusCode", "OriginalMessage", "LogStreamArn")
        print(json.dumps({name: error.response[name] for name in known if name in error.response}), flush=True)
