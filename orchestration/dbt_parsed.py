"""The project as dbt parsed it, held in this process: parsing costs 8 s, and to take up what was parsed one second of each call."""

from itertools import chain
from pathlib import Path
from typing import Any

SOURCE_SUFFIXES = {".sql", ".yml", ".csv", ".md"}


def newest_source(project: Path) -> float:
    """When a file of the project last changed; folders tell of what was taken away."""
    return max(path.stat().st_mtime for path in project.rglob("*") if path.suffix in SOURCE_SUFFIXES or path.is_dir())


def address(manifest: Any, known: str, database: str) -> None:
    """Make a manifest that speaks of database `known` speak of `database`, and forget what earlier calls compiled.

    Names of relations are all that a database's name is in: so a new database is no cause to parse again.
    """
    for node in chain(manifest.nodes.values(), manifest.sources.values()):
        if node.database == known:
            node.database = database
            if node.relation_name:
                node.relation_name = node.relation_name.replace(f'"{known}".', f'"{database}".', 1)
        if getattr(node, "compiled", False):
            node.compiled, node.compiled_code, node.extra_ctes_injected, node.extra_ctes = False, None, False, []
