"""Tables of an export → canonical rows, by the host's map of its headers. Pure: the same bytes and day give the same rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.hosting.connectors.protocol import WHOLE_SHOW, Grain, Statistic
from assets.hosting.exports.protocol import ROLES, Export, ExportRow, Measure, Role, word
from assets.hosting.exports.tables import ExportError, Table
from assets.hosting.exports.values import day, period, whole_number
from assets.lib.ids import bounded_key
from assets.lib.quarantine import Rejected


@dataclass(frozen=True)
class Layout:
    """Where a table's columns stand: roles, dimensions and measures by index; a measure of a column that is a period bears it."""

    roles: Mapping[Role, int]
    dimension: tuple[str, int] | None
    measures: Sequence[tuple[int, Measure, tuple[date, date] | None]]
    left_out: Sequence[str]


def layout(export: Export, table: Table) -> Layout:
    """Raises ExportError where a column is none of the host's, twice there, or nothing is counted."""
    words = [word(name) for name in table.header]
    roles: dict[Role, int] = {}
    dimension: tuple[str, int] | None = None
    found: dict[tuple[str, ...], tuple[int, int, Measure]] = {}
    wide: list[tuple[int, Measure, tuple[date, date] | None]] = []
    unknown, left_out = [], []
    for at, (name, bare) in enumerate(zip(table.header, words, strict=True)):
        role = next((role for role, names in ROLES.items() if bare in names), None)
        measure = next(((rank, one) for rank, one in enumerate(export.measures) if bare in one.words), None)
        if bare and words.index(bare) != at:
            raise _unknown(export, table, f"{name!r} twice")
        if measure is not None:
            rank, one = measure
            meaning = (one.metric, one.dimension, one.dimension_value)
            if meaning in found:
                kept, lost = sorted([found[meaning], (rank, at, one)], key=lambda entry: entry[0])
                left_out.append(table.header[lost[1]])
                found[meaning] = kept
            else:
                found[meaning] = (rank, at, one)
        elif bare in export.dimensions and dimension is None:
            dimension = (export.dimensions[bare], at)
        elif role is not None and role not in roles:
            roles[role] = at
        elif (days := period(name)) is not None and export.measures:
            wide.append((at, export.measures[0], days))
        elif bare in export.ignored:
            left_out.append(name)
        else:
            unknown.append(name)
    measures = [*((at, one, None) for _, at, one in found.values()), *wide]
    if unknown or not measures or not (roles or dimension):
        raise _unknown(export, table, f"{', '.join(map(repr, unknown[:10]))} in it" if unknown else "no column that counts")
    return Layout(roles, dimension, measures, left_out)


def _unknown(export: Export, table: Table, what: str) -> ExportError:
    return ExportError(
        f"{table.name}: found the header {','.join(table.header)[:300]!r} with {what}, expected one of {export.name}, such as "
        f"{'; '.join(export.examples)}: nothing was imported from this file"
    )


def read_table(export: Export, table: Table, at: Layout, as_of: date) -> Iterator[ExportRow | Rejected]:
    """A row a value, or the reason why a line of the file cannot be used. `as_of`: the day of totals that name no day."""
    seen: dict[tuple[object, ...], Decimal] = {}
    for line, fields in table.rows:
        try:
            rows = list(_rows(export, table, at, fields, as_of))
            for row in rows:
                _once(row.statistic, seen)
        except ValueError as error:
            original = ",".join(fields).encode("utf-8", "replace")
            yield Rejected("bad_row", f"line {line}: {error}", original, {"file": table.name, "line": line})
        else:
            yield from rows


def _once(statistic: Statistic, seen: dict[tuple[object, ...], Decimal]) -> None:
    key = (
        statistic.episode_key, statistic.metric, statistic.period_start, statistic.period_end, statistic.grain,
        statistic.dimension, statistic.dimension_value,
    )  # fmt: skip
    if seen.setdefault(key, statistic.value) != statistic.value:
        raise ValueError(
            f"found {statistic.value} for what an earlier line says is {seen[key]}, expected each episode and period once: "
            "two episodes of one title need a column with their id or GUID"
        )


def _rows(export: Export, table: Table, at: Layout, fields: Sequence[str], as_of: date) -> Iterator[ExportRow]:
    if len(fields) != len(table.header):
        raise ValueError(f"found {len(fields)} fields, expected {len(table.header)} as in the header")
    cell = {role: fields[index].strip() for role, index in at.roles.items()}
    names = [cell[role] for role in ("guid", "episode_id", "title") if cell.get(role)]
    has_episode = any(role in at.roles for role in ("guid", "episode_id", "title"))
    if has_episode and not names:
        raise ValueError("found no episode, expected its title, id or GUID")
    dimension, value = ("", "") if at.dimension is None else (at.dimension[0], fields[at.dimension[1]].strip()[:200])
    if at.dimension is not None and not value:
        raise ValueError(f"found an empty {table.header[at.dimension[1]]!r}, expected a name")
    days = _period(table, at, cell)
    for index, measure, own_days in at.measures:
        number = whole_number(fields[index], table.header[index])
        if number is None:
            continue
        first, last, grain, is_cumulative = _stated(own_days or days, measure, as_of)
        yield ExportRow(
            Statistic(
                episode_key=bounded_key(names[0]) if names else WHOLE_SHOW, episode_guid=cell.get("guid") or None, value=number,
                period_start=first, period_end=last, metric=measure.metric, metric_standard=measure.standard or export.standard,
                grain=grain, dimension=dimension or measure.dimension, dimension_value=value or measure.dimension_value,
                is_cumulative=is_cumulative,
            ),
            cell.get("title") or None,
        )  # fmt: skip


def _period(table: Table, at: Layout, cell: Mapping[Role, str]) -> tuple[date, date] | None:
    if "date" in cell:
        found = day(cell["date"], table.header[at.roles["date"]])
        return found, found
    if "month" in cell:
        days = period(cell["month"])
        if days is None or days[0] == days[1]:
            raise ValueError(f"found the month {cell['month'][:60]!r}, expected YYYY-MM")
        return days
    if "first_day" in cell and "last_day" in cell:
        first, last = (day(cell[role], table.header[at.roles[role]]) for role in ("first_day", "last_day"))
        if first != last and period(f"{first:%Y-%m}") != (first, last):
            raise ValueError(f"found the period {first} to {last}, expected a day or a calendar month: export it by day")
        return first, last
    return None


def _stated(days: tuple[date, date] | None, measure: Measure, as_of: date) -> tuple[date, date, Grain, bool]:
    """What the number is a number of. Followers are a level of their day; a total without a day is a snapshot of a counter."""
    if days is not None:
        return *days, "day" if days[0] == days[1] else "month", False
    if measure.metric == "follower":
        return as_of, as_of, "day", False
    return as_of, as_of, "all_time", True
