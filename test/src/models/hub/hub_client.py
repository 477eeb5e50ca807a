"""Uses the Hub as anybody does, with the unmodified huggingface_hub; HF_ENDPOINT says which Hub."""

import json
import os
import sys
from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi, ModelCard, metadata_load, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

order = json.load(sys.stdin)
api = HfApi(token=order["token"])
answer = {}

if "create" in order:
    repo, weights = order["create"], bytes(range(256)) * 100
    url = api.create_repo(repo, private=True)
    answer["repo"] = url.repo_id
    api.create_repo(repo, private=True, exist_ok=True)
    operations = [
        CommitOperationAdd("model.safetensors", weights),
        CommitOperationAdd("sub/config.json", b'{"a": 1}'),
    ]
    head = api.model_info(repo).sha
    commit = api.create_commit(repo, operations, commit_message="one", parent_commit=head)
    answer["commit"] = commit.oid
    try:
        api.create_commit(repo, [CommitOperationAdd("x", b"x")], commit_message="late", parent_commit=head)
    except HfHubHTTPError as error:
        answer["late"] = error.response.status_code
    api.create_tag(repo, tag="v1", revision=commit.oid)
    folder = Path(snapshot_download(repo, revision="v1", token=order["token"], cache_dir=order["cache"]))
    answer["same"] = (folder / "model.safetensors").read_bytes() == weights
    answer["files"] = sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())
    try:
        HfApi(token=False).model_info(repo)
    except RepositoryNotFoundError:
        answer["hidden"] = True

if "download" in order:
    folder = snapshot_download(order["download"], revision="v1", token=order["token"], cache_dir=order["cache"])
    card = ModelCard.load(os.path.join(folder, "README.md"))
    results = card.data.eval_results or []
    answer["folder"] = folder
    answer["metadata"] = metadata_load(os.path.join(folder, "README.md"))
    answer["results"] = [[r.task_type, r.dataset_name, r.metric_type, r.metric_value] for r in results]
    answer["name"] = card.data.model_name

print(json.dumps(answer))
