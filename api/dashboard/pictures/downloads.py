"""Charts of counted downloads: a tenant's last days, a show's days, and its episodes."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from api.dashboard.charts import Chart, Series
from api.dashboard.pictures.campaign import days_between
from api.marts.models import CountingWindow, DownloadTotal, ShowDownloads

WINDOW_NAMES: Mapping[CountingWindow, str] = {
    "first_touch": "24 h from the first request",
    "last_touch": "24 h from the last request",
    "calendar": "Calendar day",
    "host": "As the host counts",
}
SHOWN_EPISODES = 12


def last_days(downloads: Sequence[DownloadTotal], today: date, count: int = 30) -> Chart:
    """Downloads of all shows on the last `count` UTC days up to today; a day without a row is zero."""
    by_day = {row.day: row.downloads for row in downloads}
    days = days_between(today - timedelta(days=count - 1), today)
    return Chart(
        "downloads",
        f"Downloads, last {count} days",
        days,
        [Series("Downloads", [by_day.get(day, 0) for day in days], form="area")],
        note="All shows, counted from logs by the IAB guidelines 2.3, 24 h from the first request. UTC days; the last is not over.",
        empty_text=f"No download was counted in the last {count} days.",
    )


def show_by_day(show: ShowDownloads) -> Chart:
    """One show's downloads by UTC day in the window chosen."""
    by_day = {row.day: row.downloads for row in show.daily}
    days = days_between(min(by_day), max(by_day)) if by_day else []
    return Chart(
        "show-daily",
        "Downloads by day",
        days,
        [Series("Downloads", [by_day.get(day, 0) for day in days], form="area")],
        note=f"{WINDOW_NAMES[show.counting_window]}. Days are UTC.",
        empty_text="No download was counted from this source in this window.",
    )


def show_by_episode(show: ShowDownloads) -> Chart:
    """The show's episodes with most downloads, most first."""
    top = sorted(show.episodes, key=lambda e: -e.downloads)[:SHOWN_EPISODES]
    return Chart(
        "show-episodes",
        "Most downloaded episodes",
        [e.title or e.episode_guid for e in top],
        [Series("Downloads", [e.downloads for e in top])],
        category_name="Episode",
        is_horizontal=True,
        size="tall" if len(top) > 6 else "normal",
        note=f"The first {SHOWN_EPISODES} of {len(show.episodes)}." if len(show.episodes) > SHOWN_EPISODES else "",
        empty_text="No episode has a counted download in this range.",
    )
