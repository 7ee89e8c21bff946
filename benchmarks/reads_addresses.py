"""Every read of a running Hostread as addresses: the GET operations of its OpenAPI document, and the pages of its dashboard.

Nothing is listed by hand: a new operation or page is asked as soon as the application serves it. What its address names is taken
from what stands in the world; one that nothing stands for fails, and says which.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import islice, product
from typing import Any
from uuid import UUID

import requests
from PIL import Image

from api.dashboard.router import PAGES

Json = Mapping[str, Any]
# Of each name in an address so many values are tried and asked; combinations of several names are not all there.
VALUES, ADDRESSES, TRIED = 6, 2, 40
TIMEOUT = 60
# Pages that a link in a letter opens, by a secret that the letter alone holds.
BY_LETTER = {"/join", "/survey", "/unsubscribe", "/verify", "/reset"}
# Sends whoever is signed in to the overview.
FOR_NOBODY = {"/login"}
# A promo code, which is known by itself.
CODE = "code"


@dataclass(frozen=True)
class Read:
    """One operation or page, the kind of it (`api` or `pages`), and addresses that answer 200."""

    name: str
    kind: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Template:
    """A path with `{names}`, and the schemas of what it and its required query parameters take."""

    name: str
    kind: str
    path: str
    query: Mapping[str, Json]
    named: Mapping[str, Json]


def find_reads(http: requests.Session, base: str, document: Json) -> list[Read]:
    """All reads of one login. Raises RuntimeError where none of an operation's addresses answers 200."""
    templates = [*_operations(document), *_pages()]
    values = _gather(http, base, templates)
    found = {template: _answering(http, base, template, values) for template in templates}
    for template in [template for template, said in found.items() if isinstance(said, str)]:
        _make(http, base, template, document, values)
    values = _gather(http, base, templates)
    found |= {t: _answering(http, base, t, values) for t, said in found.items() if isinstance(said, str)}
    if missing := [said for said in found.values() if isinstance(said, str)]:
        raise RuntimeError(f"expected every read to have an address that answers 200; found {'; '.join(missing)}")
    return [Read(template.name, template.kind, tuple(addresses)) for template, addresses in found.items()]


def _operations(document: Json) -> Iterator[_Template]:
    for path, methods in document["paths"].items():
        described = methods.get("get")
        if described is not None:
            named = {p["name"]: p for p in described.get("parameters", ()) if p["in"] == "path"}
            query = {p["name"]: p for p in described.get("parameters", ()) if p["in"] == "query" and p.get("required")}
            yield _Template(described["operationId"], "api", path, query, named)


def _pages() -> Iterator[_Template]:
    for route in _routes(route for module in PAGES for route in module.router.routes):
        names = re.findall(r"{(\w+)}", route.path)
        if "GET" not in route.methods or "token" in names or route.path in BY_LETTER | FOR_NOBODY:
            continue
        # An id in a page's query is of what it shows.
        required: dict[str, Json] = {
            p.alias: {} for p in route.dependant.query_params if p.field_info.is_required() or p.alias.endswith("_id")
        }
        yield _Template(route.path, "pages", route.path, required, {name: {} for name in names})


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from _routes(inner.routes) if inner else (route,)


def _gather(http: requests.Session, base: str, templates: Sequence[_Template]) -> dict[str, list[str]]:
    """Values by the names that addresses have for them, from every answer that can be had; until no more come of it."""
    described = {name: one for template in templates for name, one in (*template.named.items(), *template.query.items()) if one}
    wanted = {CODE} | {name for template in templates for name in (*template.named, *template.query)}
    values: dict[str, list[str]] = defaultdict(list)
    values |= {name: _values(name, one, {}) for name, one in described.items() if "enum" in one["schema"]}
    asked: set[str] = set()
    while True:
        addresses = [
            address
            for template in templates if template.kind == "api" and template.path.startswith("/v1/")
            for address in islice(_fill(template, values), VALUES)
            if address not in asked
        ]  # fmt: skip
        if not addresses:
            return values
        for address in addresses:
            asked.add(address)
            answer = http.get(base + address, timeout=TIMEOUT)
            if answer.status_code == 200 and answer.headers["content-type"].startswith("application/json"):
                _collect(answer.json(), wanted, values)


