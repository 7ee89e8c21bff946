"""A CSV of survey answers → raw.campaigns_survey_answers: how customers say they heard of a sponsor. The first answer of a
response's id stands: to import the file again changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from assets.campaigns.parse import Parsed, UnknownHeaderError, header_message, parsed_rows, read_rows, to_instant, to_uuid
from assets.lib.copy import insert_new

REQUIRED = ("response_id", "answered_at", "answer")
KNOWN = (*REQUIRED, "order_id", "sponsor_id")
COLUMNS = ("tenant_id", "sponsor_id", "response_id", "answered_at", "answer", "order_id", "run_id")
KEY = COLUMNS[:3]
LONGEST = 200


@dataclass(frozen=True)
class Answer:
    """One customer's answer to "how did you hear of us"."""

    sponsor_id: UUID
    response_id: str
    answered_at: datetime
    answer: str
    order_id: str | None


def parse_answers(text: str, sponsor_id: UUID | None) -> list[Parsed[Answer]]:
    """Rows of response_id, answered_at, answer and perhaps order_id and sponsor_id; `sponsor_id` is whose they are where the
    file has no such column. Raises UnknownHeaderError."""
    header, rows = read_rows(text)
    wanted = [*REQUIRED, *(() if sponsor_id else ("sponsor_id",))]
    if not set(wanted) <= set(header) <= set(KNOWN) or len(header) != len(set(header)):
        raise UnknownHeaderError(header_message(header, wanted, "in any order, and optionally order_id"))
    return list(parsed_rows(header, rows, lambda row: _answer(row, sponsor_id)))


def land_answers(connection: psycopg.Connection[Any], tenant_id: int, answers: Sequence[Answer], run_id: str) -> int:
    """In the caller's transaction; returns how many are new."""
    rows = [(tenant_id, one.sponsor_id, one.response_id, one.answered_at, one.answer, one.order_id, run_id) for one in answers]
    return insert_new(connection, "raw.campaigns_survey_answers", COLUMNS, rows, KEY) if rows else 0


def _answer(row: dict[str, str], sponsor_id: UUID | None) -> Answer:
    own = row.get("sponsor_id", "").strip()
    return Answer(
        to_uuid(own, "sponsor_id") if own or sponsor_id is None else sponsor_id,
        _text(row, "response_id"),
        to_instant(row["answered_at"]),
        _text(row, "answer"),
        row.get("order_id", "").strip() or None,
    )


def _text(row: dict[str, str], name: str) -> str:
    text = row[name].strip()
    if not 0 < len(text) <= LONGEST:
        raise ValueError(f"found the {name} {text[:50]!r} of {len(text)} characters, expected 1 to {LONGEST}")
    return text
