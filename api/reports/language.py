"""A report's words in the language of its look. The English text is the key; `words/<language>.json` holds the others.

What the data say (titles, names, the reasons that a build words) stays as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from api.reports.document import Document, Figure, Section, Table
from api.reports.look import LOOK

# Kinds whose title is a word of ours and not a campaign's name.
OWN_TITLES = frozenset({"network", "value_review"})
WORDS = Path(__file__).parent / "words"


@lru_cache(maxsize=8)
def catalogue(language: str) -> Mapping[str, Any]:
    """`words`: texts by their English; `formats`: patterns of dates, numbers and money (Unicode CLDR)."""
    found: Mapping[str, Any] = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    return found


def say(text: str, **values: object) -> str:
    """The text in the look's language, with the values in its places; English where the catalogue has none."""
    found = str(catalogue(LOOK.get().language)["words"].get(text, text))
    return found.format(**values) if values else found


def translated(document: Document) -> Document:
    """The same document with the fixed words of its frame (titles, headings, labels, notes) in the look's language."""
    if LOOK.get().language == "en":
        return document
    return replace(
        document,
        title=say(document.title) if document.kind in OWN_TITLES else document.title,
        sections=tuple(_section(section) for section in document.sections),
    )


def _section(section: Section) -> Section:
    return replace(
        section, title=say(section.title), intro=say(section.intro), figures=tuple(map(said_figure, section.figures)),
        tables=tuple(map(_table, section.tables)),
    )  # fmt: skip


def _table(table: Table) -> Table:
    return replace(
        table, title=say(table.title), headings=tuple(map(say, table.headings)), note=say(table.note),
        rows=tuple(tuple(map(said_figure, row)) for row in table.rows),
    )  # fmt: skip


def said_figure(figure: Figure) -> Figure:
    """The figure with its words in the look's language; its value as it is."""
    return replace(figure, label=say(figure.label), absent=say(figure.absent), note=say(figure.note))
