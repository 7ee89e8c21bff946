"""A small world written by hand into raw and app, one tenant a case, built once a module by the real `run_build`."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from orchestration.build import BuildOutcome, run_build

START = datetime(2026, 6, 1, tzinfo=UTC)
NONE = uuid.UUID(int=0)
FILE_BYTES = 1_000_000


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

    def execute(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            cursor = connection.execute(query, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def create(self, currency: str = "USD") -> "Tenant":
        self.tenant_id = self.execute(
            "insert into app.tenants (slug, name, currency) values (%s, %s, %s) returning tenant_id", self.slug, self.slug, currency
        )[0]["tenant_id"]
        self.execute(
            "insert into app.sponsors (sponsor_id, tenant_id, name, margin_rate) values (%s, %s, 'Sponsor', 0.5)",
            self.sponsor, self.tenant_id,
        )  # fmt: skip
        self.execute(
            "insert into app.sites (site_id, tenant_id, sponsor_id, name, domain, write_key) values (%s, %s, %s, 'Shop', 'shop.example', %s)",
            self.site, self.tenant_id, self.sponsor, uuid.uuid4().hex,
        )  # fmt: skip
        self.execute(
            "insert into app.shows (show_id, tenant_id, title, feed_url) values (%s, %s, 'Show', 'https://feed.example')",
            self.show, self.tenant_id,
        )  # fmt: skip
        self.execute(
            "insert into raw.feeds_items (tenant_id, show_id, episode_guid, content_sha256, title, published_at, media_key, "
            "enclosure_bytes, duration_s, payload, fetched_at, run_id) values (%s, %s, 'ep', 'x', 'Ep', %s, %s, %s, 600, '{}', now(), 't')",
            self.tenant_id, self.show, START - timedelta(days=200), f"cdn.example/{self.show}.mp3", FILE_BYTES,
        )  # fmt: skip
        return self

    def campaign(self, utm: str | None, currency: str = "USD", goal: str = "purchase", sponsor: uuid.UUID | None = None) -> uuid.UUID:
        campaign = uuid.uuid4()
        self.execute(
            "insert into app.campaigns (campaign_id, tenant_id, sponsor_id, name, status, currency, flight_start, flight_end, goal_kind, "
            "utm_campaign) values (%s, %s, %s, 'C', 'active', %s, '2026-01-01', '2026-12-31', %s, %s)",
            campaign, self.tenant_id, sponsor or self.sponsor, currency, goal, utm,
        )  # fmt: skip
        return campaign

    def placement(self, campaign: uuid.UUID, vanity: str | None = None, insertion: str = "dynamic") -> uuid.UUID:
        placement = uuid.uuid4()
        self.execute(
            "insert into app.placements (placement_id, tenant_id, campaign_id, show_id, position, insertion, flight_start, flight_end, "
            "price_model, price_minor, contracted_ads, vanity_path) "
            "values (%s, %s, %s, %s, 'mid_roll', %s, '2026-01-01', '2026-12-31', 'cpm', 1000000, 10, %s)",
            placement, self.tenant_id, campaign, self.show, insertion, vanity,
        )  # fmt: skip
        return placement

    def code(
        self, campaign: uuid.UUID, code: str, placement: uuid.UUID | None = None, valid: tuple[str, str] = ("2026-05-01", "2026-06-30")
    ) -> None:
        self.execute(
            "insert into app.promo_codes (tenant_id, campaign_id, placement_id, show_id, code, code_normalized, valid_from, valid_to) "
            "values (%s, %s, %s, %s, %s, ops.normalized_code(%s), %s, %s)",
            self.tenant_id, campaign, placement, self.show, code, code, *valid,
        )  # fmt: skip

    def event(self, name: str | None, at: datetime, **more: Any) -> str:
        """A track event, or a page where `name` is None. `received_at` defaults to `at`; without clocks that is when it happened."""
        self.serial += 1
        values = {
            "tenant_id": self.tenant_id, "site_id": self.site, "received_at": at, "message_id": f"m{self.serial}",
            "kind": "track" if name else "page", "event_name": name, "run_id": "t", **more,
        }  # fmt: skip
        for column in ("context", "properties"):
            values[column] = json.dumps(values.get(column, {}))
        values.setdefault("body_sha256", hashlib.sha256(f"{name}{values['context']}{values['properties']}".encode()).digest())
        self.execute(
            f"insert into raw.collector_events ({', '.join(values)}) values ({', '.join(['%s'] * len(values))})", *values.values()
        )
        return str(values["message_id"])

    def click(self, utm: str, at: datetime, person: str = "anna", **more: Any) -> str:
        return self.event(None, at, anonymous_id=person, context={"campaign": {"name": utm}}, **more)

    def purchase(self, at: datetime, order: str | None = "o1", total: Any = "100.00", person: str | None = "anna", **more: Any) -> str:
        properties = {"order_id": order, "total": total, **more.pop("properties", {})}
        return self.event("Order Completed", at, anonymous_id=person, properties=properties, **more)

    def refund(self, at: datetime, order: str = "o1", total: Any = None, **more: Any) -> str:
        return self.event("Order Refunded", at, properties={"order_id": order, "total": total}, **more)

    def exposure(self, at: datetime, household: bytes = b"home", ip_class: str = "household") -> None:
        """A whole episode served to `household`: each its own download, and one delivered ad for every placement of the show."""
        self.serial += 1
        self.execute(
            "insert into raw.logs_requests (tenant_id, log_source_id, requested_at, method, status, bytes_sent, url, media_key, user_agent, "
            "user_agent_kind, user_agent_list_version, is_watch, household_hash, key_epoch, ip_class, ip_prefix, ip_list_version, file_size, "
            "file_offset, run_id) values (%s, %s, %s, 'GET', 200, %s, 'u', %s, %s, 'app', 'v', false, %s, 1, %s, '', 'v', %s, %s, 't')",
            self.tenant_id, self.show, at, FILE_BYTES, f"cdn.example/{self.show}.mp3", f"App/{self.serial}", household, ip_class,
            FILE_BYTES, self.serial,
        )  # fmt: skip

    def order(self, order: str, at: datetime, value_minor: int, code: str | None = None, currency: str = "USD") -> None:
        self.execute(
            "insert into raw.campaigns_orders (tenant_id, sponsor_id, order_id, content_sha256, ordered_at, value_minor, currency, promo_code, "
            "payload, run_id) values (%s, %s, %s, %s, %s, %s, %s, %s, '{}', 't')",
            self.tenant_id, self.sponsor, order, uuid.uuid4().bytes, at, value_minor, currency, code,
        )  # fmt: skip

    def settings(self, **values: Any) -> None:
        self.execute(
            f"insert into app.attribution_settings (tenant_id, {', '.join(values)}) values (%s, {', '.join(['%s'] * len(values))})",
            self.tenant_id, *values.values(),
        )  # fmt: skip

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


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target folder a worker: dbt parses the project once."""
    return tmp_path_factory.mktemp("dbt_target")


