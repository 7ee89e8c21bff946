"""A simulated world's truth against what came of it: set-based, by temporary tables that the truth files are copied into.

The truth is written by `simulation`, which knows nothing of the pipeline's rules. What arrived after the world was made (the live
traffic of a serving demo) is not in it: such rows are told apart by their time and counted, never compared.
"""

import csv
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from orchestration.errors import HostreadError
from orchestration.truth_queries import COMPARED, LATER_TABLES, LIFTS, NEWER, PAIRS, PEOPLE, REJECTED, SOURCES, TABLES

EXAMPLES = 5


class OtherWorldError(HostreadError):
    """The database was not filled from this world: a comparison would say nothing."""


@dataclass(frozen=True)
class Comparison:
    """One kind of thing compared by key: how many keys either side has, how many differ, and a few of those in words."""

    name: str
    claim: str
    compared: int
    mismatched: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class People:
    """How far what can be counted lies from what people did, by the truth alone: counted = listens - missed + repeats + machines.

    `listens` are distinct pairs of a person and an episode of which the person fetched something. `repeats` are further counted
    downloads of a pair (a second day, device or network), `missed` are pairs with none (too few bytes, a VPN, a watch, an address
    and agent shared with another listener of the episode), `machines` are counted downloads that no person made. The window is
    first_touch.
    """

    listens: int
    repeats: int
    missed: int
    machines: int

    @property
    def counted(self) -> int:
        return self.listens - self.missed + self.repeats + self.machines


@dataclass(frozen=True)
class MeasuredLift:
    """One campaign whose lift was measured. `truth`: what its ads caused over what else was bought, of all homes that heard it;
    None where nothing else was. Estimates are of matched homes alone: an interval holds the truth 19 times in 20."""

    campaign: str
    truth: float | None
    lift: float
    low: float
    high: float
    placebo: float | None
    placebo_low: float | None
    placebo_high: float | None

    @property
    def is_held(self) -> bool:
        return self.truth is not None and self.low <= self.truth <= self.high


@dataclass(frozen=True)
class TruthReport:
    """One world against one database. `newer_*` are rows that came after the world was made: they are not in its truth."""

    comparisons: tuple[Comparison, ...]
    people: People
    newer_requests: int
    newer_events: int
    # How many requests the truth rejects under each rule; each of them was compared with the verdict on that very request.
    rejected: tuple[tuple[str, int], ...] = ()
    lifts: tuple[MeasuredLift, ...] = ()

    @property
    def is_equal(self) -> bool:
        return all(comparison.mismatched == 0 for comparison in self.comparisons)


def compare(url: str, world: Path, only: Collection[str] = ()) -> TruthReport:
    """Hold the published marts and what they were made from against the truth of `world`; with `only`, those comparisons alone.

    Raises OtherWorldError where the database holds another network than this one.
    """
    about = json.loads((world / "world.json").read_text("utf-8"))
    parameters = {"tenants": about["tenants"], "now": about["now"], "world": world.name}
    with psycopg.connect(url) as connection:
        for name, columns in TABLES.items():
            copy_csv(connection, name, columns, world / "truth" / f"{name}.csv")
        copy_lines(connection, world)
        connection.execute(SOURCES, parameters)
        strange = connection.execute("select log_file from truth_sources where log_source_id is null order by 1 limit 1").fetchone()
        if strange:
            raise OtherWorldError(
                f"found no log source {world.name}/logs/{strange[0]} in the database, expected the network {world.name}: "
                "its tenants were loaded from another world; `hostread reset` begins anew"
            )
        for table in ("truth_lines", "truth_sources", *(f"truth_{name}" for name in TABLES)):
            connection.execute(f"analyze {table}".encode())
        comparisons = tuple(_compare(connection, *what, parameters) for what in COMPARED if not only or what[0] in only)
        newer = {name: _count(connection, query, parameters) for name, query in NEWER.items() if not only or name in only}
        people = connection.execute(PEOPLE).fetchone() or (0, 0, 0, 0)
        rejected = tuple((str(reason), int(count)) for reason, count in connection.execute(REJECTED))
        lifts = () if only else _lifts(connection, world)
        newer_counts = (newer.get("verdicts", 0), newer.get("messages", 0))
        return TruthReport(comparisons, People(*map(int, people)), *newer_counts, rejected, lifts)


def _compare(connection: psycopg.Connection[Any], name: str, claim: str, query: str, parameters: dict[str, Any]) -> Comparison:
    row = connection.execute(PAIRS.format(query=query).encode(), {**parameters, "examples": EXAMPLES}).fetchone()
    compared, mismatched, examples = row or (0, 0, [])
    return Comparison(name, claim, compared, mismatched, tuple(examples))


def _lifts(connection: psycopg.Connection[Any], world: Path) -> tuple[MeasuredLift, ...]:
    for name, columns in LATER_TABLES.items():
        path = world / "truth" / f"{name}.csv"
        if not path.exists():
            return ()
        copy_csv(connection, name, columns, path)
    return tuple(MeasuredLift(*row) for row in connection.execute(LIFTS))


def _count(connection: psycopg.Connection[Any], query: str, parameters: dict[str, Any]) -> int:
    row = connection.execute(query.encode(), parameters).fetchone()
    return int(row[0]) if row else 0


def copy_csv(connection: psycopg.Connection[Any], name: str, columns: str, path: Path) -> None:
    connection.execute(f"create temporary table truth_{name} ({columns})".encode())
    # An empty field is an empty text here: the reason of a request that no rule rejects.
    options = "format csv, header match, null 'NULL'"
    with path.open("rb") as file, connection.cursor().copy(f"copy truth_{name} from stdin ({options})".encode()) as copy:
        while block := file.read(1 << 20):
            copy.write(block)


def copy_lines(connection: psycopg.Connection[Any], world: Path) -> None:
    """The truth names a line by its number, the landing by its byte offset: the log file itself says which is which."""
    connection.execute("create temporary table truth_lines (log_file text, line bigint, file_offset bigint)")
    with connection.cursor().copy("copy truth_lines from stdin") as copy:
        for row in _lines(world):
            copy.write_row(row)


def _lines(world: Path) -> Iterator[tuple[str, int, int]]:
    with (world / "truth" / "requests.csv").open(encoding="utf-8", newline="") as file:
        names: Iterable[str] = dict.fromkeys(row["log_file"] for row in csv.DictReader(file))
    for name in names:
        offset = 0
        with (world / "logs" / name).open("rb") as log:
            for number, line in enumerate(log):
                yield name, number, offset
                offset += len(line)
