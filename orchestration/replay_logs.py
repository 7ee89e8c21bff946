"""Quarantined lines of logs, read from their files again: the copy in the quarantine has its address cut, the file has it whole."""

from pathlib import Path
from typing import Any

import psycopg

from assets.hosting.counting.user_agent import make_classifier
from assets.hosting.lists import newest_agent_lists, newest_ip_ranges
from assets.hosting.log_files import head_lines, matching_files, read_lines
from assets.hosting.log_formats import HEAD_LINES, make_parser
from assets.hosting.log_lines import COLUMNS, Judge, make_judge
from assets.hosting.log_request import BadLineError
from assets.hosting.logs import LogSource, _household_keys, _sources
from assets.lib.copy import copy_text
from assets.lib.privacy import scrub
from assets.lib.quarantine import LONGEST_ORIGINAL
from assets.lib.warehouse import connect
from orchestration.replay import Replayed, Waiting, mark, waiting


def replay_logs(url: str, run_id: str, tenant_id: int | None = None) -> Replayed:
    """Land the lines that can be read now, each at its place in its file. Raises psycopg.OperationalError where the warehouse is
    away."""
    done, after = Replayed("logs"), 0
    with connect(url, "ingest", autocommit=True) as connection:
        sources, keys = _sources(connection), _household_keys(connection)
        ranges, agents = newest_ip_ranges(connection), newest_agent_lists(connection)
        classify = make_classifier(agents)
        judges: dict[tuple[int, Path], Judge | None] = {}

        def judge_of(tenant: int, name: str) -> tuple[Path, Judge] | None:
            for source in sources:
                for path in matching_files(source.path) if source.tenant_id == tenant else ():
                    if path.name == name:
                        if (tenant, path) not in judges:
                            made = make_judge(tenant, source.log_source_id, run_id, keys.get(tenant, ()), ranges, agents, classify)
                            judges[tenant, path] = _with_parser(made, source, path)
                        found = judges[tenant, path]
                        return None if found is None else (path, found)
            return None

        while True:
            with connection.transaction():
                rows = waiting(connection, "logs", tenant_id, after)
                for row in rows:
                    after = row.quarantine_id
                    found = judge_of(row.tenant_id, str(row.context.get("file", "")))
                    _replay_line(connection, row, found, done)
            if not rows:
                return done


def _with_parser(judge: Judge, source: LogSource, path: Path) -> Judge | None:
    try:
        judge.parse = make_parser(source.log_format, head_lines(path, HEAD_LINES, is_final=True), source.base_url)
    except (OSError, EOFError, ValueError):
        return None
    return judge


def _replay_line(connection: psycopg.Connection[Any], row: Waiting, found: tuple[Path, Judge] | None, done: Replayed) -> None:
    line = None if found is None else _line(found[0], int(row.context.get("offset", -1)))
    if found is None or line is None or scrub(line[:LONGEST_ORIGINAL]) != row.original:
        done.stayed["file_is_gone"] += 1
        return
    try:
        judged = found[1].row(line, int(row.context["offset"]))
    except BadLineError as error:
        done.stayed[error.code] += 1
        return
    with connection.transaction():
        if judged is not None:
            copy_text(connection, "raw.logs_requests", COLUMNS, [judged[0]])
        mark(connection, row.quarantine_id)
    done.landed += judged is not None


def _line(path: Path, offset: int) -> bytes | None:
    """The line that begins at `offset`; None where the file ends before it or cannot be read."""
    if offset < 0:
        return None
    try:
        return next((line for _, _, line in read_lines(path, offset, is_final=True)), None)
    except (OSError, EOFError):
        return None
