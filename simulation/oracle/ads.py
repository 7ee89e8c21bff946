"""Which ads a download delivered: all their bytes were sent, inside a valid download (domain rules, section 1)."""

from simulation.model import Episode, Placement, Show
from simulation.oracle.windows import DAY_MS, Download, sizes

BAKED_IN_TAIL_DAYS = 90


def ad_bytes(placement: Placement, file_size: int, header_bytes: int, duration_s: int) -> tuple[int, int]:
    """The ad's half-open interval in the file, cut to it; empty where the ad lies behind the file's end."""
    audio = file_size - header_bytes
    start = header_bytes + placement.ad_start_s * audio // duration_s
    stop = header_bytes - (-(placement.ad_start_s + placement.ad_duration_s) * audio // duration_s)
    return min(start, file_size), min(stop, file_size)


def delivers(download: Download, placement: Placement, show: Show) -> bool:
    row = download.opening
    episode = row.episode
    if not download.is_valid or episode is None or row.show is not show or not _is_booked(placement, episode, row.at // DAY_MS):
        return False
    size, header = sizes(row)
    if size is None or episode.duration_s is None:
        return False
    start, stop = ad_bytes(placement, size, header, episode.duration_s)
    if start >= stop:
        return False
    return _holds(download, start if placement.insertion == "dynamic" else 0, stop)


def _is_booked(placement: Placement, episode: Episode, day: int) -> bool:
    """Whether the placement's ad is in the file that the episode is on that day."""
    if placement.insertion == "dynamic":
        return placement.flight_start <= day <= placement.flight_end
    if not placement.flight_start <= day <= placement.flight_end + BAKED_IN_TAIL_DAYS:
        return False
    if placement.episode_guids is not None:
        return episode.guid in placement.episode_guids
    return placement.flight_start <= episode.published_at // DAY_MS <= placement.flight_end


def _holds(download: Download, start: int, stop: int) -> bool:
    return any(low <= start and stop <= high for low, high in download.spans)
