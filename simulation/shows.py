"""Shows and their episodes, with enclosure addresses as each host writes them."""

from random import Random

from simulation.chance import digest, identifier, stream, token
from simulation.clock import DAY, HOUR, MINUTE
from simulation.model import Episode, Show
from simulation.specs import ShowSpec, TenantSpec

# 128 kbit/s.
BYTES_PER_SECOND = 16_000
TITLES = (
    "The <b>bold</b> beginning", "Salt &amp; pepper", "A lighthouse keeper’s year 🌊", "شاي وقهوة", "=cmd|' /C calc'!A0",
    "What the tide left", "Über Umwege", "ערב טוב", "Seven short letters", "The cost of a <i>free</i> lunch", "東京の朝",
    "Ask us anything, part 2 of 3", "+1 for patience", "\"Quoted\" and 'quoted'", "Long shadows", "On second thoughts",
    "-2 degrees", "@home", "Questions & answers",
)  # fmt: skip


def make_shows(spec: TenantSpec, seed: int, now: int, window_start: int, base_url: str) -> tuple[Show, ...]:
    return tuple(_make_show(spec, item, seed, now, window_start, base_url) for item in spec.shows)


def live_episode(show: Show, now: int) -> Episode:
    """The episode that appears in a feed while the world is served."""
    return _make_episode(
        show.slug, show.host, show.external_id, "", show.base_duration_s, len(show.episodes) + 1, now, stream("live", show.slug)
    )


def _make_show(spec: TenantSpec, item: ShowSpec, seed: int, now: int, window_start: int, base_url: str) -> Show:
    rng = stream(seed, spec.slug, item.slug, "episodes")
    external_id = str(1_000_000 + digest(seed, spec.slug, item.slug) % 9_000_000)
    step = round(item.every_days * DAY)
    first = window_start - item.back_catalogue * step
    # Published at the same local hour each time, give or take a quarter of an hour.
    hour = (5 + digest(item.slug) % 12) * HOUR
    moments = []
    moment = first - first % DAY + hour
    while moment < now:
        moments.append(min(moment + rng.randrange(-15, 16) * MINUTE, now - MINUTE))
        moment += step
    episodes = [
        _make_episode(item.slug, item.host, external_id, item.prefix, item.base_duration_s, number, at, rng)
        for number, at in enumerate(moments, 1)
    ]
    return Show(
        show_id=identifier(seed, spec.slug, item.slug, "show"),
        slug=item.slug,
        title=item.title,
        language=item.language,
        host=item.host,
        feed_url=f"{base_url}/feeds/{spec.slug}/{item.slug}.xml",
        timezone=spec.timezone,
        external_id=external_id,
        base_duration_s=item.base_duration_s,
        logs_sizes=item.logs_sizes,
        is_tolerant=item.is_tolerant,
        weight=item.weight,
        episodes=tuple(episodes),
    )


def _make_episode(
    slug: str, host: str, external_id: str, prefix: str, base_duration_s: int, number: int, published_at: int, rng: Random
) -> Episode:
    title = TITLES[number % len(TITLES)] if number % 3 else f"Episode {number}"
    duration = round(base_duration_s * rng.uniform(0.88, 1.15))
    if number == 2:
        duration = 48  # a trailer: at most a minute, so that the whole file must be sent
    header = rng.choice((0, 2_048, 64_000, 310_000, 600_000))
    # Real files are not exactly 128 kbit/s long: the rest keeps thresholds off round numbers.
    size = header + duration * BYTES_PER_SECOND + rng.randrange(0, 9_000)
    host_id = 10_000_000 + digest(external_id, number) % 5_000_000
    path, query = _file(host, slug, external_id, host_id, number)
    address = f"{prefix}{path}{query}" if prefix else f"https://{path}{query}"
    return Episode(
        guid=_guid(host, slug, host_id, number),
        host_id=host_id,
        title=title,
        published_at=published_at,
        # One episode without a duration: nothing says how long a minute of it is.
        duration_s=None if number == 3 else duration,
        duration_text=None if number == 3 else _duration_text(host, number, duration),
        file_size=size,
        header_bytes=header,
        enclosure_url=address,
        file_path=path,
    )


def _guid(host: str, slug: str, host_id: int, number: int) -> str:
    if host == "buzzsprout":
        return f"Buzzsprout-{host_id}"
    if host == "transistor":
        return identifier(slug, number, "guid")
    return f"https://{slug}.libsyn.example/?p={number}"


def _file(host: str, slug: str, external_id: str, host_id: int, number: int) -> tuple[str, str]:
    """Host and path of the file, and the query that the feed adds. One file in twelve has an encoded blank in its name."""
    name = f"{slug}%20{number}" if number % 12 == 0 else f"{slug}-{number}"
    if host == "buzzsprout":
        return f"www.buzzsprout.com/{external_id}/episodes/{host_id}-{name}.mp3", ""
    if host == "transistor":
        return f"media.transistor.fm/{token(8, slug, number)}/{token(8, slug, number, 'file')}.mp3", "?src=site"
    return f"traffic.libsyn.com/secure/{slug}/{name}.mp3", f"?dest-id={external_id}"


def _duration_text(host: str, number: int, seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if host == "libsyn" or (host == "transistor" and number % 4 == 1):
        return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}" if minutes >= 60 or number % 2 else f"{minutes}:{rest:02}"
    return str(seconds)
