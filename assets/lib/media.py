"""The key of a media file: what joins a logged request, behind whatever prefixes, to the enclosure in the feed.

domain-rules section 1: enclosure URLs change, and tracking prefixes are stripped to get the file's own URL.
"""

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

# Measurement services that redirect to the file named in the rest of their own path, as (host, path up to the file's host).
TRACKING_PREFIXES: tuple[tuple[str, str], ...] = (
    (r"(?:www|dts|play|api)\.podtrac\.com", r"(?:pts/)?redirect\.[a-z0-9]+/"),
    (r"pdst\.fm", r"e/"),
    (r"pdcn\.co", r"e/"),
    (r"prfx\.byspotify\.com", r"e/"),
    (r"chrt\.fm", r"track/[^/]+/"),
    (r"chtbl\.com", r"track/[^/]+/"),
    (r"(?:tracking\.)?swap\.fm", r"track/[^/]+/"),
    (r"op3\.dev", r"e[^/]*/"),
    (r"mgln\.ai", r"e/[^/]+/"),
    (r"arttrk\.com", r"p/[^/]+/"),
    (r"pdrl\.fm", r"[^/]+/"),
    (r"p\.podderapp\.com", r"[^/]+/"),
    (r"pfx\.vpixl\.com", r"[^/]+/"),
    (r"pfx\.veritonicmetrics\.com", r"[^/]+/"),
    (r"media\.blubrry\.com", r"[^/]+/"),
    (r"growx\.podkite\.com", r"https?/[^/]+/"),
    (r"(?:verifi\.podscribe\.com|pscrb\.fm)", r"rss/p/"),
    (r"(?:www\.)?claritaspod\.com", r"measure/"),
    (r"clrtpod\.com", r"m/"),
    (r"(?:2\.)?gum\.fm", r"[^/]+/"),
    # This platform's own, wherever its collector runs.
    (r"[^/]+", r"v1/prefix/[0-9a-f-]{36}/"),
)
_PREFIX = re.compile("|".join(f"(?:{host})/{path}" for host, path in TRACKING_PREFIXES), re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/+", re.IGNORECASE)
# What remains must name a host of its own: media.blubrry.com/show/file.mp3 is a file there, no prefix.
_OWN_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:/+)?(?:[^/@]+@)?(?:[a-z0-9_-]+\.)+[a-z0-9-]+(?::\d+)?/", re.IGNORECASE)


def without_prefixes(url: str) -> str:
    """The URL that the last tracking prefix leads to, without its scheme."""
    bare = _SCHEME.sub("", url.strip(), count=1)
    while (match := _PREFIX.match(bare)) is not None:
        rest = bare[match.end() :]
        if not _OWN_HOST.match(rest):
            break
        bare = _SCHEME.sub("", rest, count=1) if _SCHEME.match(rest) else rest
    return bare


@lru_cache(maxsize=65_536)
def media_key(url: str) -> str:
    """Lower-case host and the path, percent-decoded once; without scheme, credentials, default port, query, fragment and
    tracking prefixes. The path keeps its case: `A.mp3` and `a.mp3` may be two files.
    """
    try:
        parts = urlsplit("//" + without_prefixes(url)) if not url.startswith("/") else urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        # A port that is no number, or an open bracket: still a key, so that the row lands.
        return unquote(url.partition("?")[0].partition("#")[0]).replace("\x00", "")
    suffix = f":{port}" if port not in (None, 80, 443) else ""
    return (host + suffix + unquote(parts.path)).replace("\x00", "")
