"""Reads from a training script's syntax tree how it saves and resumes; never runs it.

Usage: python3 -I read_script_saving.py train.py   (prints JSON; Python 3.9 or later, stdlib only)
"""

import ast
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # -I leaves it out

from read_script_flags import UNREAD, called, environment_variable, literal, read  # noqa: E402

SETTINGS = {
    "output_dir", "save_strategy", "save_steps", "save_total_limit", "save_only_model", "save_safetensors",
    "load_best_model_at_end", "ignore_data_skip", "enable_jit_checkpoint", "max_steps",
}
MODEL_SAVES = {"save_model", "save_pretrained", "save_file", "save", "copytree"}
LOOP_SAVES = {"save_state", "save_checkpoint", "save_weights", "ModelCheckpoint", "BackupAndRestore"}
LOOP_LOADS = {"load_state", "load_checkpoint", "load_state_dict", "load_weights", "BackupAndRestore", "latest_checkpoint"}


class Reader:
    def __init__(self, tree, flags):
        self.tree, self.flags = tree, flags
        self.constants, self.assigned = {}, {}
        self.functions = {n.name: n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
        self.trainer_classes = {n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef)
                                and any(is_trainer(ast.unparse(b).rsplit(".", 1)[-1]) for b in n.bases)}
        for node in ast.walk(tree):
            targets = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                targets = [node.target]
            for target in targets:
                if isinstance(target, (ast.Name, ast.Attribute)):
                    self.assigned.setdefault(ast.unparse(target), []).append(node.value)
        for name, values in self.assigned.items():
            if len(values) == 1 and "." not in name and (value := literal(values[0], {})) is not UNREAD:
                self.constants[name] = value

    def flag(self, node):
        """The flag that args.some_name stands for, unless the script gives it another value too."""
        if isinstance(node, ast.Attribute):
            for flag in self.flags["flags"]:
                if flag.get("dest", flag["name"].replace("-", "_")) == node.attr:
                    return flag
        return None

    def parsed(self, node):
        """Whether this is a field of TrainingArguments that HfArgumentParser makes: a hyperparameter."""
        return (isinstance(node, ast.Attribute) and node.attr in SETTINGS | {"resume_from_checkpoint"}
                and bool(self.flags["externalDataclasses"]))

    def value(self, node, depth=0):
        """What is known of an expression: a literal, a flag, or the calls and variables that it is made of."""
        found = literal(node, self.constants)
        if found is not UNREAD:
            return {"kind": "literal", "value": found}
        flag = self.flag(node)
        text = ast.unparse(node)
        values = self.assigned.get(text, [])
        if flag is not None:
            result = {"kind": "flag", "name": flag["name"], "reassigned": bool(values)}
            if "default" in flag:
                result["default"] = flag["default"]
            return result
        if self.parsed(node):
            return {"kind": "flag", "name": node.attr, "reassigned": bool(values)}
        if len(values) == 1 and depth < 5:
            return self.value(values[0], depth + 1)
        return {
            "kind": "expression", "source": text[:120],
            "calls": sorted(self.reaches(node, set())), "env": environment_variable(node) or self.env(node),
            "flags": sorted(f["name"] for n in ast.walk(node) if (f := self.flag(n)) is not None),
            "strings": [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)][:8],
        }

    def env(self, node):
        for flag in (self.flag(n) for n in ast.walk(node)):
            if flag and flag.get("default", {}).get("env"):
                return flag["default"]["env"]
        for n in ast.walk(node):
            values = self.assigned.get(n.id, []) if isinstance(n, ast.Name) else []
            if len(values) == 1 and (found := environment_variable(values[0])):
                return found
        return None

    def reaches(self, node, seen):
        """Names of the functions whose results may be in an expression, through variables and own functions."""
        calls = set()
        for child in ast.walk(node):
            if isinstance(child, ast.Call):
                name = called(child)
                calls.add(name)
                if name in self.functions and f"{name}()" not in seen:
                    seen.add(f"{name}()")
                    body = self.functions[name].body
                    calls |= {called(n) for s in body for n in ast.walk(s) if isinstance(n, ast.Call)}
            elif isinstance(child, (ast.Name, ast.Attribute)):
                name = ast.unparse(child)
                if name not in seen:
                    seen.add(name)
                    for value in self.assigned.get(name, []):
                        calls |= self.reaches(value, seen)
        return calls - {""}

    def report(self):
        found = {
            "trainingArguments": [], "trainers": [], "trainCalls": [], "imports": None, "callbacks": [],
            "latestVerified": [], "sigterm": [], "modelSaves": [], "loopSaves": [], "loopLoads": [], "fits": [],
        }
        trainers = {name for name, values in self.assigned.items()
                    for v in values if isinstance(v, ast.Call) and self.makes_trainer(called(v))}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module == "holdfast_checkpoint":
                found["imports"] = node.lineno
            elif isinstance(node, ast.Import) and any(a.name == "holdfast_checkpoint" for a in node.names):
                found["imports"] = node.lineno
            elif isinstance(node, ast.Call):
                self.note(node, called(node), found, trainers)
        return found

    def makes_trainer(self, name):
        return is_trainer(name) or name in self.trainer_classes

    def note(self, node, name, found, trainers):
        line = node.lineno
        keywords = {k.arg: k.value for k in node.keywords if k.arg}
        if is_arguments(name) and not isinstance_check(node):
            settings = {k: self.value(v) for k, v in keywords.items() if k in SETTINGS}
            if node.args:
                settings.setdefault("output_dir", self.value(node.args[0]))
            lines = {k: v.lineno for k, v in keywords.items() if k in SETTINGS}
            unread = any(k.arg is None for k in node.keywords)
            found["trainingArguments"].append({"line": line, "settings": settings, "lines": lines, "unread": unread})
        elif self.makes_trainer(name):
            found["trainers"].append(line)
        elif name == "train" and isinstance(node.func, ast.Attribute) and (
                ast.unparse(node.func.value) in trainers
                or isinstance(node.func.value, ast.Call) and self.makes_trainer(called(node.func.value))):
            resume = keywords.get("resume_from_checkpoint", node.args[0] if node.args else None)
            call = {"line": line, "unread": any(k.arg is None for k in node.keywords)}
            if resume is not None:
                # args.resume is asked first: the flag itself says nothing of what it was set to later.
                call["resume"] = {**self.value(resume), "calls": sorted(self.reaches(resume, set()))}
            found["trainCalls"].append(call)
        elif name == "DurableCheckpoints":
            found["callbacks"].append(line)
        elif name == "latest_verified":
            found["latestVerified"].append(line)
        elif name == "signal" and any("SIGTERM" in ast.unparse(a) for a in node.args):
            found["sigterm"].append(line)
        elif name == "fit":
            found["fits"].append(line)
        if name in MODEL_SAVES:
            self.note_model(node, name, keywords, found)
        if name in LOOP_SAVES or (name == "save" and ast.unparse(node.func) == "torch.save"):
            found["loopSaves"].append(line)
        if name in LOOP_LOADS or ast.unparse(node.func) == "torch.load":
            found["loopLoads"].append(line)

    def note_model(self, node, name, keywords, found):
        whole = ast.unparse(node.func)
        if name == "save" and whole != "torch.save" and not whole.startswith(("model", "keras", "tf")):
            return
        place = {"save": 1 if whole == "torch.save" else 0, "save_file": 1, "copytree": 1}.get(name, 0)
        names = ("output_dir", "save_directory", "filename", "f", "filepath", "dst")
        target = node.args[place] if len(node.args) > place else next((keywords[n] for n in names if n in keywords), None)
        safe = literal(keywords["safe_serialization"], self.constants) if "safe_serialization" in keywords else None
        found["modelSaves"].append({
            "line": node.lineno, "how": whole if name == "save" else name,
            "to": None if target is None else self.value(target),
            "pickled": safe is False or whole == "torch.save",
        })


def is_trainer(name):
    return name.endswith("Trainer") and not name.startswith("get")


def is_arguments(name):
    return name.endswith("TrainingArguments") or name in {
        "SFTConfig", "DPOConfig", "GRPOConfig", "RewardConfig", "KTOConfig", "ORPOConfig", "PPOConfig"}


def isinstance_check(node):
    return not node.args and not node.keywords


def main():
    try:
        with open(sys.argv[1], "rb") as file:
            source = file.read()
        flags = read(source)
        result = {"flags": flags, "saving": Reader(ast.parse(source), flags).report()}
    except SyntaxError as error:
        result = {"error": {"line": error.lineno, "message": error.msg}}
    except (ValueError, RecursionError, MemoryError) as error:
        result = {"error": {"line": None, "message": str(error) or type(error).__name__}}
    print(json.dumps(result, ensure_ascii=True))


if __name__ == "__main__":
    main()
