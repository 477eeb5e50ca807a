/**
 * The built-in runner's launcher: what the sagemaker-training toolkit does in the container, for a
 * machine where the toolkit cannot be installed. A test compares arguments and environment of both.
 *
 * It is Python because argument texts are Python's (`True`, `5e-05`, `{'a': 1}`), and it is standard
 * library only. Like the toolkit it does not hand SIGTERM on to the script.
 */
export const builtInLauncher = String.raw`
import json, multiprocessing, os, re, shlex, shutil, subprocess, sys

BASE = os.environ["SAGEMAKER_BASE_DIR"]
CODE = os.path.join(BASE, "code")
FRAMEWORK_KEYS = {"sagemaker_program", "sagemaker_submit_directory", "sagemaker_enable_cloudwatch_metrics", "sagemaker_region",
    "sagemaker_container_log_level", "sagemaker_job_name", "default_user_module_name", "_tuning_objective_metric", "sagemaker_s3_output"}
DISTRIBUTIONS = ["sagemaker_mpi_enabled", "sagemaker_parameter_server_enabled", "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_pytorch_ddp_enabled", "sagemaker_pytorch_xla_multi_worker_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled", "sagemaker_torch_distributed_enabled"]


class Refused(Exception):
    pass


def config(name):
    with open(os.path.join(BASE, "input", "config", name)) as file:
        return json.load(file)


def decode(text):
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return text


def argument(value):
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join("%s=%s" % item for item in sorted(value.items()))
    return str(value)


def variable(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def count(command, pattern):
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    return len(re.findall(pattern, output, re.M))


def neurons():
    try:
        output = subprocess.run(["neuron-ls", "-j"], capture_output=True, text=True, check=True).stdout
        return sum(item.get("nc_count", 0) for item in json.loads(output))
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def describe():
    resources, inputs = config("resourceconfig.json"), config("inputdataconfig.json")
    values = {key: decode(value) for key, value in config("hyperparameters.json").items()}
    special = {k: v for k, v in values.items() if k in FRAMEWORK_KEYS or k.startswith("sagemaker_")}
    params = {k: v for k, v in special.items() if k not in FRAMEWORK_KEYS}
    user = {k: v for k, v in values.items() if k not in special}
    groups = resources.get("instance_groups", [])
    group = resources.get("current_group_name", "homogeneousCluster")
    default = [group] if any(params.get(key) for key in DISTRIBUTIONS) else []
    distribution = params.get("sagemaker_distribution_instance_groups", default)
    hosts = [host for g in groups if g["instance_group_name"] in distribution for host in g["hosts"]] if groups else list(resources["hosts"])
    master = (hosts or resources["hosts"])[0]
    program = os.environ.get("SAGEMAKER_PROGRAM") or special.get("sagemaker_program")
    module = os.environ.get("SAGEMAKER_PROGRAM", str(special.get("sagemaker_program")))
    model_parallel = os.environ.get("SM_HP_MP_PARAMETERS")
    os.environ["SAGEMAKER_JOB_NAME"] = special.get("sagemaker_job_name", "")
    os.environ["CURRENT_HOST"] = resources["current_host"]
    os.environ["SAGEMAKER_REGION"] = special.get("sagemaker_region", os.environ.get("AWS_DEFAULT_REGION")) or ""
    facts = {
        "additional_framework_parameters": params,
        "channel_input_dirs": {name: os.path.join(BASE, "input", "data", name) for name in inputs},
        "current_host": resources["current_host"],
        "current_instance_group": group,
        "current_instance_group_hosts": next((g["hosts"] for g in groups if g["instance_group_name"] == group), []),
        "current_instance_type": resources.get("current_instance_type", "local"),
        "distribution_hosts": hosts,
        "distribution_instance_groups": distribution,
        "framework_module": os.environ.get("SAGEMAKER_TRAINING_MODULE"),
        "hosts": resources["hosts"],
        "hyperparameters": user,
        "input_config_dir": os.path.join(BASE, "input", "config"),
        "input_data_config": inputs,
        "input_dir": os.path.join(BASE, "input"),
        "instance_groups": [g["instance_group_name"] for g in groups],
        "instance_groups_dict": {g["instance_group_name"]: g for g in groups},
        "is_hetero": len(groups) > 1,
        "is_master": resources["current_host"] == master,
        "is_modelparallel_enabled": model_parallel and model_parallel != "{}",
        "is_smddpmprun_installed": shutil.which("smddpmprun") is not None,
        "is_smddprun_installed": shutil.which("smddprun") is not None,
        "job_name": os.environ.get("TRAINING_JOB_NAME"),
        "log_level": special.get("sagemaker_container_log_level", 20),
        "master_hostname": master,
        "model_dir": os.path.join(BASE, "model"),
        "module_dir": str(special.get("sagemaker_submit_directory", CODE)),
        "module_name": module[:-3] if module.endswith(".py") else module,
        "network_interface_name": resources.get("network_interface_name", "eth0"),
        "num_cpus": multiprocessing.cpu_count(),
        "num_gpus": count(["nvidia-smi", "--list-gpus"], r"^GPU "),
        "num_neurons": neurons(),
        "output_data_dir": os.path.join(BASE, "output", "data"),
        "output_dir": os.path.join(BASE, "output"),
        "output_intermediate_dir": os.path.join(BASE, "output", "intermediate"),
        "resource_config": resources,
        "topology": resources.get("topology", []),
        "user_entry_point": program,
    }
    return facts, user


def arguments(user):
    words = []
    for key in sorted(user):
        words += ["--" + key if len(key) > 1 else "-" + key, argument(user[key])]
    return words


def variables(facts, user, words):
    left_out = {"additional_framework_parameters", "channel_input_dirs", "distribution_hosts", "hyperparameters", "is_master",
        "is_modelparallel_enabled", "is_smddpmprun_installed", "is_smddprun_installed", "job_name", "master_hostname", "topology"}
    named = {key: value for key, value in facts.items() if key not in left_out}
    named.update(hps=user, framework_params=facts["additional_framework_parameters"], channels=sorted(facts["channel_input_dirs"]),
        training_env=facts, user_args=words)
    if facts["topology"]:
        named["topology"] = facts["topology"]
    named.update(("channel_" + name, path) for name, path in facts["channel_input_dirs"].items())
    named.update(("hp_" + key, value) for key, value in user.items())
    return {"SM_" + key.upper(): variable(value) for key, value in named.items()}


def command(program, words):
    safe = program and re.match(r"^[A-Za-z0-9._][A-Za-z0-9._+-]*(/[A-Za-z0-9._+-]+)*$", program)
    if not safe or any(part in (".", "..") for part in program.split("/")):
        raise Refused("The training entry point %r is not a plain relative path inside the source directory." % program)
    target = os.path.realpath(os.path.join(CODE, program))
    if not target.startswith(os.path.realpath(CODE) + os.sep):
        raise Refused("The training entry point %r lies outside the source directory." % program)
    python = [sys.executable]
    package = "setup.py" in os.listdir(CODE)
    requirements = os.path.exists(os.path.join(CODE, "requirements.txt"))
    torchrun = os.environ.get("HOLDFAST_TORCHRUN")
    if torchrun and (package or not program.endswith(".py")):
        raise Refused("torchrun starts a Python script, and %r is none." % program)
    if program.endswith(".sh") or not (package or program.endswith(".py")):
        os.chmod(target, 0o777)
        return ["/bin/sh", "-c", "./%s %s" % (shlex.quote(program), " ".join(map(shlex.quote, words)))]
    if package:
        check(python + ["-m", "pip", "install", "."] + (["-r", "requirements.txt"] if requirements else []), "InstallModuleError")
        return python + ["-m", re.sub(r"\.py$", "", program)] + words
    if requirements:
        check(python + ["-m", "pip", "install", "-r", "requirements.txt"], "InstallRequirementsError")
    return (["torchrun"] + torchrun.split() if torchrun else python + ["--"]) + [program] + words


def check(words, error):
    code = subprocess.Popen(words, cwd=CODE).wait()
    if code:
        extra = 'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\n' if code == 137 else ""
        raise Refused('%s:\nExitCode %s\nErrorMessage ""\n%sCommand "%s"' % (error, code, extra, " ".join(words)))


def report(name, text):
    path = os.path.join(BASE, "output", name)
    if name == "success" or not os.path.exists(path):
        with open(path, "w") as file:
            file.write(text)


def main():
    try:
        facts, user = describe()
        words = arguments(user)
        names = variables(facts, user, words)
        # The console script's folder and the code come first, as they do under the toolkit.
        names["PYTHONPATH"] = ":".join([CODE, os.path.dirname(sys.executable)] + sys.path[1:])
        line = command(facts["user_entry_point"], words)
        os.environ.update(names)
        print("sagemaker-local built-in runner: " + " ".join(line), flush=True)
        check(line, "ExecuteUserScriptError")
    except Refused as error:
        report("failure", str(error))
        print("Reporting training FAILURE\n" + str(error), flush=True)
        sys.exit(1)
    report("success", "")


main()
`
