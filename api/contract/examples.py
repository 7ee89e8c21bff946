"""An example for every operation: of each path's parameters, body and answer, made from its schema and always the same."""

import uuid
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
DEEPEST = 14
# What a reader would expect under a name; everything else goes by its type.
BY_NAME: Mapping[str, Any] = {
    "currency": "USD", "from_currency": "EUR", "to_currency": "USD", "email": "ada@network.example",
    "organisation": "Night Network",
    "timezone": "Europe/Berlin", "display_name": "Ada", "slug": "night-network", "name": "Spring", "title": "Night Trains",
    "show_title": "Night Trains", "sponsor_name": "Acme", "campaign_name": "Spring", "site_name": "Acme shop",
    "feed_url": "https://feeds.example/night.xml", "domain": "shop.acme.example", "episode_guid": "night-042", "source": "logs",
    "order_id": "1001", "promo_code": "NIGHT20", "code": "NIGHT20", "code_normalized": "NIGHT20", "utm_campaign": "spring",
    "next_cursor": None, "file_format": "pdf", "kind": "not-found", "dataset": "campaign_performance",
    "event_name": "Order Completed",
    "amount": "59.90", "request_id": "3f6c0d6e1d0b4a7f", "stale_reason": None, "key_prefix": "hr_9f2c",
}  # fmt: skip
MOMENTS = {"date-time": "2026-06-01T12:00:00Z", "date": "2026-06-01"}


def add_examples(document: Json) -> None:
    """Gives each path parameter, body and JSON answer of `/v1` that has no example one of its schema."""
    schemas = document["components"]["schemas"]
    for methods in document["paths"].values():
        for described in methods.values():
            described["parameters"] = [
                {**p, "example": example(p["schema"], schemas, p["name"])} if p["in"] == "path" and "example" not in p else p
                for p in described.get("parameters", [])
            ]
            if not described["parameters"]:
                del described["parameters"]
            answers = [answer for status, answer in described["responses"].items() if status.startswith("2")]
            for part in (described.get("requestBody", {}), *answers):
                for kind, content in part.get("content", {}).items():
                    if kind in ("application/json", "multipart/form-data") and "example" not in content:
                        schema = content.get("schema", {})
                        whole = schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("examples", [])
                        # A body's own example is one that was thought out: not every field goes with every other.
                        is_body = "requestBody" in described and part is described["requestBody"]
                        content["example"] = whole[0] if is_body and whole else example(schema, schemas)


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that the schema takes."""
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference:
        return example(schemas[reference], schemas, name, depth)
    if schema.get("examples") and "properties" not in schema:
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    for kind in ("anyOf", "oneOf", "allOf"):
        if kind in schema:
            return _of_alternatives(schema[kind], schemas, name, depth)
    match schema.get("type"):
        case "object":
            known = schema.get("properties", {})
            said = (schema.get("examples") or [{}])[0]
            made = {} if depth > DEEPEST else {n: example(s, schemas, n, depth + 1) for n, s in known.items()}
            return {**made, **{n: value for n, value in said.items() if n in made}}
        case "array":
            return [] if depth > DEEPEST else [example(schema.get("items", {}), schemas, name.removesuffix("s"), depth + 1)]
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return bool(schema.get("default", False))
        case "string":
            return _text(schema, name)
    return schema.get("default")


def _of_alternatives(alternatives: list[Json], schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    has_null = any(one.get("type") == "null" for one in alternatives)
    if has_null and (depth > DEEPEST or (name in BY_NAME and BY_NAME[name] is None)):
        return None
    numbers = [one for one in alternatives if one.get("type") in ("integer", "number")]
    rest = [one for one in alternatives if one.get("type") != "null"]
    return example((numbers or rest)[0], schemas, name, depth)


def _number(schema: Mapping[str, Any]) -> float:
    least, most = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    usual = 12 if schema["type"] == "integer" else 0.25
    if least is not None and usual <= least:
        usual = least + 1
    return min(usual, most) if most is not None else usual


def _text(schema: Mapping[str, Any], name: str) -> str:
    kind, pattern = schema.get("format"), schema.get("pattern", "")
    if kind == "uuid":
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://hostread.example/{name}"))
    if kind in MOMENTS:
        return MOMENTS[kind]
    if kind == "binary" or schema.get("contentMediaType"):
        return "day,downloads\n2026-06-01,120\n"
    if isinstance(BY_NAME.get(name), str):
        return str(BY_NAME[name])
    if "\\d" in pattern:
        return "12.50"
    return str(schema.get("default") or name.replace("_", " ") or "text")
