"""Forms of the pages, as their templates have them: one that changes something bears a token, and nothing runs inline."""

import re
from pathlib import Path

import pytest

from api.dashboard.rendering import CONTENT_SECURITY_POLICY
from api.traffic import SECURITY_HEADERS

TEMPLATES = sorted((Path(__file__).resolve().parents[3] / "api" / "dashboard" / "templates").rglob("*.html"))
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_posts_bears_a_token(template: Path) -> None:
    """The session's own, or where a letter's link stands for a session the signed one of its address."""
    for form in FORM.findall(template.read_text("utf-8")):
        opening = form.split(">", 1)[0]
        if 'method="post"' in opening or "hx-post" in opening:
            assert "csrf(" in form or 'name="csrf_token"' in form or "/{{ token }}" in opening, form[:200]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_is_inline(template: Path) -> None:
    text = template.read_text("utf-8")
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag
    assert "<style" not in text
    assert re.findall(r"<[a-z][^>{]*\s(?:style|on[a-z]+)=", text) == []


def test_the_policy_lets_nothing_in_that_is_not_ours() -> None:
    for policy in (CONTENT_SECURITY_POLICY, SECURITY_HEADERS["Content-Security-Policy"]):
        said = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert said["default-src"] == "'none'" and said["script-src"] == said["style-src"] == "'self'"
        assert said["frame-ancestors"] == said["base-uri"] == "'none'" and said["form-action"] == "'self'"
        assert "unsafe" not in policy and "http" not in policy
