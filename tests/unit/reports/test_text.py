import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from api.reports.text import BOLD, MONO, REGULAR, REPLACEMENT, clean, fitting, lines, markup, register_fonts, visual, width

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


def test_what_no_font_holds_is_replaced_visibly() -> None:
    assert "".join(run for _, run in fitting("ab 中🎉", REGULAR)) == f"ab {REPLACEMENT}{REPLACEMENT}"


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
