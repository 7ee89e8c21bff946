"""The operations of the OpenAPI document, as the layers around the routes ask for them: what an answer's rows and fields are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
# Deeper objects are one cell, as JSON.
DEEPEST_COLUMN = 4
# Marks, in the schema of an answer, the list that comes in pages where it is not called `items`.
IN_PAGES = "x-in-pages"


class Operation:
    """One GET operation whose answer is JSON."""

    def __init__(self, path: str, described: Json, schemas: Json) -> None:
        self.name: str = described["operationId"]
        self.literals = path.count("/") - path.count("{")
        self.pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        self._schemas = schemas
        self.answer: Json = described["responses"]["200"]["content"]["application/json"]["schema"]
        limits = [p["schema"] for p in described.get("parameters", []) if p["name"] == "limit"]
        names = {parameter["name"] for parameter in described.get("parameters", [])}
        # A page's cut is asked for; everything else comes whole.
        self.largest_page: int | None = limits[0].get("maximum", 50) if limits and "after" in names else None
        self.parts = [name for name, schema in self.children(self.answer).items() if self._is_rows(schema)]
        marked = [name for name, schema in self.children(self.answer).items() if schema.get(IN_PAGES)]
        # The list whose pages `after` walks; what stands beside it is the same on each.
        self.paged: str | None = None if self.largest_page is None else marked[0] if marked else "items"

    @property
    def is_list(self) -> bool:
        return self.parts[:1] == ["items"] or "items" in self.parts

    def part(self, name: str | None) -> str | None:
        """Which of the answer's lists are its rows: the one named, `items`, or the only one. None: the answer is one row.
        Raises KeyError where there are several, or none of that name."""
        if name is not None:
            return self.parts[self.parts.index(name)] if name in self.parts else _missing(self.parts)
        if "items" in self.parts:
            return "items"
        return (self.parts[0] if len(self.parts) == 1 else _missing(self.parts)) if self.parts else None

    def rows_schema(self, part: str | None) -> Json:
        return self.answer if part is None else self.children(self.answer)[part]

    def children(self, schema: Json) -> dict[str, Json]:
        """The properties of an object, or of what an array holds, through references and alternatives."""
        found: dict[str, Json] = {}
        for one in self._plain(schema):
            found |= one.get("properties", {})
        return found

    def is_open(self, schema: Json) -> bool:
        """Whether an object's names are data: any field of it may be asked for."""
        return any(one.get("additionalProperties") not in (None, False) for one in self._plain(schema))

    def columns(self, schema: Json, prefix: str = "", depth: int = 0) -> Iterator[str]:
        """A table's columns: an object's parts stand beside each other under dotted names, a list is one column."""
        for name, child in self.children(schema).items():
            inner = self.children(child)
            if inner and depth < DEEPEST_COLUMN and not self._is_array(child):
                yield from self.columns(child, f"{prefix}{name}.", depth + 1)
            else:
                yield prefix + name

    def unknown(self, schema: Json, fields: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
        """The fields of a tree that the schema has not."""
        known = self.children(schema)
        for name, inner in fields.items():
            if name in known:
                yield from self.unknown(known[name], inner, f"{prefix}{name}.")
            elif not self.is_open(schema):
                yield prefix + name

    def _plain(self, schema: Json) -> Iterator[Json]:
        name = schema.get("$ref", "").rpartition("/")[2]
        if name:
            yield from self._plain(self._schemas[name])
            return
        yield schema
        for kind in ("anyOf", "allOf", "oneOf"):
            for one in schema.get(kind, ()):
                yield from self._plain(one)
        if isinstance(schema.get("items"), Mapping):
            yield from self._plain(schema["items"])

    def _is_array(self, schema: Json) -> bool:
        name = schema.get("$ref", "").rpartition("/")[2]
        found = self._schemas[name] if name else schema
        return found.get("type") == "array" or any(self._is_array(one) for one in found.get("anyOf", ()))

    def _is_rows(self, schema: Json) -> bool:
        return self._is_array(schema) and (bool(self.children(schema)) or self.is_open(schema))


class Operations:
    """All of them, found by the address of a request."""

    def __init__(self, document: Json) -> None:
        schemas = document["components"]["schemas"]
        self.all = sorted(
            (
                Operation(path, methods["get"], schemas)
                for path, methods in document["paths"].items()
                if path.startswith("/v1/") and is_json_read(methods.get("get", {}))
            ),
            key=lambda operation: -operation.literals,
        )

    def find(self, path: str) -> Operation | None:
        return next((operation for operation in self.all if operation.pattern.fullmatch(path)), None)


def is_json_read(described: Json) -> bool:
    """Whether an operation reads, and answers in JSON."""
    return "application/json" in described.get("responses", {}).get("200", {}).get("content", {})


def _missing(parts: list[str]) -> str:
    raise KeyError(", ".join(parts) or "none")
