"""The kinds of files that people bring for campaigns: how each is read, and where its rows land."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

import psycopg

from assets.campaigns.landing import land_orders, land_spend
from assets.campaigns.parse import Parsed, parse_orders, parse_spend
from assets.campaigns.rates import land_rates, parse_rates
from assets.campaigns.surveys import land_answers, parse_answers

Kind = Literal["orders", "spend", "currency_rates", "survey_answers"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Form:
    """`parse` takes the file's text and whose rows they are where it names no sponsor; raises UnknownHeaderError. `land` works in
    the caller's transaction and returns how many rows are new or say something else than before."""

    parse: Callable[[str, UUID | None], Iterable[Parsed[Any]]]
    land: Callable[[psycopg.Connection[Any], int, Sequence[Any], str], int]


FORMS: Mapping[Kind, Form] = {
    "orders": Form(parse_orders, land_orders),
    # Each row of spend names its sponsor; a rate has none.
    "spend": Form(lambda text, _: parse_spend(text), land_spend),
    "currency_rates": Form(lambda text, _: parse_rates(text), land_rates),
    "survey_answers": Form(parse_answers, land_answers),
}
