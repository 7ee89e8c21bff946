"""One tenant of a world, from its people to its files. Nothing of it stays in memory afterwards but its part of `app.json`."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.app_file import tenant_document
from simulation.audience import SESSIONS_PER_PERSON, make_audience
from simulation.campaigns import REQUESTS_PER_SESSION, finish_campaigns, make_campaigns
from simulation.chance import digest, stream
from simulation.clock import DAY, iso
from simulation.delivery import deliver, delivery_lines, invalid_events, truth_of_messages, write_lines
from simulation.exchange import Rates, make_rates, sell_abroad, write_rates
from simulation.feeds import render_feed
from simulation.fraud import add_schemes
from simulation.friction import make_friction
from simulation.hosting import write_hosting
from simulation.launches import launch_purchases, lift_rows, make_launch
from simulation.listening import find_exposures, make_sessions
from simulation.logs import write_log
from simulation.model import Campaign, Person, Session, Show, Sponsor
from simulation.noise import make_abusers, make_noise
from simulation.oracle import TruthFiles, count_tenant
from simulation.oracle.count import Count
from simulation.oracle.read import Row, read_log
from simulation.product import make_product_events
from simulation.purchases import make_purchases, number_purchases
from simulation.requests import Request, requests_of
from simulation.shopping import Shopping, shop
from simulation.shows import live_episode, make_shows
from simulation.specs import TenantSpec
from simulation.spend import write_spend
from simulation.sponsors import make_sponsors
from simulation.users import User, make_users

WINDOW_DAYS = 90
NOISE_SHARE = 0.10
ORDER_SHARE = 0.09
EVENTS_PER_LAUNCH_ORDER = 2
ORDERS_HEADER = ("order_id", "sponsor_id", "ordered_at", "value", "currency", "promo_code", "country")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all tenants of a world share. `window_start` is midnight UTC 90 days before `now`."""

    seed: int
    now: int
    base_url: str
    folder: Path

    @property
    def window_start(self) -> int:
        return (self.now - WINDOW_DAYS * DAY) // DAY * DAY


