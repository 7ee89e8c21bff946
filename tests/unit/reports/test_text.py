import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from api.reports.fonts import BOLD, MONO, REGULAR, face_of, register_fonts
from api.reports.text import clean, fitting, lines, markup, named, visual, width

register_fonts()
STYLE = ParagraphStyle("test", fontName=REGULAR, fontSize=9)


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_markup_parser_or_leaves_its_line(text: str) -> None:
    Paragraph(markup(text, room=120), STYLE).wrap(120, 1000)
    line = clean(text)
    assert len(line) <= 160
    assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cs")]
    assert all(width(part, REGULAR, 9) <= 121 for part in lines(line, REGULAR, 9, 120))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("<b>unclosed", "<b>unclosed"),
        ('<img src="/etc/passwd">', '<img src="/etc/passwd">'),
        ("a & b &amp; <font size=90>", "a & b &amp; <font size=90>"),
        ("tab\tand\nline", "tab and line"),
        ("null\x00byte", "nullbyte"),
    ],
)
def test_markup_prints_what_stands_there(text: str, printed: str) -> None:
    assert Paragraph(markup(text), STYLE).getPlainText() == printed


def test_a_megabyte_is_cut_with_an_ellipsis() -> None:
    line = clean("word " * 250_000)
    assert len(line) <= 160
    assert line.endswith("…")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Late 🎉 Night", "Late [party popper] Night"),
        ("👍🏽 from 🇩🇪", "[thumbs up sign] from DE"),
        ("কফি সময় with milk", "[Bengali text] with milk"),
        ("🧑‍🚀 ሀሎ", "[adult][rocket] [Ethiopic text]"),
        ("☕ 😀 ★", "☕ 😀 ★"),
    ],
)
def test_what_no_font_holds_is_told_in_words_and_never_by_an_empty_box(text: str, printed: str) -> None:
    """The fault: a title of boxes, of which nobody knows what stood there."""
    for font in (REGULAR, BOLD):
        assert Paragraph(markup(text, font), STYLE).getPlainText() == printed
    assert named(named(text, REGULAR), REGULAR) == named(text, REGULAR)
    assert all(face_of(REGULAR, c, korean=False) for c in named(clean(text), REGULAR)), "no box is left"


@pytest.mark.parametrize(
    ("line", "script"),
    [("東京の朝", "sc"), ("深夜播客", "sc"), ("서울 커피", "kr"), ("大韓 커피", "kr"), ("नमस्ते", "devanagari"), ("กาแฟ", "thai")],
)
def test_a_script_that_dejavu_lacks_is_set_in_its_own_font(line: str, script: str) -> None:
    """Until now these were boxes; a line with any Hangul has its ideographs in Korean shapes."""
    for font, weight in ((REGULAR, "400Regular"), (BOLD, "700Bold")):
        runs = fitting(line, font)
        assert "".join(run for _, run in runs) == line, "nothing is replaced"
        assert {face for face, run in runs if run.strip()} == {f"{REGULAR}-{script}-{weight}"}


def test_the_short_i_of_devanagari_stands_before_its_consonants() -> None:
    assert visual("हिन्दी") == "िहन्दी"
    assert visual("स्थिति") == "िस्थित"


def test_a_font_that_lacks_a_script_falls_back_to_one_that_has_it() -> None:
    assert fitting("xא", MONO) == [(MONO, "x"), (REGULAR, "א")]
    assert fitting("жΩא", BOLD) == [(BOLD, "жΩא")]


def test_right_to_left_text_is_shaped_and_broken_before_it_is_turned() -> None:
    assert visual("שלום") == "םולש"
    assert all("\ufe70" <= c <= "\ufeff" for c in visual("سلام"))
    broken = lines("אחת שתיים שלוש ארבע חמש שש שבע", REGULAR, 12, 80)
    assert broken[0].startswith(visual("שתיים")) or broken[0].endswith(visual("אחת"))
    assert len(broken) > 1


def test_controls_that_reorder_a_name_are_dropped() -> None:
    assert clean("abc\u202edef\u2066") == "abcdef"


def test_a_family_of_joined_emoji_is_one_run_of_signs_and_not_of_joiners() -> None:
    assert "\u200d" not in clean("👩‍👩‍👧 family")
