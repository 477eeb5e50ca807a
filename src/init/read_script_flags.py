"""Reads the command-line flags of a training script from its syntax tree; never runs it.

Usage: python3 -I read_script_flags.py train.py   (prints JSON; Python 3.9 or later, stdlib only)
"""

import ast
import json
import sys

KNOWN_DATACLASSES = {"TrainingArguments", "Seq2SeqTrainingArguments"}
UNREAD = object()


def literal(node, constants):
    """The value of a literal or of a module's constant; UNREAD for anything that must be computed."""
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    try:
        value = ast.literal_eval(node)
        json.dumps(value, allow_nan=False)
        return value
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNREAD


def environment_variable(node):
    """SM_MODEL_DIR in os.environ["SM_MODEL_DIR"], os.getenv(...), from_env("SM_MODEL_DIR", ...)."""
    for child in ast.walk(node):
        if isinstance(child, ast.Constant) and isinstance(child.value, str) and child.value.startswith("SM_"):
            return child.value
    calls = [child for child in ast.walk(node) if isinstance(child, (ast.Call, ast.Subscript))]
    for call in calls:
        target = ast.unparse(call.func if isinstance(call, ast.Call) else call.value)
        if "environ" in target or "getenv" in target:
            names = [c.value for c in ast.walk(call) if isinstance(c, ast.Constant) and isinstance(c.value, str)]
            if names:
                return names[0]
    return None


def described(node, constants):
    """A default: its value as JSON text where it is a literal, else its source."""
    value = literal(node, constants)
    if value is not UNREAD:
        return {"kind": "literal", "value": value, "text": json.dumps(value, ensure_ascii=False)}
    found = {"kind": "expression", "source": ast.unparse(node)[:200]}
    variable = environment_variable(node)
    if variable:
        found["env"] = variable
    return found


def called(node):
    """The last part of what is called: add_argument of parser.add_argument."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def subcommands(tree):
    """Variables that hold a subparser: name of the variable -> name of the subcommand."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and called(node.value) == "add_parser":
            name = ast.unparse(node.value.args[0]).strip("'\"") if node.value.args else "?"
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found[target.id] = name
    return found


def argparse_flag(call, constants, parsers):
    strings = [literal(arg, constants) for arg in call.args]
    if any(not isinstance(text, str) for text in strings) or not strings:
        return None
    names = [text for text in strings if text.startswith("-")]
    if not names:
        return {"positional": strings[0]}
    long_names = [name for name in names if name.startswith("--")]
    name = (long_names or names)[0].lstrip("-")
    flag = {"name": name, "names": names, "source": "argparse", "line": call.lineno, "required": False}
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg == "default":
            flag["default"] = described(value, constants)
        elif keyword.arg == "type":
            flag["type"] = ast.unparse(value)[:80]
        elif keyword.arg in ("action", "help", "nargs", "choices", "dest"):
            found = literal(value, constants)
            if found is not UNREAD:
                flag[keyword.arg] = list(found) if isinstance(found, (tuple, set)) else found
            elif keyword.arg == "action":
                flag["action"] = ast.unparse(value).rsplit(".", 1)[-1]
        elif keyword.arg == "required":
            flag["required"] = literal(value, constants) is True
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(owner, ast.Name) and owner.id in parsers:
        flag["subcommand"] = parsers[owner.id]
    return flag


