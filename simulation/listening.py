"""Who has which episode when, and how it goes: the sessions behind the requests."""

from collections.abc import Iterator

import numpy as np

from simulation.agents import is_progressive
from simulation.audience import address_of
from simulation.chance import stream, vector_stream
from simulation.clock import DAY, HOUR, MINUTE
from simulation.model import Campaign, Device, Exposure, Person, Placement, Session, Show

# Weight of each UTC hour for those who press play themselves.
HOURS = np.array([3, 2, 1, 1, 1, 2, 4, 7, 9, 8, 6, 6, 7, 6, 5, 6, 7, 9, 9, 8, 7, 6, 5, 4], float)
WHOLE = frozenset({"full", "open", "chunks", "head", "revisit", "retry"})
PROGRESSIVE_COURSES = (("chunks", 48), ("partial", 22), ("aborted", 14), ("open", 14), ("hls", 1), ("odd", 1))
PLAIN_COURSES = (("full", 66), ("open", 12), ("head", 8), ("revisit", 5), ("retry", 5), ("cut", 4))
# Gaps at which a second download of the same file tells the three windows apart.
GAPS = (DAY - 1, DAY, DAY + 1, 22 * HOUR + 15 * MINUTE, 25 * HOUR, 47 * HOUR, 3 * HOUR, 2 * DAY)
TAIL_DAYS = 90


def make_sessions(
    tenant: int, seed: int, count: int, people: list[Person], shows: tuple[Show, ...], window_start: int, now: int
) -> list[Session]:
    """About `count` sessions between `window_start` and `now`, in no order of time."""
    draw = vector_stream(seed, tenant, "sessions")
    weights = np.array([show.weight for show in shows])
    sessions: list[Session] = []
    for show, share in enumerate(weights / weights.sum()):
        listeners = [person for person in people if show in person.shows] or people
        sessions.extend(_of_show(seed, show, shows[show], round(count * float(share)), listeners, draw, window_start, now))
    return sessions + _worked_example(people[0], window_start)


def _of_show(
    seed: int, index: int, show: Show, count: int, listeners: list[Person], draw: np.random.Generator, window_start: int, now: int
) -> Iterator[Session]:
    rng = stream(seed, show.show_id, "sessions")
    activity = draw.lognormal(0, 0.7, len(listeners))
    who = draw.choice(len(listeners), count, p=activity / activity.sum())
    published = np.array([episode.published_at for episode in show.episodes], dtype=np.int64)
    new = np.flatnonzero(published >= window_start)
    old = np.flatnonzero(published < window_start)
    is_old = draw.random(count) < (0.16 if len(old) else 0)
    episodes = np.where(is_old, draw.choice(old if len(old) else new, count), draw.choice(new, count))
    # Half are fetched by the app soon after publication, half when someone presses play.
    soon = published[episodes] + (draw.exponential(3 * HOUR, count)).astype(np.int64)
    pressed_day = published[episodes] + draw.exponential(4 * DAY, count).astype(np.int64)
    hour = draw.choice(24, count, p=HOURS / HOURS.sum())
    pressed = pressed_day // DAY * DAY + hour * HOUR + draw.integers(0, HOUR, count)
    pressed = np.where(pressed < published[episodes], pressed_day, pressed)
    anytime = window_start + (draw.random(count) * (now - window_start)).astype(np.int64)
    moments = np.where(is_old, anytime, np.where(draw.random(count) < 0.5, soon, pressed))
    for person_index, episode, moment in zip(who.tolist(), episodes.tolist(), moments.tolist(), strict=True):
        if not window_start <= moment < now - HOUR:
            continue
        person = listeners[person_index]
        device = person.devices[-1] if len(person.devices) > 1 and rng.random() < 0.3 else person.devices[0]
        courses = PROGRESSIVE_COURSES if is_progressive(device.agent) else PLAIN_COURSES
        course = rng.choices([name for name, _ in courses], [weight for _, weight in courses])[0]
        address = address_of(person, device, moment, rng)
        yield Session(person, device, index, episode, moment, address, course)
        if rng.random() < 0.03:
            again = moment + rng.choice(GAPS)
            if again < now - HOUR:
                yield Session(person, device, index, episode, again, address, course)


def _worked_example(person: Person, window_start: int) -> list[Session]:
    """The four requests of domain rules section 1: Monday 22:00, Tuesday 03:00, Tuesday 22:15, Wednesday 23:15."""
    monday = window_start // DAY + 7
    monday += (4 - monday % 7) % 7  # day 4 of the epoch was a Monday
    device = Device(7, "AntennaPod/3.4.0", False, True)
    moments = (22 * HOUR, 27 * HOUR, 46 * HOUR + 15 * MINUTE, 71 * HOUR + 15 * MINUTE)
    return [Session(person, device, 0, 0, monday * DAY + at, person.household.ipv4, "full") for at in moments]


def find_exposures(sessions: list[Session], shows: tuple[Show, ...], campaigns: list[Campaign]) -> list[Exposure]:
    """Each ad that a whole file brought to a person, in order of time."""
    booked: list[list[tuple[Campaign, Placement]]] = [[] for _ in shows]
    for campaign in campaigns:
        if campaign.status not in ("draft", "cancelled"):
            for placement in campaign.placements:
                booked[placement.show].append((campaign, placement))
    exposures = [
        Exposure(session.person, session.moment, session.address, campaign, placement, session.show, session.episode)
        for session in sessions
        if session.course in WHOLE
        for campaign, placement in booked[session.show]
        if carries(placement, shows[session.show], session.episode, session.moment // DAY)
    ]
    exposures.sort(key=lambda item: (item.moment, item.person.number, item.placement.placement_id))
    return exposures


def carries(placement: Placement, show: Show, episode: int, day: int) -> bool:
    """Whether a whole file of the episode, had on that day, holds the placement's ad."""
    item = show.episodes[episode]
    if item.duration_s is None or placement.ad_start_s >= item.duration_s:
        return False
    if placement.insertion == "dynamic":
        return placement.flight_start <= day <= placement.flight_end
    if not placement.flight_start <= day <= placement.flight_end + TAIL_DAYS:
        return False
    if placement.episode_guids is not None:
        return item.guid in placement.episode_guids
    return placement.flight_start <= item.published_at // DAY <= placement.flight_end
