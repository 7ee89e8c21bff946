"""Parts of an answer: `fields=name,placements.price` as a tree, and what is left of an answer under it."""

import re
from collections.abc import Mapping
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
PATTERN = r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*(,[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*)*$"
LONGEST = 2_000
Tree = dict[str, Any]


def read_fields(text: str) -> Tree:
    """The names as a tree; a name alone stands for all that is under it. Raises ValueError."""
    if len(text) > LONGEST:
        raise ValueError(f"found {len(text)} characters, expected at most {LONGEST}")
    tree: Tree = {}
    whole: list[Tree] = []
    for name in text.split(","):
        if not NAME.fullmatch(name):
            raise ValueError(f"found the field {name[:40]!r}, expected names parted by commas, with a dot before a part of one")
        inner = tree
        for step in name.split("."):
            inner = inner.setdefault(step, {})
        whole.append(inner)
    for one in whole:
        one.clear()
    return tree


def select(value: Any, tree: Mapping[str, Any]) -> Any:
    """What is left of a value: of lists their items' parts, of everything else all."""
    if not tree:
        return value
    if isinstance(value, list):
        return [select(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: select(value[name], inner) for name, inner in tree.items() if name in value}
    return value


def within(column: str, tree: Mapping[str, Any]) -> bool:
    """Whether a dotted column is asked for."""
    inner: Mapping[str, Any] = tree
    for step in column.split("."):
        if not inner:
            return True
        if step not in inner:
            return False
        inner = inner[step]
    return True
