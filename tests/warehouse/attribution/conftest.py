"""A small world written by hand into raw and app, one tenant a case, built once a module by the real `run_build`."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from orchestration.build import BuildOutcome, run_build

START = datetime(2026, 6, 1, tzinfo=UTC)
FLIGHT = ("2026-01-01", "2026-12-31")
FILE_BYTES = 1_000_000
Narrowed = Callable[[pytest.MonkeyPatch, Sequence[str]], None]
# What the tests here read and a publication compares: with what that is made of, half of a build's nodes. Golden cases build all.
READ = (
    "attribution_conversions", "attribution_credits", "attribution_credits_converted", "attribution_custom_credits",
    "attribution_rules", "attribution_touches", "attribution_values", "campaign_attribution_daily", "campaign_delivery",
    "campaign_delivery_daily", "campaign_performance", "campaign_roi", "campaign_roi_multiverse", "campaign_spend_daily",
    "conversion_fraud", "crowded_households", "data_driven_attribution", "evidence_overlap", "identity_links",
    "identity_people", "promo_code_leaks", "promo_code_uses", "reference_currencies", "reference_event_kinds", "survey_multipliers",
)  # fmt: skip


@dataclass
class Tenant:
    """One tenant with one sponsor, site and show; times are UTC, days count from 1 June 2026."""

    url: str
    slug: str
    tenant_id: int = 0
    sponsor: uuid.UUID = field(default_factory=uuid.uuid4)
    site: uuid.UUID = field(default_factory=uuid.uuid4)
    show: uuid.UUID = field(default_factory=uuid.uuid4)
    serial: int = 0

    @cached_property
    def connection(self) -> psycopg.Connection[dict[str, Any]]:
        """One for all statements, each a transaction: a world is thousands of them, and a password costs more than a row."""
        return psycopg.connect(self.url, autocommit=True, row_factory=dict_row)

    def execute(self, query: str, *values: Any) -> list[dict[str, Any]]:
        cursor = self.connection.execute(query, values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []

    def insert(self, table: str, **values: Any) -> None:
        values = {"tenant_id": self.tenant_id, **values}
        marks = ", ".join(["%s"] * len(values))
        self.execute(f"insert into {table} ({', '.join(values)}) values ({marks})", *values.values())

    def create(self, currency: str = "USD") -> "Tenant":
        self.tenant_id = self.execute(
            "insert into app.tenants (slug, name, currency) values (%s, 'T', %s) returning tenant_id", self.slug, currency
        )[0]["tenant_id"]
        self.insert("app.sponsors", sponsor_id=self.sponsor, name="Sponsor", margin_rate=0.5)
        self.insert(
            "app.sites", site_id=self.site, sponsor_id=self.sponsor, name="Shop", domain="shop.example", write_key=uuid.uuid4().hex
        )
        self.insert("app.shows", show_id=self.show, title="Show", feed_url="https://feed.example")
        self.insert(
            "raw.feeds_items",
            show_id=self.show,
            episode_guid="ep",
            content_sha256=b"x",
            title="Ep",
            duration_s=600,
            payload="{}",
            published_at=START - timedelta(days=200),
            media_key=self.media_key,
            enclosure_bytes=FILE_BYTES,
            fetched_at=START,
            run_id="t",
        )
        return self

    @property
    def media_key(self) -> str:
        return f"cdn.example/{self.show}.mp3"

    def campaign(
        self, utm: str | None, currency: str = "USD", goal: str = "purchase", sponsor: uuid.UUID | None = None
    ) -> uuid.UUID:
        campaign = uuid.uuid4()
        self.insert(
            "app.campaigns", campaign_id=campaign, sponsor_id=sponsor or self.sponsor, name="C", status="active", currency=currency,
            flight_start=FLIGHT[0], flight_end=FLIGHT[1], goal_kind=goal, utm_campaign=utm,
        )  # fmt: skip
        return campaign

    def placement(self, campaign: uuid.UUID, vanity: str | None = None, insertion: str = "dynamic") -> uuid.UUID:
        placement = uuid.uuid4()
        self.insert(
            "app.placements",
            placement_id=placement,
            campaign_id=campaign,
            show_id=self.show,
            position="mid_roll",
            insertion=insertion,
            flight_start=FLIGHT[0],
            flight_end=FLIGHT[1],
            price_model="cpm",
            price_minor=1_000_000,
            contracted_ads=10,
            vanity_path=vanity,
        )
        return placement

    def code(self, campaign: uuid.UUID, code: str, valid: tuple[str, str] = ("2026-05-01", "2026-06-30")) -> None:
        self.insert(
            "app.promo_codes", campaign_id=campaign, show_id=self.show, code=code, valid_from=valid[0], valid_to=valid[1],
            code_normalized=self.execute("select ops.normalized_code(%s) as code", code)[0]["code"],
        )  # fmt: skip

    def event(self, name: str | None, at: datetime, **more: Any) -> str:
        """A track event received `at`, or a page where `name` is None; without clocks that is when it happened."""
        self.serial += 1
        values = {
            "site_id": self.site, "received_at": at, "message_id": f"m{self.serial}", "kind": "track" if name else "page",
            "event_name": name, "run_id": "t", **more,
        }  # fmt: skip
        if not {"anonymous_id", "user_id"} & values.keys():
            values["user_id"] = "server"
        if values.get("household_hash") is not None:
            values["household_hash"] = hashlib.sha256(values["household_hash"]).digest()
        for column in ("context", "properties"):
            values[column] = json.dumps(values.get(column, {}))
        values.setdefault("body_sha256", hashlib.sha256(f"{name}{values['context']}{values['properties']}".encode()).digest())
        self.insert("raw.collector_events", **values)
        return str(values["message_id"])

    def click(self, utm: str, at: datetime, person: str = "anna", **more: Any) -> str:
        return self.event(None, at, anonymous_id=person, context={"campaign": {"name": utm}}, **more)

    def purchase(
        self, at: datetime, order: str | None = "o1", total: Any = "100.00", person: str | None = "anna", **more: Any
    ) -> str:
        properties = {"order_id": order, "total": total, **more.pop("properties", {})}
        return self.event("Order Completed", at, anonymous_id=person, properties=properties, **more)

    def refund(self, at: datetime, order: str = "o1", total: Any = None, **more: Any) -> str:
        return self.event("Order Refunded", at, properties={"order_id": order, "total": total}, **more)

    def exposure(self, at: datetime, household: bytes = b"home", ip_class: str = "household") -> None:
        """A whole episode served to `household`: each its own download, and one delivered ad for every placement of the show."""
        self.serial += 1
        self.insert(
            "raw.logs_requests",
            log_source_id=self.show,
            requested_at=at,
            method="GET",
            status=200,
            bytes_sent=FILE_BYTES,
            url="u",
            media_key=self.media_key,
            user_agent=f"App/{self.serial}",
            user_agent_kind="app",
            user_agent_list_version="v",
            is_watch=False,
            household_hash=hashlib.sha256(household).digest(),
            key_epoch=1,
            ip_class=ip_class,
            ip_prefix="",
            ip_list_version="v",
            file_size=FILE_BYTES,
            file_offset=self.serial,
            run_id="t",
        )

    def order(
        self, order: str, at: datetime, value_minor: int, code: str | None = None, currency: str = "USD", **more: Any
    ) -> None:
        self.insert(
            "raw.campaigns_orders", sponsor_id=self.sponsor, order_id=order, content_sha256=uuid.uuid4().bytes, ordered_at=at,
            value_minor=value_minor, currency=currency, promo_code=code, payload="{}", run_id="t", **more,
        )  # fmt: skip

    def settings(self, **values: Any) -> None:
        self.insert("app.attribution_settings", **values)

    def rows(self, table: str, order: str = "1") -> list[dict[str, Any]]:
        return self.execute(f"select * from {table} where tenant_id = %s order by {order}", self.tenant_id)

    def credits(self) -> list[dict[str, Any]]:
        """Credits by conversion in path order."""
        return self.rows("marts.attribution_credits", "converted_at, conversion_id, path_position")

    def conversions(self) -> list[dict[str, Any]]:
        return self.rows("marts.attribution_conversions", "converted_at, conversion_id")

    def performance(self, live: bool = False) -> dict[str, dict[str, Any]]:
        """Campaign performance as a reader of this tenant sees it, by campaign."""
        table = "marts.campaign_performance_live" if live else "marts.campaign_performance"
        with psycopg.connect(self.url, row_factory=dict_row, options="-c role=hostread_reader") as connection:
            connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(self.tenant_id)])
            return {str(row["campaign_id"]): row for row in connection.execute(f"select * from {table}")}

    def credited(self, live: bool = False, mart: str = "campaign_attribution_daily") -> dict[tuple[Any, ...], dict[str, Any]]:
        """Conversions and revenue by all else that a mart's row says, as a reader of this tenant sees it; no row of nothing."""
        with psycopg.connect(self.url, row_factory=dict_row, options="-c role=hostread_reader") as connection:
            connection.execute("select set_config('hostread.tenant_id', %s, true)", [str(self.tenant_id)])
            rows = connection.execute(f"select * from marts.{mart}{'_live' if live else ''}").fetchall()  # type: ignore[arg-type]
        found = {}
        for row in rows:
            row.pop("is_live", None)
            sums = {name: row.pop(name) for name in ("conversions_ppb", "revenue_minor")}
            if any(sums.values()):
                key = tuple(sorted(row.items(), key=lambda item: item[0]))
                assert key not in found, f"found two rows of {key}, expected one"
                found[key] = sums
        return found


