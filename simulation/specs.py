"""The worlds: how many tenants, shows, requests and events each has."""

import os
from dataclasses import dataclass

from simulation.chance import stream


@dataclass(frozen=True, slots=True)
class ShowSpec:
    """`every_days` between episodes; `back_catalogue` episodes from before the 90 days; `weight`: its share of the audience."""

    slug: str
    title: str
    host: str
    every_days: float
    back_catalogue: int
    base_duration_s: int
    weight: float = 1.0
    prefix: str = ""
    language: str = "en"
    logs_sizes: bool = True
    is_tolerant: bool = False


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """A campaign of the last sponsor, of something that is bought often: its effect is large enough to be measured as lift.

    It begins `begins_days` before now on one show, for `days`. `monthly` orders in four weeks of a person without any ad; the first
    ad brings `effect` orders more.
    """

    show: int
    begins_days: int
    days: int
    monthly: float
    effect: float


@dataclass(frozen=True, slots=True)
class TenantSpec:
    """`requests` and `events` are aimed at, not met to the unit."""

    slug: str
    name: str
    currency: str
    timezone: str
    shows: tuple[ShowSpec, ...]
    requests: int
    events: int
    sponsors: int
    users: int
    flights: int
    spend_weeks: int = 0
    has_day_abuser: bool = False
    other_currency: str | None = None
    has_fraud: bool = False
    # The first sponsor's shop sells in this currency too.
    abroad: str | None = None
    # Placements paid by a share of revenue, a model of credit of the tenant's own, and a holdout that it marked.
    is_varied: bool = False
    launch: LaunchSpec | None = None


PODTRAC = "https://dts.podtrac.com/redirect.mp3/"
CHAIN = "https://pdst.fm/e/chrt.fm/track/AB12C/"
OP3 = "https://op3.dev/e/"
# Fewer tenants of the world `large`, where the machine or the time is small: the first so many ("6"), or those from one number to
# before another ("20:30"); each is as it would be among all.
LARGE_TENANTS = "HOSTREAD_LARGE_TENANTS"

TINY = (
    TenantSpec(
        "harbor", "Harbor Audio", "USD", "America/New_York",
        (
            ShowSpec("tide-and-time", "Tide &amp; Time", "buzzsprout", 3.5, 18, 1_800),
            ShowSpec("night-ferry", "Night Ferry <b>live</b> ⛴️", "libsyn", 7, 4, 2_700, 0.6, PODTRAC),
        ),
        requests=2_200, events=320, sponsors=2, users=10, flights=4, spend_weeks=8,
    ),
    TenantSpec(
        "nordlicht", "Nordlicht Podcasts", "EUR", "Europe/Berlin",
        (ShowSpec("kaffee-und-code", "Kaffee & Code – der Podcast", "transistor", 5, 3, 2_400, 1.0, "", "de", logs_sizes=False),),
        requests=900, events=140, sponsors=1, users=6, flights=2,
    ),
)  # fmt: skip

DEMO = (
    TenantSpec(
        "meridian", "Meridian Audio Network", "USD", "America/New_York",
        (
            ShowSpec("the-long-answer", "The Long Answer", "buzzsprout", 7, 12, 3_000, 1.2),
            ShowSpec("market-before-nine", "Market Before Nine", "transistor", 1.4, 20, 1_260, 1.5),
            ShowSpec("salt-and-signal", "Salt & Signal", "libsyn", 3.5, 10, 2_400, 0.9, CHAIN),
            ShowSpec("court-of-stories", "Court of Stories", "transistor", 7, 6, 3_300, 0.7, OP3, is_tolerant=True),
        ),
        requests=106_000, events=10_600, sponsors=6, users=44, flights=22, spend_weeks=104, abroad="CAD", is_varied=True,
        launch=LaunchSpec(show=2, begins_days=58, days=12, monthly=0.1, effect=0.15),
    ),
    TenantSpec(
        "kanal-nord", "Kanal Nord", "EUR", "Europe/Berlin",
        (
            ShowSpec("werkstatt-gespraeche", "Werkstattgespräche <b>extra</b>", "buzzsprout", 7, 8, 2_700, 1.0, "", "de"),
            ShowSpec("kaffee-und-code", "Kaffee & Code – der Podcast", "transistor", 3.5, 8, 2_100, 1, "", "de", logs_sizes=False),
            ShowSpec("layla-tales", "ألف حكاية وحكاية", "libsyn", 7, 4, 1_800, 0.6, PODTRAC, "ar"),
        ),
        requests=60_000, events=6_000, sponsors=4, users=26, flights=11, abroad="CHF", is_varied=True,
    ),
    TenantSpec(
        "daily-orchard", "Daily Orchard", "GBP", "Europe/London",
        (
            ShowSpec("five-minute-orchard", "Five Minute Orchard", "buzzsprout", 1, 330, 600, 1.3),
            ShowSpec("cmd", "=cmd: a show about spreadsheets", "transistor", 7, 6, 2_000, 0.7),
        ),
        requests=36_000, events=4_000, sponsors=3, users=18, flights=8, has_day_abuser=True, other_currency="JPY",
    ),
)  # fmt: skip


def large_tenant(index: int) -> TenantSpec:
    """One of the hundred tenants of `large`: about 100,000 requests each."""
    rng = stream("large", index)
    hosts = ("buzzsprout", "transistor", "libsyn")
    shows = tuple(
        ShowSpec(f"show-{number}", f"Show {number} of network {index}", hosts[number % 3], rng.choice((1.4, 3.5, 7)), 8, 2_400)
        for number in range(3)
    )
    return TenantSpec(
        f"network-{index:03}", f"Network {index:03}", "USD", "UTC", shows, 100_000, 4_000, sponsors=4, users=12, flights=8
    )


def score_tenant(seed: int) -> TenantSpec:
    """The one tenant of `score`, by which accuracy is measured: its size and make-up are drawn from the seed, not chosen."""
    rng = stream("score", seed)
    hosts = ("buzzsprout", "transistor", "libsyn")
    shows = tuple(
        ShowSpec(
            f"voice{number}-of-{seed}", f"Voice {number} of {seed}", rng.choice(hosts), rng.choice((2, 3.5, 7)),
            rng.randrange(2, 12), rng.randrange(1_200, 3_600, 60), round(rng.uniform(0.5, 1.6), 2), logs_sizes=rng.random() < 0.8,
        )
        for number in range(rng.randrange(2, 5))
    )  # fmt: skip
    sponsors = rng.randrange(2, 5)
    return TenantSpec(
        "score", f"Score {seed}", "USD", rng.choice(("UTC", "America/New_York", "Europe/Berlin")), shows,
        requests=rng.randrange(14_000, 26_000, 500), events=rng.randrange(6_000, 9_000, 250), sponsors=sponsors,
        users=rng.randrange(14, 26), flights=sponsors * rng.randrange(2, 4),
    )  # fmt: skip


def tenant_specs(world: str, seed: int = 0) -> dict[int, TenantSpec]:
    """The tenants of a world by number; only those of `score` depend on the seed. Raises ValueError for a name that is none."""
    if world == "tiny":
        return dict(enumerate(TINY))
    if world == "demo":
        return dict(enumerate(DEMO))
    if world == "large":
        return {number: large_tenant(number) for number in _chosen(os.environ.get(LARGE_TENANTS, "100"))}
    if world == "score":
        return {0: score_tenant(seed)}
    raise ValueError(f"found the world {world!r}, expected one of tiny, demo, large, score")


def _chosen(tenants: str) -> range:
    first, _, last = tenants.rpartition(":")
    return range(int(first or 0), int(last))
