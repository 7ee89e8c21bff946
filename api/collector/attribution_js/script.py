"""The script as it is served: minified and compressed once per process, and named by the hash of its bytes."""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import rjsmin

SOURCE = Path(__file__).with_name("attribution.js")
# Bytes that pages have pinned by an earlier version: a page whose integrity attribute names them must go on working.
RELEASED = Path(__file__).with_name("released")


@dataclass(frozen=True, slots=True)
class Script:
    """One version of the script. `digest` is the start of its SHA-256 in hexadecimal, and stands in its immutable address."""

    content: bytes
    compressed: bytes
    digest: str
    integrity: str

    @classmethod
    def of(cls, content: bytes) -> "Script":
        sha384 = base64.b64encode(hashlib.sha384(content).digest()).decode()
        # No time in the header: the same bytes whoever compresses them, and when.
        return cls(content, gzip.compress(content, 9, mtime=0), hashlib.sha256(content).hexdigest()[:16], f"sha384-{sha384}")

    @property
    def etag(self) -> str:
        return f'"{self.digest}"'

    @property
    def pinned_path(self) -> str:
        return f"/attribution.{self.digest}.js"


@lru_cache(maxsize=1)
def current() -> Script:
    """The script of this version of Hostread."""
    minified = rjsmin.jsmin(SOURCE.read_text("utf-8"))
    return Script.of(f"{minified}\n".encode())


@lru_cache(maxsize=1)
def versions() -> dict[str, Script]:
    """Every version that is served, by digest: the current one and those released before."""
    scripts = [Script.of(path.read_bytes()) for path in sorted(RELEASED.glob("*.js"))]
    return {script.digest: script for script in (*scripts, current())}
