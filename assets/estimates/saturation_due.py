"""Whether saturation waits for its first fit; without numpy, since a sensor asks every few seconds."""

from assets.lib.warehouse import connect


def is_first_saturation_due(url: str) -> bool:
    """Whether spend by week is published and no saturation has ever been fitted."""
    with connect(url, "transform") as connection:
        if connection.execute("select to_regclass('marts.saturation_weeks')").fetchone() == (None,):
            return False
        row = connection.execute(
            "select exists (select from marts.saturation_weeks) and not exists (select from estimates.saturation_fits)"
        ).fetchone()
    return row is not None and bool(row[0])
