"""A warehouse that a test fills with raw rows, builds with dbt in this process, and asks."""

import hashlib
import itertools
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from orchestration import dbt_command

COUNTING = ("+episode_downloads_daily", "+campaign_delivery_daily")
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
# The example of the domain rules, section 1: 48,000,000 B with a 600,000 B header and 3,000 s need 1,548,000 B.
FILE_SIZE, HEADER_BYTES, DURATION_S, THRESHOLD = 48_000_000, 600_000, 3_000, 1_548_000
BROWSER = "AppleCoreMedia/1.0.0.20A362 (iPhone; U; CPU OS 16_0 like Mac OS X; en_us)"

REQUEST: Mapping[str, Any] = {
    "requested_at": START,
    "method": "GET",
    "status": 200,
    "range_header": None,
    "range_start": None,
    "range_end": None,
    "bytes_sent": FILE_SIZE,
    "url": "/audio/one.mp3",
    "user_agent": BROWSER,
    "user_agent_kind": "app",
    "user_agent_list_version": "agents-1",
    "is_watch": False,
    "key_epoch": 1,
    "ip_class": "household",
    "ip_prefix": "203.0.113.0/24",
    "ip_list_version": "ranges-1",
    "file_size": FILE_SIZE,
    "header_bytes": HEADER_BYTES,
    "is_hls": False,
    "run_id": "test",
}

# A test that waits for builds: it yields the mode of each, and goes on once it is there.
Story = Generator[str, None, None]
# Of those that wait, who asked for the first of these is served first: a full build is made when it is all that is asked for.
MODES = ("unpublished", "incremental", "full")


