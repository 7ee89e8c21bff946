"""Text as it comes, made fit for paper: cut, cleaned, shaped right to left, escaped, and set in fonts that hold its characters.

Data text never reaches reportlab's markup parser unescaped: an unclosed `<b>` would crash it and `<img src="/path">` would
embed a server's file.
"""

import re
import unicodedata
from xml.sax.saxutils import escape

import arabic_reshaper
from bidi.algorithm import get_display
from reportlab.pdfbase import pdfmetrics

from api.reports.fonts import BOLD, REGULAR, face_of, is_korean

TITLE_LIMIT = 160
# A Devanagari consonant, or several joined by virama, and the vowel that is written before them and stored after them.
SHORT_I = re.compile("((?:[\u0915-\u0939\u0958-\u095f]\u093c?\u094d)*[\u0915-\u0939\u0958-\u095f]\u093c?)(\u093f)")
SKIN_TONES, FLAG_LETTERS = range(0x1F3FB, 0x1F400), range(0x1F1E6, 0x1F200)
REPEATED_SCRIPT = re.compile(r"(\[\w+ text\])(?:\s*\1)+")
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
    """A line in the order in which its glyphs stand on paper, Arabic letters in their joined forms.

    Of Devanagari the short i is set before its consonants; conjuncts are spelled with a virama, since reportlab shapes no text.
    """
    line = SHORT_I.sub(r"\2\1", line)
    if not is_right_to_left(line):
        return line
    return str(get_display(arabic_reshaper.reshape(line)))


def named(line: str, font: str) -> str:
    """The line with what no font here can set in words between brackets: a sign by its Unicode name, text by its script. A reader
    sees that something stands there and what; the spreadsheet and the CSV have the characters themselves."""
    korean = is_korean(line)
    known = {character: face_of(font, character, korean=korean) is not None for character in set(line)}
    if all(known.values()):
        return line
    shown = "".join(c if known[c] else in_words(c) for c in line)
    return REPEATED_SCRIPT.sub(r"\1", shown)


def in_words(character: str) -> str:
    code, name = ord(character), unicodedata.name(character, "")
    if code in SKIN_TONES:
        return ""
    if code in FLAG_LETTERS:
        # A flag is two of these: 🇩🇪 is DE.
        return chr(ord("A") + code - FLAG_LETTERS.start)
    if name and unicodedata.category(character)[0] in "LMN":
        script = name.split()[0]
        return f"[{script if script == 'CJK' else script.capitalize()} text]"
    return f"[{name.lower() or f'U+{code:04X}'}]"


def fitting(line: str, font: str) -> list[tuple[str, str]]:
    """(font, text) runs of a visual line in which `named` left nothing that no font has: `font` where it has the glyph, else one of
    the script's."""
    runs: list[tuple[str, str]] = []
    korean = is_korean(line)
    for character in line:
        chosen = face_of(font, character, korean=korean) or (BOLD if font == BOLD else REGULAR)
        if runs and runs[-1][0] == chosen:
            runs[-1] = (chosen, runs[-1][1] + character)
        else:
            runs.append((chosen, character))
    return runs


def width(text: str, font: str, size: float) -> float:
    """Points that a line takes on paper."""
    return float(sum(pdfmetrics.stringWidth(run, face, size) for face, run in fitting(visual(named(text, font)), font)))


def lines(text: str, font: str, size: float, room: float, at_most: int | None = None) -> list[str]:
    """Visual lines of `text` (one clean line), none wider than `room` points; beyond `at_most` lines an ellipsis.

    Lines are broken before they are reordered: a paragraph that is reordered as a whole would read from its last line up.
    """
    broken: list[str] = []
    current = ""
    for word in named(text, font).split(" "):
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
    line = named(clean(text, limit), font)
    broken = lines(line, font, size, room) if room and is_right_to_left(line) else [visual(line)]
    return "<br/>".join(run_markup(part, font) for part in broken)


def run_markup(line: str, font: str) -> str:
    return "".join(
        escape(run) if face == font else f'<font name="{face}">{escape(run)}</font>' for face, run in fitting(line, font)
    )
