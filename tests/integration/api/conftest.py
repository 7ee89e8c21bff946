"""A real server over a real database; two accounts; and marts shaped by dbt's own contracts."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
import yaml
from fastapi import FastAPI, routing

from api import main
from api.main import create_app
from api.settings import ApiSettings

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "correct horse battery"
# The marts that have a live view: here what was built and nothing after it.
LIVE = ("campaign_performance", "campaign_attribution_daily", "data_driven_attribution")
# Read once: each client would read the authorities anew for it, which costs more than a request.
TLS = httpx.create_ssl_context()
Json = dict[str, Any]


@dataclass
class Account:
    """One tenant with a campaign and everything around it, seen through its owner's key."""

    tenant_id: int
    email: str
    key: str
    sponsor_id: str
    show_id: str
    campaign: Json
    site: Json
    report: Json
    http: httpx.Client

    @property
    def campaign_id(self) -> str:
        return str(self.campaign["campaign_id"])


@pytest.fixture(scope="session")
def tools() -> SimpleNamespace:
    """The functions of this file: under importlib mode a test cannot import them."""
    return SimpleNamespace(
        PASSWORD=PASSWORD,
        register=register,
        campaign_entry=campaign_entry,
        settings_for=settings_for,
        insert=insert,
        contracts=contracts,
        publish=publish,
        failures=failures,
    )


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """What FastAPI makes of each route, and the document of them all, is made for the first of 300 applications and the same for
    every other: half a second of CPU each, and two where a form is asked for. None overrides a dependency."""
    build, install = routing._IncludedRouter._build_effective_context, main.install_openapi
    made: dict[int, list[tuple[Any, Any, Any]]] = {}
    document: Json = {}

    def build_once(self: Any, route: Any) -> Any:
        asked = replace(self.include_context, dependency_overrides_provider=None)
        known = made.setdefault(id(route), [])
        found = next((context for _, included, context in known if included == asked), None)
        if found is None:
            found = build(self, route)
            known.append((route, asked, found))
        return found

    def install_once(app: FastAPI) -> None:
        install(app)
        describe = app.openapi

        def openapi() -> Json:
            if not document:
                document.update(describe())
            return document

        app.openapi = openapi  # type: ignore[method-assign]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing._IncludedRouter, "_build_effective_context", build_once)
        patch.setattr(main, "install_openapi", install_once)
        yield


def settings_for(url: str, **changes: Any) -> ApiSettings:
    values: Json = {
        "database_url": url, "secret_key": "s" * 32, "login_rate": "1000/minute", "registration_rate": "1000/minute",
        "log_level": "ERROR", "collector_url": "https://collect.example",
    }  # fmt: skip
    return ApiSettings(**(values | changes))


@pytest.fixture
def serve() -> Iterator[Callable[[ApiSettings], str]]:
    """Starts a server and returns its base URL; all of them end with the test."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(settings: ApiSettings) -> str:
        server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error", lifespan="on", proxy_headers=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < deadline and thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        running.append((server, thread))
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def base_url(database_url: str, serve: Callable[[ApiSettings], str]) -> str:
    return serve(settings_for(database_url))


@pytest.fixture
def anonymous(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=60, verify=TLS) as client:
        yield client


def failures(url: str, tenant_id: int) -> list[tuple[Any, ...]]:
    """Event, campaign, code and status of what was tried in vain, by name."""
    with psycopg.connect(url) as owner:
        return owner.execute(
            "select event_name, campaign_id::text, properties ->> 'code', properties ->> 'status' from app.product_events "
            "where tenant_id = %s and event_name like '%%failed' order by event_name",
            [tenant_id],
        ).fetchall()


def register(client: httpx.Client, name: str) -> Json:
    entry = {"email": f"owner@{name}.com", "password": PASSWORD, "organisation": f"{name} network", "currency": "USD"}
    answer = client.post("/v1/users", json=entry)
    assert answer.status_code == 201, answer.text
    return answer.json()


def campaign_entry(sponsor_id: str, show_id: str, **changes: Any) -> Json:
    placement = {"show_id": show_id, "insertion": "dynamic", "price": "25.00", "promo_codes": [{"code": "Spring-20"}]}
    return {
        "name": "Spring", "sponsor_id": sponsor_id, "flight_start": "2026-03-01", "flight_end": "2026-04-30",
        "utm_campaign": "spring", "status": "active", "placements": [placement],
    } | changes  # fmt: skip


def make_account(base_url: str, url: str, name: str) -> Account:
    with httpx.Client(base_url=base_url, timeout=60, verify=TLS) as plain:
        key = register(plain, name)["api_key"]["key"]
    http = httpx.Client(base_url=base_url, timeout=60, headers={"Authorization": f"Bearer {key}"}, verify=TLS)
    sponsor = created(http.post("/v1/sponsors", json={"name": f"{name} sponsor", "margin_rate": "0.5"}))
    show = created(http.post("/v1/shows", json={"title": f"{name} show", "feed_url": f"https://{name}.example/feed.xml"}))
    campaign = created(http.post("/v1/campaigns", json=campaign_entry(sponsor["sponsor_id"], show["show_id"])))
    site = created(http.post("/v1/sites", json={"sponsor_id": sponsor["sponsor_id"], "name": "shop", "domain": "shop.example"}))
    report = http.post("/v1/reports", json={"campaign_id": campaign["campaign_id"]}).json()
    with psycopg.connect(url) as owner:
        row = owner.execute("select tenant_id from app.users where email = %s", [f"owner@{name}.com"]).fetchone()
    assert row is not None
    return Account(row[0], f"owner@{name}.com", key, sponsor["sponsor_id"], show["show_id"], campaign, site, report, http)


def created(answer: httpx.Response) -> Json:
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def account(base_url: str, database_url: str) -> Iterator[Account]:
    made = make_account(base_url, database_url, "ours")
    yield made
    made.http.close()


@pytest.fixture
def stranger(base_url: str, database_url: str) -> Iterator[Account]:
    made = make_account(base_url, database_url, "theirs")
    yield made
    made.http.close()


@pytest.fixture(scope="session")
def published_template(new_database: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """The name of a database with the published marts, made once a worker: to make a hundred tables costs half a second."""
    with new_database("template_published") as url:
        publish(url)
        yield "template_published"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, new_database: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """A database of the test's own; a copy of the one with the marts, where the test or a fixture of its asks for `published`."""
    is_published = "published" in request.fixturenames
    with new_database("test", *([request.getfixturevalue("published_template")] if is_published else [])) as url:
        yield url


