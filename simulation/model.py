"""What the simulated world is made of. Times are milliseconds UTC, money is in minor units of the named currency."""

from dataclasses import dataclass, field

from simulation.addresses import Household


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode. `file_path` is host and path of the audio file as requests name it."""

    guid: str
    host_id: int
    title: str
    published_at: int
    duration_s: int | None
    duration_text: str | None
    file_size: int
    header_bytes: int
    enclosure_url: str
    file_path: str


@dataclass(frozen=True, slots=True)
class Show:
    """One show with its feed. `logs_sizes`: whether its CDN writes file and header sizes into each line."""

    show_id: str
    slug: str
    title: str
    language: str
    host: str
    feed_url: str
    timezone: str
    external_id: str
    base_duration_s: int
    logs_sizes: bool
    is_tolerant: bool
    weight: float
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class Device:
    number: int
    agent: str
    is_ipv6: bool
    is_home: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One human being: where they live, what they listen on, what they browse with."""

    number: int
    name: str
    household: Household
    devices: tuple[Device, ...]
    browser: str
    browser_is_ipv6: bool
    mobile_share: float
    office: int | None
    uses_vpn: bool
    has_consent: bool
    clock_skew: int
    shows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A sponsor's shop. `order_key` names the property in which its orders say what they cost."""

    site_id: str
    name: str
    domain: str
    write_key: str
    sends_from_server: bool
    order_key: str


@dataclass(frozen=True, slots=True)
class Sponsor:
    sponsor_id: str
    name: str
    slug: str
    margin_rate: str
    currency: str
    site: Site
    basket_minor: int


@dataclass(frozen=True, slots=True)
class Placement:
    """One ad in one show. Days are counted from 1970-01-01, both ends inclusive."""

    placement_id: str
    campaign_id: str
    show: int
    position: str
    insertion: str
    ad_start_s: int
    ad_duration_s: int
    flight_start: int
    flight_end: int
    price_model: str
    price_minor: int
    contracted_ads: int
    episode_guids: tuple[str, ...] | None
    vanity_path: str | None
    # Of the revenue that it brings; its price is then 0.
    share_rate: str | None = None


@dataclass(frozen=True, slots=True)
class PromoCode:
    code_id: str
    campaign_id: str
    placement_id: str | None
    show: int
    code: str
    valid_from: int
    valid_to: int


@dataclass(slots=True)
class Campaign:
    campaign_id: str
    sponsor: Sponsor
    name: str
    status: str
    flight_start: int
    flight_end: int
    utm_campaign: str
    created_by: str
    created_at: int
    placements: list[Placement] = field(default_factory=list)
    promo_codes: list[PromoCode] = field(default_factory=list)
    status_history: list[dict[str, str | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Session:
    """One intent of one person to have one episode: how it went decides which requests it leaves in the log."""

    person: Person
    device: Device
    show: int
    episode: int
    moment: int
    address: str
    course: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """A delivered ad: the session's person had every byte of it."""

    person: Person
    moment: int
    address: str
    campaign: Campaign
    placement: Placement
    show: int
    episode: int