def _collect(answer: Any, wanted: set[str], values: dict[str, list[str]]) -> None:
    if isinstance(answer, list):
        for part in answer:
            _collect(part, wanted, values)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            if name in wanted and isinstance(value, str):
                if value not in values[name] and len(values[name]) < TRIED:
                    values[name].append(value)
            else:
                _collect(value, wanted, values)


def _fill(template: _Template, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The template's addresses, as far as values are known; of several names the combinations."""
    names = {**template.named, **template.query}
    for chosen in product(*(_values(name, described, values) for name, described in names.items())):
        said = dict(zip(names, chosen, strict=True))
        query = "&".join(f"{name}={said[name]}" for name in template.query)
        yield template.path.format(**said) + (f"?{query}" if query else "")


def _values(name: str, described: Json, values: Mapping[str, Sequence[str]]) -> list[str]:
    schema = described.get("schema", {})
    if schema.get("format") == "date" or name.endswith("_day"):
        return [str(datetime.now(UTC).date() - timedelta(days=28 if name.startswith("first") else 1))]
    if "enum" in schema:
        return [str(one) for one in schema["enum"]]
    found = [value for value in values.get(name, ()) if re.fullmatch(schema.get("pattern", ".*"), value)]
    own = described.get("example")
    # The document's own word for what is no id; an example of an id is nobody's.
    return [str(own), *found] if own is not None and not _is_id(own) else found


def _is_id(value: Any) -> bool:
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


def _make(http: requests.Session, base: str, template: _Template, document: Json, values: Mapping[str, Sequence[str]]) -> None:
    """What a read is of, by the example of the operation that makes one, with ids of this world in the place of its own."""
    path = template.path.rpartition("/{")[0] or template.path
    methods = document["paths"].get(path, {})
    method = next((one for one in ("post", "put") if one in methods), None)
    if method is None:
        return
    headers = {"X-CSRF-Token": http.get(f"{base}/v1/me", timeout=TIMEOUT).json()["csrf_token"]}
    for kind, content in methods[method]["requestBody"]["content"].items():
        entry = {
            name: values[name][0] if values.get(name) and (name == CODE or _is_id(value)) else value
            for name, value in content["example"].items()
        }
        if kind == "application/json":
            answer = http.request(method, base + path, json=entry, headers=headers, timeout=TIMEOUT)
        else:
            is_picture = template.path.endswith("/logo")
            files = {"file": ("example", _picture() if is_picture else str(entry.pop("file")).encode())}
            known = {name: value for name, value in entry.items() if name in ("kind", "show_id")}
            answer = http.request(method, base + path, data=known, files=files, headers=headers, timeout=TIMEOUT)
        if answer.status_code >= 400:
            raise RuntimeError(f"{path}: found {answer.status_code} to its own example: {answer.text[:300]}")


def _picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (240, 80), "navy").save(written, "PNG")
    return written.getvalue()


def _answering(http: requests.Session, base: str, template: _Template, values: Mapping[str, Sequence[str]]) -> list[str] | str:
    """A few addresses that answer 200, or in words what was found instead."""
    found: list[str] = []
    last = "nothing in the world that its address could name"
    for address in islice(_fill(template, values), TRIED):
        answer = http.get(base + address, timeout=TIMEOUT, allow_redirects=False)
        last = f"{answer.status_code} at {address}: {answer.text[:300]}"
        if answer.status_code == 200:
            found.append(address)
        elif answer.status_code >= 500:
            return f"{template.name}: {last}"
        if len(found) == ADDRESSES:
            break
    return found or f"{template.name}: {last}"
