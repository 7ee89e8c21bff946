"""Which ads a download delivered: all their bytes were sent, inside a valid download (domain rules, section 1)."""

from simulation.model import Placement, Show
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
    if not download.is_valid or episode is None or row.show is not show:
        return False
    size, header = sizes(row)
    if size is None or episode.duration_s is None:
        return False
    start, stop = ad_bytes(placement, size, header, episode.duration_s)
    if start >= stop:
        return False
    day = row.at // DAY_MS
    if placement.insertion == "dynamic":
        return placement.flight_start <= day <= placement.flight_end and _holds(download, start, stop)
    if not placement.flight_start <= day <= placement.flight_end + BAKED_IN_TAIL_DAYS:
        return False
    if placement.episode_guids is None:
        is_carried = placement.flight_start <= episode.published_at // DAY_MS <= placement.flight_end
    else:
        is_carried = episode.guid in placement.episode_guids
    return is_carried and _holds(download, 0, stop)


def _holds(download: Download, start: int, stop: int) -> bool:
    return any(low <= start and stop <= high for low, high in download.spans)
