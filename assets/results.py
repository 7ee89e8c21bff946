"""What every source's assets hand to Dagster: one shape of result, and one rule of what is tried again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
import psycopg

from assets.lib.table_facts import TableFacts, table_facts

OWNERS = ["team:hostread"]
KINDS = {"postgres"}
# Files that people bring land in the raw tables of their kind; a run of everything lands them first.
IMPORTS = [dg.AssetKey(["ops", "imports"])]
TRIES_AGAIN = 3
PAUSE_S = 5


@contextmanager
def transient_faults_are_retried() -> Iterator[None]:
    """A warehouse that is away comes back: the step is tried again. Whatever else goes wrong would go wrong again.

    A feed or host that does not answer raises nothing: it is a failed row in ops.fetch_state with a pause of its own.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        raise dg.RetryRequested(max_retries=TRIES_AGAIN, seconds_to_wait=PAUSE_S) from error


def landed(
    url: str,
    table: str,
    run_id: str,
    rows: int,
    *,
    quarantined: int = 0,
    failures: Sequence[tuple[str, str]] = (),
    more: Mapping[str, Any] | None = None,
) -> "dg.MaterializeResult[Any]":
    """The result of a table that this run wrote `rows` rows to: counts, a preview, the columns, and what failed."""
    facts = table_facts(url, table, run_id)
    metadata: dict[str, Any] = {
        "dagster/row_count": facts.row_count,
        "dagster/table_name": table,
        "dagster/column_schema": _schema(facts),
        "rows_landed": rows,
        "quarantined": quarantined,
        "failed": len(failures),
        "preview": dg.MetadataValue.md(markdown(facts.shown, facts.preview)),
        **(more or {}),
    }
    if failures:
        metadata["failures"] = dg.MetadataValue.md(markdown(["source", "message"], failures[:20]))
    return dg.MaterializeResult(asset_key=table.split("."), metadata=metadata)


def report_failures(context: dg.AssetExecutionContext, failures: Sequence[tuple[str, str]]) -> None:
    """Each source that failed as a warning in the run's log; the run goes on."""
    for source, message in failures:
        context.log.warning(f"{source}: {message}")


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a title that a stranger wrote cannot end its cell or bring markup along."""
    if not rows:
        return "nothing new in this run"
    lines = [list(header), ["---"] * len(header), *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _escaped(cell: str) -> str:
    text = " ".join(cell.split()).replace("\\", "\\\\").replace("|", "\\|").replace("`", "'")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("[", "&#91;").replace("!", "&#33;")


def _schema(facts: TableFacts) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(column.name, column.kind, constraints=dg.TableColumnConstraints(nullable=column.is_nullable))
            for column in facts.columns
        ]
    )
