"""The report's fonts: DejaVu for most scripts, and Noto for those that it lacks, each loaded when a character first asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

MODULES = Path(__file__).resolve().parents[2] / "node_modules"
FONTS = MODULES / "dejavu-fonts-ttf" / "ttf"
NOTO = MODULES / "@expo-google-fonts"
REGULAR, BOLD, MONO, LIGHT = "Hostread", "Hostread-Bold", "Hostread-Mono", "Hostread-Light"
FILES = {
    REGULAR: "DejaVuSansCondensed.ttf",
    BOLD: "DejaVuSansCondensed-Bold.ttf",
    MONO: "DejaVuSansMono.ttf",
    LIGHT: "DejaVuSans-ExtraLight.ttf",
}


class FontsMissingError(RuntimeError):
    """The report's fonts are not installed; the message says how to install them."""


@dataclass(frozen=True)
class Script:
    """A font for scripts that DejaVu lacks: its package, its file's name, and the code points that it is asked for."""

    package: str
    file: str
    ranges: tuple[tuple[int, int], ...]

    def path(self, weight: str) -> Path:
        return NOTO / self.package / weight / f"{self.file}_{weight}.ttf"


# Hangul first: a line with any is Korean, and its ideographs are set in the Korean shapes.
HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF))
SCRIPTS: Mapping[str, Script] = {
    "kr": Script("noto-sans-kr", "NotoSansKR", HANGUL),
    "sc": Script(
        "noto-sans-sc", "NotoSansSC",
        ((0x2E80, 0x312F), (0x3190, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20000, 0x2FA1F)),
    ),
    "devanagari": Script("noto-sans-devanagari", "NotoSansDevanagari", ((0x0900, 0x097F), (0xA8E0, 0xA8FF), (0x1CD0, 0x1CFF))),
    "thai": Script("noto-sans-thai", "NotoSansThai", ((0x0E00, 0x0E7F),)),
}  # fmt: skip


@lru_cache(maxsize=4)
def register_fonts(folder: Path = FONTS) -> None:
    """Make the report's fonts known to reportlab. Raises FontsMissingError where a file is not there."""
    for name, file in FILES.items():
        load(name, folder / file, "dejavu-fonts-ttf")
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def load(name: str, path: Path, package: str) -> None:
    try:
        pdfmetrics.registerFont(TTFont(name, str(path)))
    except (TTFError, OSError) as error:
        raise FontsMissingError(
            f"found no font {path.name} in {path.parent}, expected the package {package}: run `make install` in the project"
        ) from error


@lru_cache(maxsize=16)
def script_font(script: str, *, bold: bool) -> str:
    """The name of a script's font, loaded when it is first asked for."""
    of, weight = SCRIPTS[script], "700Bold" if bold else "400Regular"
    name = f"{REGULAR}-{script}-{weight}"
    load(name, of.path(weight), f"@expo-google-fonts/{of.package}")
    return name


def script_of(character: str, *, is_korean: bool = False) -> str | None:
    """Which script's font a character is asked for; None where DejaVu is all there is."""
    code = ord(character)
    found = next((n for n, s in SCRIPTS.items() if any(first <= code <= last for first, last in s.ranges)), None)
    return "kr" if found == "sc" and is_korean else found


def is_korean(line: str) -> bool:
    return any(first <= ord(c) <= last for c in line for first, last in HANGUL)


def has_glyph(font: str, character: str) -> bool:
    return ord(character) in pdfmetrics.getFont(font).face.charToGlyph


def face_of(font: str, character: str, *, korean: bool) -> str | None:
    """The font that `character` is set in beside text in `font`: that one where it has the glyph, else DejaVu, else the script's
    own; None where no font has it."""
    if has_glyph(font, character):
        return font
    base = BOLD if font == BOLD else REGULAR
    if has_glyph(base, character):
        return base
    script = script_of(character, is_korean=korean)
    if script is None:
        return None
    face = script_font(script, bold=font == BOLD)
    return face if has_glyph(face, character) else None