@dataclass
class Warehouse:
    """One database: raw rows go in by the `add_` methods, `build()` runs dbt, `rows()` reads what came of it."""

    url: str
    target: Path
    start: datetime = START
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_tenant(self) -> int:
        slug = f"tenant-{next(self.numbers)}"
        return int(self.rows("insert into app.tenants (slug, name) values (%s, %s) returning tenant_id", slug, slug)[0][0])

    def add_show(self, tenant_id: int) -> uuid.UUID:
        feed = f"http://feeds.test/{next(self.numbers)}.xml"
        found = self.rows(
            "insert into app.shows (tenant_id, title, feed_url) values (%s, 'Show', %s) returning show_id", tenant_id, feed
        )
        return uuid.UUID(str(found[0][0]))

    def add_episode(self, tenant_id: int, show_id: uuid.UUID, guid: str, **changes: Any) -> None:
        """One version of an episode's item, published on START unless `changes` says else; its media_key is `<show>/<guid>`."""
        row = {
            "tenant_id": tenant_id, "show_id": show_id, "episode_guid": guid, "title": guid, "published_at": START,
            "enclosure_url": "http://media.test/one.mp3", "media_key": f"{show_id}/{guid}", "enclosure_type": "audio/mpeg",
            "enclosure_bytes": FILE_SIZE, "duration_s": DURATION_S, "payload": "{}", "fetched_at": START, "run_id": "test",
            "content_sha256": hashlib.sha256(repr((guid, sorted(changes.items()))).encode()).digest(), **changes,
        }  # fmt: skip
        self.insert("raw.feeds_items", [row])

    def add_placement(
        self, tenant_id: int, show_id: uuid.UUID, insertion: str, ad_start_s: int, ad_duration_s: int, **changes: Any
    ) -> uuid.UUID:
        """A placement of a campaign of its own: CPM 25.00, in flight for 30 days from START unless `changes` says else."""
        number, campaign_id, sponsor_id = next(self.numbers), uuid.uuid4(), uuid.uuid4()
        flight = {"flight_start": START.date(), "flight_end": START.date() + timedelta(days=29)}
        self.insert("app.sponsors", [{"sponsor_id": sponsor_id, "tenant_id": tenant_id, "name": f"Sponsor {number}"}])
        campaign = {
            "campaign_id": campaign_id,
            "tenant_id": tenant_id,
            "sponsor_id": sponsor_id,
            "name": "Campaign",
            "currency": "EUR",
        }
        self.insert("app.campaigns", [{**campaign, **flight}])
        row = {
            "placement_id": uuid.uuid4(), "tenant_id": tenant_id, "campaign_id": campaign_id, "show_id": show_id,
            "position": "mid_roll", "insertion": insertion, "ad_start_s": ad_start_s, "ad_duration_s": ad_duration_s,
            "price_model": "cpm", "price_minor": 2_500, **flight, **changes,
        }  # fmt: skip
        self.insert("app.placements", [row])
        return uuid.UUID(str(row["placement_id"]))

    def add_requests(self, tenant_id: int, rows: list[dict[str, Any]]) -> None:
        """Log lines: each row is what differs from REQUEST, with `household` (any text) and `media_key`."""
        source = uuid.UUID(int=tenant_id)
        self.insert(
            "raw.logs_requests",
            [
                {
                    **REQUEST, "tenant_id": tenant_id, "log_source_id": source, "file_offset": next(self.numbers),
                    **{name: value for name, value in row.items() if name != "household"},
                    "household_hash": hashlib.sha256(str(row.get("household", "home")).encode()).digest(),
                }
                for row in rows
            ],
        )  # fmt: skip

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            names = list(rows[0])
            statement = f"copy {table} ({', '.join(names)}) from stdin"
            with psycopg.connect(self.url) as connection, connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row([row[name] for name in names])

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, parameters or None).fetchall()

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statement.encode())

    def settle(self) -> None:
        """Wait until what is committed is settled: an autoanalyze that began earlier holds the builds' watermark back."""
        mine = self.rows("select pg_current_xact_id()::text")[0][0]
        deadline = time.monotonic() + 60
        while not self.rows("select pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", mine)[0][0]:
            assert time.monotonic() < deadline, "a transaction of this server has been open for a minute"
            time.sleep(0.05)

    def build(
        self,
        *,
        full: bool = False,
        publish: bool = True,
        select: tuple[str, ...] = COUNTING,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        """Run the models and their data tests; `publish` moves the window on, as the orchestration does after each build."""
        self.settle()
        window = self.rows("select ops.build_from_xact(), ops.build_to_xact()")[0]
        arguments = [
            "build",
            "--select",
            *select,
            "--indirect-selection",
            "cautious",
            "--exclude-resource-type",
            "unit_test",
            "--quiet",
            "--vars",
            repr(dict(variables or {})),
        ]
        arguments += ["--full-refresh"] if full else []
        outcome = dbt_command.invoke_parsed([*arguments, *dbt_command.global_arguments(self.target)], {})
        failed = [
            f"{result.node.name}: {result.message}"
            for result in getattr(outcome.result, "results", [])
            if result.status not in ("success", "pass")
        ]
        assert outcome.success, failed or outcome.exception
        with psycopg.connect(self.url) as connection:
            if not publish:
                return
            connection.execute(
                "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
                "values (gen_random_uuid(), 'test', %s, %s, now())",
                window,
            )


@pytest.fixture(scope="module")
def warehouse(
    new_database: Callable[[str], AbstractContextManager[str]], dbt_targets: Callable[[str], Path]
) -> Iterator[Warehouse]:
    """One database for all tests of a module: a build costs more than its rows, so each test takes a tenant of its own."""
    with new_database("test_warehouse") as url, pytest.MonkeyPatch.context() as patch:
        parts = urlsplit(url)
        for variable, value in (
            ("HOST", parts.hostname),
            ("PORT", parts.port),
            ("USER", parts.username),
            ("PASSWORD", parts.password),
            ("DATABASE", parts.path.strip("/")),
        ):
            patch.setenv(f"HOSTREAD_PG_{variable}", str(value))
        yield Warehouse(url, dbt_targets(url))


@pytest.fixture(scope="session")
def side_by_side() -> Callable[..., Callable[[Any], None]]:
    """Tells the stories of a module together: a build costs the same for ten accounts as for one."""

    def tell(
        request: pytest.FixtureRequest, begin: Callable[[Callable[..., Story]], Story], build: Callable[[str], None]
    ) -> Callable[[Any], None]:
        """Tell those of STORIES whose tests run, each begun by `begin`; the returned function raises what went wrong in one."""
        here = [item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module]
        asked = {item.callspec.params.get("story") for item in here if hasattr(item, "callspec")}
        told = {story: begin(story) for story in request.module.STORIES if story in asked}
        waiting: dict[Any, str] = {}
        failed: dict[Any, Exception] = {}

        def go_on(stories: list[Any]) -> None:
            for story in stories:
                waiting.pop(story, None)
                try:
                    waiting[story] = next(told[story])
                except StopIteration:
                    pass
                except Exception as error:  # of this story's test, which raises it
                    failed[story] = error

        go_on(list(told))
        if not waiting:
            build("incremental")
        while waiting:
            mode = min(waiting.values(), key=MODES.index)
            build(mode)
            go_on([story for story, asked_for in waiting.items() if asked_for == mode])

        def of(story: Any) -> None:
            if story in failed:
                raise failed[story]

        return of

    return tell


@pytest.fixture(scope="module")
def told(
    request: pytest.FixtureRequest, warehouse: Warehouse, side_by_side: Callable[..., Callable[[Any], None]]
) -> Callable[[Any], None]:
    """The module's STORIES, each with accounts of its own in the module's warehouse."""
    return side_by_side(
        request,
        lambda story: story(warehouse),
        lambda mode: warehouse.build(full=mode == "full", publish=mode != "unpublished"),
    )
