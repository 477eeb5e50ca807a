#!/usr/bin/env python3
"""Write images.json from the image tables of the SageMaker Python SDK (Apache-2.0).

    python -m pip download --no-deps sagemaker-core
    python src/estimator/refresh-images.py sagemaker_core-*.whl

Takes a wheel, or the folder of an installed package. The tables moved with version 3 of the SDK;
both places are looked at. Nothing here is needed at run time.
"""

import json
import pathlib
import re
import sys
import zipfile

# Images that serve one kind of model, by versions of their own.
SERVERS = ("huggingface-llm", "huggingface-tei", "huggingface-tei-cpu")
PLACES = ("sagemaker/core/image_uri_config", "sagemaker/image_uri_config")


def open_package(path):
    """A function that reads a file of the package, and the package's name and version."""
    if path.suffix == ".whl":
        wheel = zipfile.ZipFile(path)
        name, version = path.name.split("-")[:2]
        return lambda inner: wheel.read(inner).decode(), f"{name.replace('_', '-')} {version}"
    found = [p for p in path.glob("sagemaker*.dist-info") if re.match(r"sagemaker(_core)?-\d", p.name)]
    name, version = found[0].name.removesuffix(".dist-info").rsplit("-", 1)
    return lambda inner: (path / inner).read_text(), f"{name.replace('_', '-')} {version}"


def read_table(read, name):
    for place in PLACES:
        try:
            return json.loads(read(f"{place}/{name}")), f"{place}/{name}"
        except (KeyError, FileNotFoundError):
            continue
    sys.exit(f"{name} is in none of {PLACES}")


def one_image(read, name):
    """Of a table with a single image, always the latest."""
    latest = read_table(read, name)[0]["versions"]["latest"]
    return {"repository": latest["repository"], "registry": latest["registries"]}


def main():
    read, package = open_package(pathlib.Path(sys.argv[1]))
    table, place = read_table(read, "huggingface.json")
    compiler, _ = read_table(read, "huggingface-training-compiler.json")
    debugger = one_image(read, "debugger.json")
    profiler = one_image(read, "detailed-profiler.json")
    tools = {tool: read_table(read, f"huggingface-{tool}.json")[0]["inference"] for tool in ("neuron", "neuronx")}

    registries = []
    images = []
    aliases = {}

    def registry_of(accounts):
        if accounts not in registries:
            registries.append(accounts)
        return registries.index(accounts)

    def containers_of(scope, entry):
        # The first training images carry no container in the table: the SDK names it in code.
        found = entry.get("container_version") or {"gpu": "cu110-ubuntu18.04"}
        if scope not in tools:
            return found
        # Images of AWS Neuron have one container, behind the newest version of its own SDK.
        return {scope: f"{max(entry['sdk_versions'])}-{list(found.values())[0]}"}

    scopes = {
        "training": table["training"],
        "inference": table["inference"],
        "compiler": compiler["training"],
        **tools,
    }
    for scope, content in scopes.items():
        aliases[scope] = content.get("version_aliases", {})
        for transformers, pairs in content["versions"].items():
            short = pairs.get("version_aliases", {})
            for pair, entry in pairs.items():
                if pair == "version_aliases":
                    continue
                framework, version = re.fullmatch(r"(pytorch|tensorflow)(.*)", pair).groups()
                images.append(
                    {
                        "scope": scope,
                        "transformers": transformers,
                        "framework": framework,
                        "version": version,
                        "aliases": [k.removeprefix(framework) for k, v in short.items() if v == pair],
                        "py": entry["py_versions"][0],
                        "containers": containers_of(scope, entry),
                        "repository": entry["repository"],
                        "registry": registry_of(entry["registries"]),
                    }
                )

    servers = []
    for framework in SERVERS:
        content = read_table(read, f"{framework}.json")[0]["inference"]
        short = content.get("version_aliases", {})
        (accelerator,) = content["processors"]
        for version, entry in content["versions"].items():
            servers.append(
                {
                    "framework": framework,
                    "version": version,
                    "aliases": [k for k, v in short.items() if v == version],
                    "py": entry["py_versions"][0],
                    "accelerator": accelerator,
                    "container": entry["container_version"][accelerator],
                    "tag": entry["tag_prefix"],
                    "repository": entry["repository"],
                    "registry": registry_of(entry["registries"]),
                }
            )

    lines = lambda rows: ",\n".join("    " + json.dumps(row) for row in rows)
    out = pathlib.Path(__file__).with_name("images.json")
    out.write_text(
        "{\n"
        f'  "generatedFrom": {json.dumps({"package": package, "file": place, "licence": "Apache-2.0", "by": "refresh-images.py"})},\n'
        f'  "aliases": {json.dumps(aliases)},\n'
        f'  "debugger": {json.dumps(debugger)},\n'
        f'  "detailedProfiler": {json.dumps(profiler)},\n'
        f'  "servers": [\n{lines(servers)}\n  ],\n'
        f'  "registries": [\n{lines(registries)}\n  ],\n'
        f'  "images": [\n{lines(images)}\n  ]\n'
        "}\n"
    )
    print(f"{out.name}: {len(images)} images, {len(servers)} servers, {len(registries)} registry maps, from {package}")


if __name__ == "__main__":
    main()
