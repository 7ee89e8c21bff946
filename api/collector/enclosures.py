"""Where a prefix may lead: only to hosts that the show's own feed names, so that it is no open redirect. Pure.

A *lead* is what stands before a file's path: the host alone (`cdn.example`), or tracking prefixes and then the host
(`op3.dev/e/cdn.example`). Prefixes of others redirect to whatever follows them, so a lead is allowed as a whole or not at all.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

# What the feed's own enclosures bear where the show uses this prefix.
_OWN_PREFIX = re.compile(r"https?://[^/?#]+/v1/prefix/[0-9a-f-]{36}/+", re.IGNORECASE)
_SCHEME = re.compile(r"(https?):/+", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9][a-z0-9-]{0,62}(?::\d{1,5})?", re.IGNORECASE)
# What browsers drop, or read as another character, when they resolve a URL: nobody's enclosure needs it.
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\uffff\\<>\"^`{|}]")
LONGEST_URL = 4_000

Strip = Callable[[str], str]


class NotAllowedError(Exception):
    """The rest of the path is no file of the show; the message says why, and never repeats it."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that a request asks for: `url` to send the listener to, and what it is counted by."""

    url: str
    bare: str


def without_own_prefix(url: str) -> str:
    """An enclosure URL without this platform's prefix, however often it stands there."""
    while (match := _OWN_PREFIX.match(url)) is not None:
        url = url[match.end() :]
    return url


def lead(bare: str, strip: Strip) -> str | None:
    """The lead of a URL without its scheme, hosts in lower case; None where no host stands there. `strip` takes others' tracking
    prefixes off and leaves the file's own URL, which is the end of what it was given."""
    own = strip(bare)
    if not bare.endswith(own):
        return None
    host = own.partition("/")[0].partition("?")[0].partition("#")[0]
    if _HOST.fullmatch(host) is None:
        return None
    return _lower_host(bare[: len(bare) - len(own)] + host)


def leads(enclosures: Iterable[str], strip: Strip) -> frozenset[str]:
    """The leads that a feed's enclosures allow: each as the feed writes it, and its file's host alone."""
    allowed: set[str] = set()
    for url in enclosures:
        bare = _SCHEME.sub("", without_own_prefix(url.strip()), count=1)
        found = lead(bare, strip)
        if found is not None:
            allowed.add(found)
            alone = lead(strip(bare), strip)
            if alone is not None:
                allowed.add(alone)
    return frozenset(allowed)


def enclosure(rest: str, query: str, allowed: frozenset[str], strip: Strip) -> Enclosure:
    """The file that the rest of a prefix's path names. `rest` is as it came, percent-encoding and all. Raises NotAllowedError."""
    if len(rest) + len(query) > LONGEST_URL:
        raise NotAllowedError(f"found a URL above {LONGEST_URL} characters, expected an enclosure of the show's feed")
    if _UNSAFE.search(rest) or _UNSAFE.search(query):
        raise NotAllowedError("found characters that no enclosure has, expected a URL with them percent-encoded")
    scheme = match[1].lower() if (match := _SCHEME.match(rest)) else "https"
    bare = rest[match.end() :] if match else rest
    if _ANY_SCHEME.match(bare) or bare.startswith("/"):
        raise NotAllowedError("found no host, expected the enclosure's URL with or without https://")
    # A client resolves these before it asks: behind another's prefix they would choose another host.
    if any(step in (".", "..") for step in re.split(r"[/\\]", unquote(bare))):
        raise NotAllowedError("found a path with dot segments, expected the enclosure's URL")
    found = lead(bare, strip)
    if found is None or found not in allowed:
        raise NotAllowedError("found a host that the show's feed does not name, expected one of its enclosures")
    # The host is written from what the feed allows, never from what was asked: only the path is the asker's.
    return Enclosure(f"{scheme}://{found}{bare[len(found) :] or '/'}{'?' + query if query else ''}", bare)


def _lower_host(text: str) -> str:
    """The hosts of a lead in lower case; the prefixes' own paths keep theirs."""
    host, slash, path = text.partition("/")
    steps = path.split("/") if slash else []
    if steps:
        steps[-1] = steps[-1].lower()
    return "/".join([host.lower(), *steps])