@pytest.fixture
def published(database_url: str) -> str:
    """The published marts, empty; one build, of just now. Returns the build's id."""
    with psycopg.connect(database_url) as owner:
        row = owner.execute(
            "update marts.builds set build_id = gen_random_uuid(), from_xact = '0', to_xact = pg_current_xact_id(), "
            "started_at = now(), published_at = default, as_of = default returning build_id"
        ).fetchone()
    assert row is not None
    return str(row[0])


def publish(url: str) -> str:
    """Make the marts with the columns, types and keys of dbt's contracts, and one build; its id."""
    with psycopg.connect(url) as owner:
        for model in contracts():
            columns = ", ".join(f"{column['name']} {column['data_type']}" for column in model["columns"])
            name = model["name"]
            owner.execute(f"create table marts.{name} ({columns})")
            if any(column["name"] == "tenant_id" for column in model["columns"]):
                owner.execute(f"alter table marts.{name} enable row level security")
                owner.execute(
                    f"create policy tenant_isolation on marts.{name} for select to hostread_reader, hostread_app "
                    "using (tenant_id = ops.current_tenant_id())"
                )
            owner.execute(f"grant select on marts.{name} to hostread_reader, hostread_app")
        for mart in LIVE:
            owner.execute(
                f"create view marts.{mart}_live with (security_invoker = true) as select *, true as is_live from marts.{mart}"
            )
            owner.execute(f"grant select on marts.{mart}_live to hostread_reader, hostread_app")
        # A model that is tried out is computed by the macro that makes this mart: the view has its columns.
        owner.execute(
            "create view marts.attribution_models_preview with (security_invoker = true) as "
            "select * from marts.attribution_custom_credits"
        )
        owner.execute("grant select on marts.attribution_models_preview to hostread_reader, hostread_app")
        row = owner.execute(
            "insert into marts.builds (build_id, mode, from_xact, to_xact, started_at) "
            "values (gen_random_uuid(), 'full', '0', pg_current_xact_id(), now()) returning build_id"
        ).fetchone()
    assert row is not None
    return str(row[0])


@lru_cache(maxsize=1)
def contracts() -> list[Json]:
    """The marts' models as their yml describes them."""
    files = sorted((ROOT / "dbt_project" / "models" / "marts").rglob("*.yml"))
    models = [model for file in files for model in yaml.safe_load(file.read_text("utf-8")).get("models", [])]
    assert len(models) >= 12, [model["name"] for model in models]
    return models


def insert(url: str, table: str, **values: Any) -> None:
    """One row of a mart; what is left out is zero or null as its type has it."""
    names = ", ".join(values)
    statement = f"insert into {table} ({names}) values ({', '.join(['%s'] * len(values))})"
    try:
        _writer(url).execute(statement, list(values.values()))
    except psycopg.OperationalError:
        # The database of the test before had the same name, and is gone.
        _writer.cache_clear()
        _writer(url).execute(statement, list(values.values()))


@lru_cache(maxsize=1)
def _writer(url: str) -> psycopg.Connection[Any]:
    """One connection for the rows of a test: scram makes each a tenth of a second's work. It ends with its database."""
    return psycopg.connect(url, autocommit=True)