@pytest.fixture(scope="module")
def module_url(new_database: Callable[[str], AbstractContextManager[str]]) -> Iterator[str]:
    """A migrated database of the module's own."""
    with new_database("test_module") as url:
        yield url


@pytest.fixture
def tenant(database_url: str) -> Tenant:
    return Tenant(database_url, "only").create()


@pytest.fixture
def build(
    database_url: str, dbt_targets: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, narrowed: Narrowed
) -> Callable[..., BuildOutcome]:
    """Build READ in the test's own database; the outcome must be published unless `expect` says otherwise."""

    narrowed(monkeypatch, READ)

    def run(mode: str = "incremental", expect: str = "published") -> BuildOutcome:
        outcome = run_build(database_url, "test", mode, dbt_targets(database_url))
        assert outcome.status == expect, outcome.failed_checks
        return outcome

    return run


@pytest.fixture(scope="module")
def written(
    request: pytest.FixtureRequest,
    module_url: str,
    dbt_targets: Callable[[str], Path],
    narrowed: Narrowed,
    side_by_side: Callable[..., Callable[[Any], None]],
) -> tuple[dict[str, Tenant], Callable[[Any], None]]:
    """CASES and STORIES of the module, each in a tenant of its own, built together: READ, or all where the module is WHOLE."""

    def tenant(write: Callable[..., Any]) -> Tenant:
        return Tenant(module_url, write.__name__.replace("_", "-")[:60]).create()

    def build(mode: str) -> None:
        outcome = run_build(module_url, "cases", mode, dbt_targets(module_url))
        assert outcome.status == "published", outcome.failed_checks

    tenants = {write.__name__: tenant(write) for write in getattr(request.module, "CASES", ())}
    for write in getattr(request.module, "CASES", ()):
        write(tenants[write.__name__])
    with pytest.MonkeyPatch.context() as patch:
        if not getattr(request.module, "WHOLE", False):
            narrowed(patch, READ)
        if not hasattr(request.module, "STORIES"):
            build("incremental")
            return tenants, lambda story: None
        return tenants, side_by_side(request, lambda story: story(tenant(story)), build)


@pytest.fixture(scope="module")
def cases(written: tuple[dict[str, Tenant], Callable[[Any], None]]) -> dict[str, Tenant]:
    """The tenants of the module's CASES by their names."""
    return written[0]


@pytest.fixture(scope="module")
def told(written: tuple[dict[str, Tenant], Callable[[Any], None]]) -> Callable[[Any], None]:
    """Raises what went wrong in one of the module's STORIES."""
    return written[1]
