"""What the layers add to every operation, said in the OpenAPI document."""

from typing import Any

from api.contract.idempotency import HEADER, WRITES
from api.contract.operations import Operation, is_json_read
from api.contract.selection import LONGEST, PATTERN
from api.contract.tables import CSV, JSON_LINES

Json = dict[str, Any]
IDEMPOTENCY_KEY = {
    "name": HEADER, "in": "header", "required": False,
    "description": "A new key, as a UUID, for each change: sent again with the same request, the first answer comes back and "
    "nothing is done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9_.:-]+$"},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}  # fmt: skip
FIELDS = {
    "name": "fields", "in": "query", "required": False,
    "description": "Only these fields, parted by commas, with a dot before a part of one; of a list, of its items.",
    "schema": {"type": "string", "maxLength": LONGEST, "pattern": PATTERN},
}  # fmt: skip
FORMAT = {
    "name": "format", "in": "query", "required": False,
    "description": "`csv` or `jsonl` streams the rows; of a list all, or a page where `limit` is given. Or as Accept says.",
    "schema": {"type": "string", "enum": ["json", "csv", "jsonl"], "default": "json"},
}  # fmt: skip


def describe(document: Json) -> None:
    """Adds the parameters and media types of the layers to every operation that they are around."""
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if not path.startswith("/v1/"):
                continue
            parameters = described.setdefault("parameters", [])
            if method.upper() in WRITES and described.get("security"):
                parameters.append(IDEMPOTENCY_KEY)
            elif method == "get" and is_json_read(described):
                operation = Operation(path, described, schemas)
                parameters += [FIELDS, FORMAT]
                if operation.parts and "items" not in operation.parts and len(operation.parts) > 1:
                    parameters.append(_rows(operation.parts))
                content = described["responses"]["200"]["content"]
                content |= {kind: {"schema": {"type": "string"}} for kind in (CSV, JSON_LINES)}
                described["responses"]["304"] = {"description": "Unchanged since the ETag that If-None-Match names."}
            if not parameters:
                del described["parameters"]


def _rows(parts: list[str]) -> Json:
    return {
        "name": "rows", "in": "query", "required": False,
        "description": "Which of the answer's lists are the rows of `csv` and `jsonl`.",
        "schema": {"type": "string", "enum": parts},
    }  # fmt: skip