def dataclass_flags(name, classes, constants, seen):
    """The fields of a dataclass of this file, inherited ones first, as HfArgumentParser makes flags of them."""
    if name in seen or name not in classes:
        return {}
    node = classes[name]
    flags = {}
    for base in node.bases:
        flags.update(dataclass_flags(ast.unparse(base).rsplit(".", 1)[-1], classes, constants, seen | {name}))
    for statement in node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if ast.unparse(statement.annotation).startswith(("ClassVar", "typing.ClassVar")):
            continue
        field = statement.target.id
        flag = {"name": field, "names": ["--" + field], "source": name, "line": statement.lineno,
                "type": ast.unparse(statement.annotation)[:80], "required": statement.value is None}
        value = statement.value
        if isinstance(value, ast.Call) and called(value) in ("field", "HfArg"):
            flag["required"] = True
            for keyword in value.keywords:
                if keyword.arg == "default":
                    flag["default"] = described(keyword.value, constants)
                    flag["required"] = False
                elif keyword.arg == "default_factory":
                    empty = {"list": "[]", "dict": "{}"}.get(ast.unparse(keyword.value))
                    flag["default"] = ({"kind": "literal", "value": json.loads(empty), "text": empty} if empty
                                       else {"kind": "expression", "source": ast.unparse(keyword.value)[:200]})
                    flag["required"] = False
                elif keyword.arg == "init" and literal(keyword.value, constants) is False:
                    flag = None
                    break
                elif keyword.arg in ("metadata", "help"):
                    found = literal(keyword.value, constants)
                    text = found.get("help") if isinstance(found, dict) else found
                    if isinstance(text, str):
                        flag["help"] = text
        elif value is not None:
            flag["default"] = described(value, constants)
        if flag:
            flags[field] = flag
    return flags


def parsed_dataclasses(tree):
    """The class names handed to HfArgumentParser(...)."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == "HfArgumentParser":
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                for item in argument.elts if isinstance(argument, (ast.Tuple, ast.List)) else [argument]:
                    names.append(ast.unparse(item).rsplit(".", 1)[-1])
    return names


def read(source):
    tree = ast.parse(source)
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = literal(node.value, constants)
            if value is not UNREAD:
                constants[node.targets[0].id] = value
    parsers = subcommands(tree)
    flags, positionals, unread = [], [], 0
    strings, names, calls, other = set(), set(), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls.add(called(node))
            if called(node) == "add_argument":
                flag = argparse_flag(node, constants, parsers)
                if flag is None:
                    unread += 1
                elif "positional" in flag:
                    positionals.append(flag["positional"])
                else:
                    flags.append(flag)
            names.update(keyword.arg for keyword in node.keywords if keyword.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.add(node.value)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Import):
            other.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            other.add(node.module.split(".")[0])
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    external = []
    for name in parsed_dataclasses(tree):
        if name not in classes:
            external.append(name)
            continue
        flags.extend(dataclass_flags(name, classes, constants, set()).values())
        bases = [ast.unparse(base).rsplit(".", 1)[-1] for base in classes[name].bases]
        external.extend(base for base in bases if base in KNOWN_DATACLASSES)
    flags.sort(key=lambda flag: flag["line"])
    return {
        "flags": flags,
        "positionals": positionals,
        "unreadFlags": unread,
        "externalDataclasses": external,
        "parsers": sorted(calls & {"ArgumentParser", "HfArgumentParser"}),
        "toleratesUnknown": "parse_known_args" in calls or "parse_known_intermixed_args" in calls,
        "subcommandRequired": any(
            isinstance(node, ast.Call) and called(node) == "add_subparsers"
            and any(k.arg == "required" and literal(k.value, constants) is True for k in node.keywords)
            for node in ast.walk(tree)),
        "imports": sorted(other),
        "strings": sorted(text for text in strings if text.startswith(("SM_", "/opt/ml"))),
        "names": sorted(names & {
            "resume_from_checkpoint", "get_last_checkpoint", "save_model", "save_pretrained", "do_train",
            "do_eval", "load_from_disk", "output_dir"} | calls & {"load_from_disk", "save_model"}),
    }


def main():
    try:
        with open(sys.argv[1], "rb") as file:
            result = read(file.read())
    except SyntaxError as error:
        result = {"error": {"line": error.lineno, "message": error.msg}}
    except (ValueError, RecursionError, MemoryError) as error:
        result = {"error": {"line": None, "message": str(error) or type(error).__name__}}
    print(json.dumps(result, ensure_ascii=True))


if __name__ == "__main__":
    main()
