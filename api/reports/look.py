"""How one report looks and in which language it speaks: what an account chose, for as long as a report is made.

It is a context variable and not an argument: every word, number and colour of a report depends on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

Language = Literal["en", "de", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
BAND, ACCENT, INK, WHITE = "#101B36", "#1F6FEB", "#14213D", "#FFFFFF"
# WCAG 2.2: 1.4.11 for what is drawn, 1.4.3 for text.
LEAST_DRAWN, LEAST_TEXT = 3.0, 4.5


@dataclass(frozen=True)
class Look:
    """`name` stands for the account's own name; `logo` is a PNG; colours are #RRGGBB."""

    language: Language = "en"
    name: str | None = None
    band: str = BAND
    accent: str = ACCENT
    logo: bytes | None = None

    @property
    def on_band(self) -> str:
        """The colour of text on the cover's band: white, or ink where it reads better."""
        return max((WHITE, INK), key=lambda colour: contrast(colour, self.band))


PLAIN = Look()
LOOK: ContextVar[Look] = ContextVar("look", default=PLAIN)


@contextmanager
def looking(look: Look) -> Iterator[None]:
    """Within it, reports are made with this look."""
    token = LOOK.set(look)
    try:
        yield
    finally:
        LOOK.reset(token)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of #RRGGBB (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
