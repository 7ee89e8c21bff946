"""How an account chose its reports to look, read by the worker and the dashboard."""

from typing import Any

import psycopg

from api.reports.look import ACCENT, BAND, Language, Look

READ = "select display_name, language, band_colour, accent_colour, logo from app.report_settings"


def read_look(c: psycopg.Connection[dict[str, Any]], language: Language | None = None) -> Look:
    """The look of the transaction's account, in `language` where one is named."""
    row = c.execute(READ).fetchone()
    if row is None:
        return Look(language=language or "en")
    return Look(
        language=language or row["language"], name=row["display_name"], band=row["band_colour"] or BAND,
        accent=row["accent_colour"] or ACCENT, logo=bytes(row["logo"]) if row["logo"] is not None else None,
    )  # fmt: skip
