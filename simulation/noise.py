"""What is in a log beside listeners: bots, data centres, watches, errors, unknown files, and those who take everything."""

from random import Random

from simulation.addresses import datacenter_address, household_ipv4, vpn_address
from simulation.agents import BOTS, PHONE_APPS, WATCHES
from simulation.chance import stream
from simulation.clock import DAY, HOUR, MINUTE, SECOND
from simulation.model import Session, Show
from simulation.requests import Request

# Beyond the number of any listener's household.
ABUSER_HOUSEHOLD = 60_000


def make_noise(
    tenant: int, seed: int, show: Show, budget: int, sessions: list[Session], window_start: int, now: int
) -> list[Request]:
    """About `budget` requests that are not to be counted, and a few that are of no known episode."""
    rng = stream(seed, tenant, show.slug, "noise")
    requests: list[Request] = []
    bots = [
        (agent, datacenter_address(rng.randrange(9_000)) if rng.random() < 0.7 else household_ipv4(tenant, 61_000 + n))
        for n, agent in enumerate(BOTS)
    ]
    for _ in range(budget // 2):
        agent, address = rng.choice(bots)
        method = "HEAD" if rng.random() < 0.2 else "GET"
        requests.append(_fetch(show, rng, _moment(rng, window_start, now), address, agent, f"bot:{agent[:20]}", method))
    for _ in range(budget // 4):
        draw = rng.randrange(9_000)
        address = vpn_address(draw) if rng.random() < 0.25 else datacenter_address(draw)
        requests.append(
            _fetch(show, rng, _moment(rng, window_start, now), address, rng.choice(PHONE_APPS), f"server:{draw}", "GET")
        )
    apple = [session for session in sessions if session.device.agent.startswith(("AppleCoreMedia", "Podcasts"))]
    for _ in range(budget // 6 if apple else 0):
        session = rng.choice(apple)
        requests.append(
            _fetch(
                show,
                rng,
                session.moment + rng.randrange(SECOND, 20 * MINUTE),
                session.address,
                rng.choice(WATCHES),
                session.person.name,
                "GET",
            )
        )
    errors = max(3, budget // 12) if sessions else 0
    return requests + [_error(show, rng, rng.choice(sessions), number) for number in range(errors)]


def make_abusers(
    tenant: int, seed: int, shows: tuple[Show, ...], window_start: int, now: int, by_day: bool
) -> dict[str, list[Request]]:
    """Households at and over the limits of rule `volume`: by show, so that each log gets its own part.

    34 and 31 distinct episodes in an hour are too many; 30 are not, nor 20 and 20 on both sides of a full hour. With `by_day`
    one takes 310 in a day at no more than 25 an hour.
    """
    rng = stream(seed, tenant, "abusers")
    files = [
        (show, number)
        for show in shows
        for number, episode in enumerate(show.episodes)
        if episode.published_at < window_start + 40 * DAY
    ]
    taken: dict[str, list[Request]] = {show.slug: [] for show in shows}
    day = (window_start // DAY + 45) * DAY
    plans: list[tuple[int, list[int]]] = []
    if len(files) >= 34:
        plans += [
            (0, [day + 9 * HOUR + n * 90 * SECOND for n in range(34)]),
            (1, [day + DAY + 9 * HOUR + n * 60 * SECOND for n in range(31)]),
            (2, [day + DAY + 9 * HOUR + n * 60 * SECOND for n in range(30)]),
            (
                3,
                [day + 10 * HOUR + 40 * MINUTE + n * MINUTE for n in range(20)] + [day + 11 * HOUR + n * MINUTE for n in range(20)],
            ),
        ]
    if by_day and len(files) >= 310:
        plans.append((4, [day + 3 * DAY + (n // 25) * HOUR + (n % 25) * 2 * MINUTE for n in range(310)]))
    for number, moments in plans:
        address = household_ipv4(tenant, ABUSER_HOUSEHOLD + number)
        # Two programs behind one address: the rule looks at the household, not at the agent.
        agents = rng.sample(PHONE_APPS, 2)
        chosen = rng.sample(files, min(len(files), len(moments))) if number != 3 else rng.sample(files, 20) * 2
        for position, (moment, (show, episode)) in enumerate(zip(moments, chosen, strict=False)):
            if moment < now:
                taken[show.slug].append(
                    _fetch(show, rng, moment, address, agents[position % 2], f"abuser:{number}", "GET", episode)
                )
    return taken


def _moment(rng: Random, window_start: int, now: int) -> int:
    return rng.randrange(window_start, now)


def _fetch(
    show: Show, rng: Random, moment: int, address: str, agent: str, person: str, method: str, episode: int | None = None
) -> Request:
    item = show.episodes[rng.randrange(len(show.episodes)) if episode is None else episode]
    sent = 0 if method == "HEAD" else item.file_size
    size, header = (item.file_size, item.header_bytes) if show.logs_sizes else (None, None)
    return Request(moment, address, agent, method, 200, None, sent, item.file_path, None, size, header, False, person)


def _error(show: Show, rng: Random, session: Session, number: int) -> Request:
    """A listener's request that brings nothing: a file that is gone, a refusal, a form sent to a file."""
    item = show.episodes[session.episode]
    moment = session.moment + rng.randrange(SECOND, 40 * MINUTE)
    gone = item.file_path.replace(".mp3", "-old.mp3")
    kinds = (
        ("GET", 200, gone, item.file_size),
        ("GET", 404, gone, 0),
        ("POST", 200, item.file_path, 0),
        ("GET", 404, item.file_path, 0),
        ("GET", 403, item.file_path, 0),
        ("GET", 503, item.file_path, 0),
        ("GET", 416, item.file_path, 0),
    )
    method, status, path, sent = kinds[number % len(kinds)]
    return Request(
        moment,
        session.address,
        session.device.agent,
        method,
        status,
        None,
        sent,
        path,
        None,
        None,
        None,
        False,
        session.person.name,
    )
