"""Bodies of requests and answers: bytes with a content type on one side, Python values on the other."""

import csv
import io
import json

ANY_TYPE = "*/*"
JSON = "application/json"


def decode(body, content_type):
    kind = (content_type or JSON).split(";")[0].strip().lower()
    if kind == JSON:
        return json.loads(body)
    if kind == "text/csv":
        return decode_csv(body.decode("utf-8"))
    if kind in ("text/plain", "application/x-text"):
        return {"inputs": body.decode("utf-8")}
    if kind.startswith("image/") or kind == "application/x-image":
        from PIL import Image

        return {"inputs": Image.open(io.BytesIO(body))}
    if kind.startswith("audio/") or kind == "application/octet-stream":
        return {"inputs": body}
    raise ValueError(f"Content type {content_type} is not supported by this framework.")


def decode_csv(text):
    """Rows by the header's names: a column `inputs`, or the columns of a question about a context."""
    reader = csv.DictReader(io.StringIO(text))
    rows = list(reader)
    names = reader.fieldnames or []
    if "inputs" in names:
        return {"inputs": [row["inputs"] for row in rows]}
    if "question" in names:
        return {"inputs": rows}
    raise ValueError(f"a CSV body needs a header with the column `inputs` or `question`, not {names}")


def encode(value, accept):
    """The body and its content type."""
    kind = accept.split(",")[0].split(";")[0].strip().lower()
    if kind in (ANY_TYPE, "application/*", JSON):
        return json.dumps(value, default=plain, ensure_ascii=False).encode("utf-8"), JSON
    if kind == "text/csv":
        return encode_csv(value).encode("utf-8"), "text/csv"
    if kind in ("text/plain", "application/x-text"):
        return str(value).encode("utf-8"), kind
    raise ValueError(f"Content type {accept} is not supported by this framework.")


def encode_csv(rows):
    if not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
        raise ValueError("only a list of objects can be answered as text/csv")
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def plain(value):
    """Arrays and numbers of numpy and torch as JSON has them."""
    for name in ("tolist", "isoformat"):
        if hasattr(value, name):
            return getattr(value, name)()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