def make_tenant(frame: Frame, tenant: int, spec: TenantSpec, truth: TruthFiles, events_file: Path) -> dict[str, Any]:
    """Write all files of one tenant, and its rows of the truth; returns its part of `app.json`."""
    # Tenants of different seeds must not share households either.
    seed = digest(frame.seed, spec.slug)
    shows = make_shows(spec, seed, frame.now, frame.window_start, frame.base_url)
    _write_feeds(frame, spec, shows)
    sponsors = make_sponsors(tenant, spec, seed)
    users = make_users(tenant, spec, seed, frame.now, sponsors)
    # Who makes a launch makes nothing else.
    others = sponsors[:-1] if spec.launch else sponsors
    campaigns = make_campaigns(spec, seed, frame.now, frame.window_start, users, others, shows)
    launched = make_launch(spec, spec.launch, seed, frame.now, users[0], sponsors[-1], shows) if spec.launch else None
    if launched is not None:
        campaigns.insert(0, launched)
    finals = finish_campaigns(campaigns, seed, frame.now)
    target = round(spec.requests / REQUESTS_PER_SESSION)
    people = make_audience(tenant + 1, seed, max(20, target // SESSIONS_PER_PERSON), shows, frame.window_start)
    sessions = make_sessions(tenant, seed, target, people, shows, frame.window_start, frame.now)
    count = _write_logs(frame, tenant, seed, spec, shows, sessions, campaigns, truth)
    for show in shows:
        said = write_hosting(frame.folder / "hosting", seed, show, count.downloads, frame.now)
        truth.write("host_downloads", ((spec.slug, show.show_id, guid, day, host, number) for host, guid, day, number in said))
    rates = _rates(frame, spec, seed)
    shopping = _shop(frame, tenant, seed, spec, shows, sessions, people, sponsors, campaigns, launched, rates, truth)
    if spec.has_fraud:
        truth.write("fraud", add_schemes(tenant, spec.slug, seed, campaigns, shows, shopping, frame.window_start, frame.now))
    _deliver(frame, tenant, seed, spec, shopping, sponsors, truth, events_file)
    _write_imports(frame, seed, spec, shopping, sponsors, shows, rates, truth)
    truth.write("users", (_user_row(spec.slug, user) for user in users))
    truth.write(
        "campaigns", (_campaign_row(spec.slug, campaign, finals[campaign.campaign_id], frame.now) for campaign in campaigns)
    )
    friction, troubles = make_friction(users, campaigns, seed, frame.now)
    truth.write("friction", ((spec.slug, *trouble) for trouble in troubles))
    product_events = make_product_events(users, campaigns, finals, friction, seed, frame.now)
    return tenant_document(spec, seed, frame.base_url, frame.folder / "logs", shows, sponsors, users, campaigns, product_events)


def _rates(frame: Frame, spec: TenantSpec, seed: int) -> dict[str, Rates]:
    """Of each currency that is not the account's own."""
    first, last = frame.window_start // DAY - 7, frame.now // DAY
    foreign = [currency for currency in (spec.abroad, spec.other_currency) if currency]
    return {currency: make_rates(seed, currency, spec.currency, first, last) for currency in foreign}


def _write_feeds(frame: Frame, spec: TenantSpec, shows: tuple[Show, ...]) -> None:
    folder = frame.folder / "feeds" / spec.slug
    folder.mkdir(parents=True, exist_ok=True)
    for number, show in enumerate(shows):
        (folder / f"{show.slug}.xml").write_bytes(render_feed(show, show.episodes))
        if number == 0:
            (folder / f"{show.slug}.live.xml").write_bytes(render_feed(show, (*show.episodes, live_episode(show, frame.now))))


def _write_logs(
    frame: Frame,
    tenant: int,
    seed: int,
    spec: TenantSpec,
    shows: tuple[Show, ...],
    sessions: list[Session],
    campaigns: list[Campaign],
    truth: TruthFiles,
) -> Count:
    abusers = make_abusers(tenant + 1, seed, shows, frame.window_start, frame.now, spec.has_day_abuser)
    by_show: list[list[Session]] = [[] for _ in shows]
    for session in sessions:
        by_show[session.show].append(session)
    rows: list[Row] = []
    for number, show in enumerate(shows):
        rng = stream(seed, show.show_id, "requests")
        requests: list[Request] = [request for session in by_show[number] for request in requests_of(session, show, rng)]
        requests += make_noise(
            tenant + 1, seed, show, round(len(requests) * NOISE_SHARE), by_show[number], frame.window_start, frame.now
        )
        requests += abusers[show.slug]
        name = f"{spec.slug}/{show.slug}.jsonl"
        path = frame.folder / "logs" / name
        people, broken = write_log(path, [request for request in requests if request.moment < frame.now], seed)
        truth.write("quarantined", ((spec.slug, "logs", name, line, "", "", reason) for line, reason in broken))
        rows += read_log(path, name, show, people)
    placements = [placement for campaign in campaigns for placement in campaign.placements]
    count = count_tenant(rows, shows, placements)
    truth.write_count(spec.slug, count)
    return count


def _shop(
    frame: Frame,
    tenant: int,
    seed: int,
    spec: TenantSpec,
    shows: tuple[Show, ...],
    sessions: list[Session],
    people: list[Person],
    sponsors: list[Sponsor],
    campaigns: list[Campaign],
    launched: Campaign | None,
    rates: dict[str, Rates],
    truth: TruthFiles,
) -> Shopping:
    exposures = find_exposures(sessions, shows, campaigns)
    # People who never listen buy too.
    buyers = people + make_audience(tenant + 1 + 128, seed, len(people) // 3, shows, frame.window_start, first=len(people))
    # A household's number is one among those who listen, and another among those who do not.
    truth.write("people", ((spec.slug, p.name, f"{p.name.split('-')[0]}-h{p.household.number}") for p in buyers))
    orders = round(spec.events * ORDER_SHARE)
    usual = [exposure for exposure in exposures if exposure.campaign is not launched]
    others = [sponsor for sponsor in sponsors if launched is None or sponsor is not launched.sponsor]
    purchases = make_purchases(tenant, seed, orders, buyers, usual, others, campaigns, frame.window_start, frame.now)
    usual_orders = len(purchases)
    if spec.launch and launched:
        purchases += launch_purchases(spec.launch, launched, seed, people, exposures, frame.window_start, frame.now)
    # Those who look and do not buy are as many as without a launch, or nearly.
    events = spec.events + EVENTS_PER_LAUNCH_ORDER * (len(purchases) - usual_orders)
    number_purchases(purchases, exposures)
    truth.write("lift", lift_rows(spec.slug, campaigns, exposures, purchases, frame.now))
    if spec.abroad:
        sell_abroad(purchases, sponsors[0], spec.abroad, rates[spec.abroad])
    return shop(tenant, spec.slug, seed, purchases, exposures, buyers, sponsors, shows, events, frame.window_start, frame.now)


def _deliver(
    frame: Frame,
    tenant: int,
    seed: int,
    spec: TenantSpec,
    shopping: Shopping,
    sponsors: list[Sponsor],
    truth: TruthFiles,
    events_file: Path,
) -> None:
    invalid = invalid_events(sponsors[min(1, len(sponsors) - 1)], seed, tenant, frame.now)
    sent, lost = deliver([*shopping.events, *(event for event, _ in invalid)], seed, tenant, frame.now)
    write_lines(events_file, delivery_lines(sent))
    truth.write("messages", truth_of_messages(spec.slug, sent))
    truth.write(
        "lost",
        (
            (spec.slug, event.sponsor.site.write_key, event.message_id, event.body.get("event", event.body["type"]))
            for event in lost
        ),
    )
    truth.write(
        "quarantined",
        ((spec.slug, "events", "", "", event.sponsor.site.write_key, event.message_id, why) for event, why in invalid),
    )
    truth.write(
        "visits",
        (
            (
                spec.slug, event.message_id, event.followed.person, event.sponsor.sponsor_id, iso(event.moment), event.followed.way,
                event.followed.campaign_id, event.followed.placement_id, int(not event.is_lost),
            )
            for event in shopping.events
            if event.followed is not None
        ),
    )  # fmt: skip
    truth.write("orders", shopping.orders)
    truth.write("refunds", shopping.refunds)


def _write_imports(
    frame: Frame,
    seed: int,
    spec: TenantSpec,
    shopping: Shopping,
    sponsors: list[Sponsor],
    shows: tuple[Show, ...],
    rates: dict[str, Rates],
    truth: TruthFiles,
) -> None:
    """The order export of the first sponsor's shop, lost beacons included; and the books of spend and rates that are kept."""
    folder = frame.folder / "imports" / spec.slug
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "orders.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(ORDERS_HEADER)
        writer.writerows(shopping.imports.get(sponsors[0].sponsor_id, []))
    if rates:
        write_rates(folder / "currency_rates.csv", rates, spec.currency)
    if spec.spend_weeks:
        last_day = frame.now // DAY - 1
        book = folder / "spend.csv"
        truth.write("saturation", write_spend(book, spec.slug, seed, spec.spend_weeks, last_day, sponsors, shows, is_worth_it=True))


def _user_row(slug: str, user: User) -> tuple[object, ...]:
    first = user.first_campaign_at
    seconds = "" if first is None else (first - user.registered_at) / 1_000
    return slug, user.user_id, iso(user.registered_at), "" if first is None else iso(first), seconds


def _campaign_row(slug: str, campaign: Campaign, final_at: int | None, now: int) -> tuple[object, ...]:
    is_over = int((campaign.flight_end + 1) * DAY <= now)
    return (
        slug,
        campaign.campaign_id,
        campaign.status,
        is_over,
        int(final_at is not None),
        "" if final_at is None else iso(final_at),
    )
