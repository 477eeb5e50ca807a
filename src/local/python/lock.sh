#!/bin/sh
# Renews the locks of the Python environment. Needs uv; run it in this folder.
set -eu
pin="uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --quiet --no-emit-index-url --no-emit-find-links"

# Everything from PyPI: Linux gets CUDA with it (5.2 GB on disk).
$pin requirements.in -o requirements-pypi.txt

# The same versions for torch's CPU index, which is reached first when it answers. The hashes of
# its wheels are not in PyPI's index: torch is pinned by version there, all else by hash.
sed -n -E 's/^(torch==[^ ]+)( ;.*[^\\ ])? *\\?$/\1\2/p' requirements-pypi.txt > requirements-torch-cpu.txt
without=$(sed -n -E 's/^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==.*/--no-emit-package \1/p' requirements-pypi.txt | sort -u | tr '\n' ' ')
# shellcheck disable=SC2086
$pin requirements.in -c requirements-pypi.txt $without -o requirements-cpu.txt

# SageMaker's own training toolkit: a last, separate step, as it needs a C compiler.
$pin requirements-toolkit.in -c requirements-pypi.txt -o requirements-toolkit.txt

# The SageMaker Python SDK and boto3, for the tests alone.
$pin requirements-sdk.in -o requirements-sdk.txt

# MLflow's server, for the tests alone.
$pin requirements-mlflow.in -o requirements-mlflow.txt
