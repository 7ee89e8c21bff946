"""What a sponsor's site embeds: the code to paste, and the steps on the platforms that most shops run on. Pure."""

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, Field

from api.campaigns.snippets.guides import FORMS, GUIDES
from api.collector.attribution_js.script import Script, current

TEMPLATES = Path(__file__).with_name("templates")
Form = Literal["loader", "tag", "pinned", "tag_manager"]
Platform = Literal["page", "shopify", "woocommerce", "tag_manager", "server"]


class Code(BaseModel):
    """One text to paste."""

    title: str
    language: Literal["html", "javascript", "php", "shell", "python"]
    text: str


class FormCode(Code):
    """The script in one of its forms: which to take, and where it goes."""

    form: Form
    note: str


class Guide(BaseModel):
    """The steps on one platform, in order; each may have code."""

    platform: Platform
    title: str
    steps: list[str]
    code: list[Code]


class ContentPolicy(BaseModel):
    """What a Content-Security-Policy must allow."""

    script_src: str = Field(description="For `script-src`: where the script comes from.")
    connect_src: str = Field(description="For `connect-src`: where the events go.")
    loader_hash: str = Field(description="For `script-src`, with the inline loader and without a nonce: the hash of its text.")


class SetUp(BaseModel):
    """All that it takes to measure one site."""

    write_key: str
    collector_url: str
    script_url: str
    pinned_url: str
    integrity: str
    policy: ContentPolicy
    forms: list[FormCode]
    guides: list[Guide]


@dataclass(frozen=True, slots=True)
class Values:
    """What stands in the templates."""

    write_key: str
    collector: str
    currency: str
    script: Script


def snippet(write_key: str, collector_url: str) -> str:
    """The loader: the text to paste before `</head>`. No value in it can end the script."""
    return _render("loader", Values(write_key, collector_url, "USD", current()))


def set_up(write_key: str, collector_url: str, currency: str) -> SetUp:
    """Every form and guide for one site. `currency` is the account's, for the examples."""
    values = Values(write_key, collector_url, currency, current())
    return SetUp(
        write_key=write_key,
        collector_url=collector_url,
        script_url=f"{collector_url}/attribution.js",
        pinned_url=f"{collector_url}{values.script.pinned_path}",
        integrity=values.script.integrity,
        policy=ContentPolicy(
            script_src=_origin(collector_url),
            connect_src=_origin(collector_url),
            loader_hash=inline_hash(_render("loader", values)),
        ),
        forms=[
            FormCode(form=form, title=title, note=note, language="html", text=_render(template, values))
            for form, title, note, template in FORMS
        ],
        guides=[
            Guide(
                platform=platform,
                title=title,
                steps=list(steps),
                code=[Code(title=label, language=language, text=_render(template, values)) for label, language, template in code],
            )
            for platform, title, steps, code in GUIDES
        ],
    )


def inline_hash(code: str) -> str:
    """The source expression of an inline script: the SHA-256 of what stands between its tags."""
    inner = re.sub(r"^<script>|</script>$", "", code)
    return f"'sha256-{base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()}'"


def _render(template: str, values: Values) -> str:
    text = _environment().get_template(f"{template}.txt").render(
        write_key=values.write_key, collector=values.collector, currency=values.currency,
        pinned_path=values.script.pinned_path, integrity=values.script.integrity,
    )  # fmt: skip
    return text.strip()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Not autoescape: each value is escaped for the language that it stands in.
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False, undefined=StrictUndefined)  # noqa: S701
    made.filters |= {"js": _script_string, "attribute": _attribute, "shell": _shell, "php": _php, "python": repr}
    return made


def _script_string(text: str) -> str:
    return json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e")


def _attribute(text: str) -> str:
    return html.escape(text, quote=True)


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _php(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
