"""Lists the arguments of the SageMaker Python SDK's HuggingFace estimator, with where each comes from.

Run with the Python that has the SDK (any 2.x), from anywhere:

    python test/src/estimator/refresh-sdk-arguments.py > test/src/estimator/sdk-arguments.json
"""

import inspect
import json
import logging

logging.disable(logging.CRITICAL)

from importlib.metadata import version

from sagemaker.estimator import EstimatorBase, Framework
from sagemaker.huggingface import HuggingFace

places = [
    ("HuggingFace", HuggingFace.__init__),
    ("Framework", Framework.__init__),
    ("EstimatorBase", EstimatorBase.__init__),
    ("fit", HuggingFace.fit),
]

# An argument belongs to the most specific place that names it.
owners = {}
for place, function in places:
    for name in inspect.signature(function).parameters:
        if name not in ("self", "kwargs"):
            owners.setdefault(name, place)

arguments = [{"argument": name, "of": place} for name, place in owners.items()]
source = f"sagemaker {version('sagemaker')} (Apache-2.0), signatures"
print(json.dumps({"generatedFrom": source, "arguments": arguments}, indent=2))
