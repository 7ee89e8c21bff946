"""All operations as one page of docs/: made from the OpenAPI document (`hostread check --write-docs`)."""

from collections.abc import Mapping
from typing import Any

HEAD = """# Endpoints

Every operation of the API, by its resource. This page is made from the code (`hostread check --write-docs`); a test fails when
an operation is missing here or gone. `/docs` of a running server has the parameters and examples, [api.md](api.md) what all
operations have in common.
"""


def reference_page(document: Mapping[str, Any]) -> str:
    """The page as Markdown, resources and addresses in alphabetical order."""
    groups: dict[str, list[str]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, described in sorted(methods.items()):
            said = " ".join(described["description"].split())
            groups.setdefault(described["tags"][0], []).append(f"| `{method.upper()} {path}` | {described['summary']} | {said} |")
    parts = [f"## {tag}\n\n| operation | | |\n|---|---|---|\n" + "\n".join(rows) + "\n" for tag, rows in sorted(groups.items())]
    return "\n".join([HEAD, *parts])
