"""The contract of every mart as a page, from the models themselves: `hostread check --write-docs` renews docs/contracts.md."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = """# Mart contracts

What the marts promise to their readers: grain, key, columns and types, enforced by dbt when they are built. This page is
made from the models (`hostread check --write-docs`); a test fails when it is not up to date.
"""


def contracts_page(manifest: Path) -> str:
    """The page as Markdown, marts in alphabetical order."""
    nodes = json.loads(manifest.read_text("utf-8"))["nodes"].values()
    marts = sorted((node for node in nodes if is_mart(node)), key=lambda node: str(node["name"]))
    return "\n".join([HEAD, *(contract(node) for node in marts)])


def is_mart(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "model" and node["schema"] in ("candidate", "marts")


def contract(node: Mapping[str, Any]) -> str:
    key = {**node.get("meta", {}), **node["config"].get("meta", {})}.get("primary_key", [])
    lines = [f"## `marts.{node['name']}`", "", " ".join(str(node["description"]).split()), ""]
    if key:
        lines += [f"Key: {', '.join(f'`{name}`' for name in key)}.", ""]
    lines += ["| column | type | |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {column.get('data_type') or ''} | {' '.join(str(column.get('description') or '').split())} |"
        for name, column in node["columns"].items()
    ]
    return "\n".join([*lines, ""])