@pytest.fixture(scope="module")
def module_url(server_url: str, template_url: str) -> Iterator[str]:
    """A migrated database of the module's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template template_hostread')
        yield f"{server_url.rsplit('/', 1)[0]}/{name}"
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def tenant(database_url: str) -> Tenant:
    return Tenant(database_url, "only").create()


@pytest.fixture
def build(database_url: str, dbt_target: Path) -> Callable[..., BuildOutcome]:
    """Build the test's own database; the outcome must be published unless `expect` says otherwise."""

    def run(mode: str = "incremental", expect: str = "published") -> BuildOutcome:
        outcome = run_build(database_url, "test", mode, dbt_target)
        assert outcome.status == expect, outcome.failed_checks
        return outcome

    return run


@pytest.fixture(scope="module")
def cases(request: pytest.FixtureRequest, module_url: str, dbt_target: Path) -> dict[str, Tenant]:
    """Each function of the module's CASES in a tenant of its own, all built at once."""
    tenants = {}
    for write in request.module.CASES:
        tenants[write.__name__] = Tenant(module_url, write.__name__.replace("_", "-")).create()
        write(tenants[write.__name__])
    outcome = run_build(module_url, "cases", "incremental", dbt_target)
    assert outcome.status == "published", outcome.failed_checks
    return tenants
