"""Reports in three languages: nothing is left in English by mistake, and no place of a sentence is lost."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import api.mail
import api.reports
from api.mail.report_message import INTRODUCTIONS, METHODS, NO_MORE
from api.mail.report_message import KINDS as MAIL_KINDS
from api.marts.figures import CampaignFigures, NetworkFigures
from api.reports.document import Document
from api.reports.figures import KINDS, build_document
from api.reports.language import catalogue
from api.reports.look import LANGUAGES, Language, Look, looking
from api.success.review import ReviewFigures

FOLDERS = [Path(package.__file__ or "").parent for package in (api.reports, api.mail)]
OTHERS = [language for language in LANGUAGES if language != "en"]
# Words that are spelled alike in the other language.
ALIKE = {
    "CPM",
    "ROAS",
    "ROI",
    "Lift",
    "Placebo",
    "Test",
    "Sponsor",
    "Build",
    "Conversion",
    "Conversions",
    "Download",
    "Version",
    "in USD",
}


@pytest.mark.parametrize("language", OTHERS)
def test_each_translation_has_the_places_of_its_english(language: Language) -> None:
    for english, other in catalogue(language)["words"].items():
        assert sorted(re.findall(r"\{\w*\}", english)) == sorted(re.findall(r"\{\w*\}", other)), english


def test_the_languages_have_the_same_words_and_formats() -> None:
    german, spanish = (catalogue(language) for language in OTHERS)
    assert german["words"].keys() == spanish["words"].keys()
    assert {*german["formats"]} == {*spanish["formats"]} == {*catalogue("en")["formats"]}


def said() -> Iterator[tuple[str, str]]:
    """Every English text that the code says, with its file."""
    for path in sorted(path for folder in FOLDERS for path in folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "counted", "plural"):
                for argument in node.args:
                    for part in ast.walk(argument):
                        if isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield path.name, part.value


def test_every_text_that_the_code_says_is_translated() -> None:
    words = catalogue("de")["words"]
    assert [(file, text) for file, text in said() if text.strip() and text not in words] == []
    assert {*MAIL_KINDS.values(), *INTRODUCTIONS.values(), METHODS, NO_MORE} <= words.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", OTHERS)
def test_no_title_heading_label_or_note_stays_english(
    kind: str,
    language: Language,
    make_figures: Callable[..., CampaignFigures],
    make_network: Callable[..., NetworkFigures],
    make_review: Callable[..., ReviewFigures],
) -> None:
    figures: CampaignFigures | NetworkFigures
    if kind == "value_review":
        figures = make_review(former=None)
    else:
        figures = make_network() if kind == "network" else make_figures(contracted=None, own_models=("Mine",))
    english = build_document(figures, kind=kind)
    with looking(Look(language=language)):
        other = build_document(figures, kind=kind)
    same = {a for a, b in zip(frame(english), frame(other), strict=True) if a == b and re.search("[A-Za-z]{3}", a)}
    known = {text for text, word in catalogue(language)["words"].items() if text == word}
    assert same - known <= ALIKE


def frame(document: Document) -> list[str]:
    """All words around the figures."""
    found = []
    for section in document.sections:
        found += [section.title, section.intro]
        for table in section.tables:
            found += [table.title, table.note, *table.headings]
        for figure in (*section.figures, *(f for t in section.tables for row in t.rows for f in row)):
            found += [figure.label, figure.note, figure.absent if figure.value is None else ""]
    return found


def test_numbers_dates_and_money_are_those_of_the_language(make_figures: Callable[..., CampaignFigures]) -> None:
    with looking(Look(language="de")):
        intro = build_document(make_figures()).section("headline").intro
    assert "19.830 Anzeigen wurden ausgeliefert, 33,1\u00a0% der 60.000 vereinbarten" in intro
    assert "495,70\u00a0$" in intro


def test_what_the_data_say_is_never_translated(make_figures: Callable[..., CampaignFigures]) -> None:
    """A show called "Delivered" is a name, whatever the catalogue knows."""
    with looking(Look(language="de")):
        rows = build_document(make_figures(name="Lift", shows=("Delivered",))).section("delivery").tables[0].rows
    assert rows[0][0].value == "Delivered"
