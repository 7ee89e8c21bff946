"""Text as it comes, made fit for paper: cut, cleaned, shaped right to left, escaped, and set in fonts that hold its characters.

Data text never reaches reportlab's markup parser unescaped: an unclosed `<b>` would crash it and `<img src="/path">` would
embed a server's file.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

import arabic_reshaper
from bidi.algorithm import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

FONTS = Path(__file__).resolve().parents[2] / "node_modules" / "dejavu-fonts-ttf" / "ttf"
REGULAR, BOLD, MONO, LIGHT = "Hostread", "Hostread-Bold", "Hostread-Mono", "Hostread-Light"
FILES = {
    REGULAR: "DejaVuSansCondensed.ttf",
    BOLD: "DejaVuSansCondensed-Bold.ttf",
    MONO: "DejaVuSansMono.ttf",
    LIGHT: "DejaVuSans-ExtraLight.ttf",
}
# What stands for a character that no font here holds: seen, and not mistaken for data.
REPLACEMENT = "□"
TITLE_LIMIT = 160
# Joiners and variation selectors have no shape of their own; bidi controls could make a name read as another one.
INVISIBLE = {
    0x200B,
    0x200C,
    0x200D,
    0x2060,
    0xFEFF,
    *range(0xFE00, 0xFE10),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    0x200E,
    0x200F,
}


class FontsMissingError(RuntimeError):
    """The report's fonts are not installed; the message says how to install them."""


@lru_cache(maxsize=4)
def register_fonts(folder: Path = FONTS) -> None:
    """Make the report's fonts known to reportlab. Raises FontsMissingError where a file is not there."""
    for name, file in FILES.items():
        try:
            pdfmetrics.registerFont(TTFont(name, str(folder / file)))
        except (TTFError, OSError) as error:
            raise FontsMissingError(
                f"found no font {file} in {folder}, expected the package dejavu-fonts-ttf: run `make install` in the project"
            ) from error
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def clean(text: str, limit: int = TITLE_LIMIT) -> str:
    """One line of printable text of at most `limit` characters, the cut marked by an ellipsis.

    Only the beginning is looked at: a title of a megabyte costs no more than one of a line.
    """
    head = text[: limit * 4 + 64]
    kept = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", head) if c.isspace() or is_printable(c))
    line = " ".join("".join(kept).split())
    if len(line) > limit or len(text) > len(head):
        return line[: limit - 1].rstrip() + "…"
    return line


def is_printable(character: str) -> bool:
    return ord(character) not in INVISIBLE and unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn")


def is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def visual(line: str) -> str:
    """A line in the order in which its glyphs stand on paper, Arabic letters in their joined forms."""
    if not is_right_to_left(line):
        return line
    return str(get_display(arabic_reshaper.reshape(line)))


def has_glyph(font: str, character: str) -> bool:
    return ord(character) in pdfmetrics.getFont(font).face.charToGlyph


def fitting(line: str, font: str) -> list[tuple[str, str]]:
    """(font, text) runs of a visual line: `font` where it has the glyph, else the regular one, else the replacement."""
    runs: list[tuple[str, str]] = []
    for character in line:
        chosen, shown = font, character
        if not has_glyph(font, character):
            chosen = BOLD if font == BOLD else REGULAR
            shown = character if has_glyph(chosen, character) else REPLACEMENT
        if runs and runs[-1][0] == chosen:
            runs[-1] = (chosen, runs[-1][1] + shown)
        else:
            runs.append((chosen, shown))
    return runs


def width(text: str, font: str, size: float) -> float:
    """Points that a line takes on paper."""
    return float(sum(pdfmetrics.stringWidth(run, face, size) for face, run in fitting(visual(text), font)))


def lines(text: str, font: str, size: float, room: float, at_most: int | None = None) -> list[str]:
    """Visual lines of `text` (one clean line), none wider than `room` points; beyond `at_most` lines an ellipsis.

    Lines are broken before they are reordered: a paragraph that is reordered as a whole would read from its last line up.
    """
    broken: list[str] = []
    current = ""
    for word in text.split(" "):
        candidate = f"{current} {word}" if current else word
        if width(candidate, font, size) <= room:
            current = candidate
            continue
        if current:
            broken.append(current)
        while width(word, font, size) > room and len(word) > 1:
            cut = fitting_length(word, font, size, room)
            broken.append(word[:cut])
            word = word[cut:]
        current = word
    if current:
        broken.append(current)
    if at_most is not None and len(broken) > at_most:
        last = broken[at_most - 1]
        while last and width(last + "…", font, size) > room:
            last = last[:-1]
        broken = [*broken[: at_most - 1], last.rstrip() + "…"]
    return [visual(line) for line in broken] or [""]


def fitting_length(word: str, font: str, size: float, room: float) -> int:
    length = 1
    while length < len(word) and width(word[: length + 1], font, size) <= room:
        length += 1
    return length


def markup(text: str, font: str = REGULAR, limit: int = TITLE_LIMIT, room: float = 0, size: float = 9) -> str:
    """Paragraph markup that prints exactly `text` and nothing else: cleaned, shaped, escaped, with fallback fonts.

    With `room` (points) right-to-left text is broken into lines here, since reportlab breaks what is already reordered.
    """
    line = clean(text, limit)
    broken = lines(line, font, size, room) if room and is_right_to_left(line) else [visual(line)]
    return "<br/>".join(run_markup(part, font) for part in broken)


def run_markup(line: str, font: str) -> str:
    return "".join(
        escape(run) if face == font else f'<font name="{face}">{escape(run)}</font>' for face, run in fitting(line, font)
    )
