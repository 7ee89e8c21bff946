"""Random histories of small accounts, written into what the models of pairing read: one step is a few things that happened.

Everything is of few people, homes and orders within ten days, so that keys are shared and steps reach into what was built.
"""

import hashlib
import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 6, 1, tzinfo=UTC)
PEOPLE, HOMES, ORDERS, CODES = ("anna", "ben", "cleo", "dora", "emil"), ("north", "south"), 25, ("POD", "EAR")
CLASSES = ("household", "household", "household", "household", "unknown", "mobile", "datacenter")


def hashed(home: str, epoch: int) -> bytes:
    return hashlib.sha256(b"%d" % epoch + home.encode()).digest()


class History:
    """One account (`tenant` of the tests' conftest, created) and what happens in it."""

    def __init__(self, tenant: Any, seed: int) -> None:
        self.t, self.chance, self.serial = tenant, random.Random(seed), 0  # noqa: S311
        self.campaigns = [tenant.campaign(utm) for utm in ("a", "b")]
        self.placements = [tenant.placement(campaign, vanity=f"/{n}") for n, campaign in enumerate(self.campaigns)]
        tenant.execute("update app.shows set title = 'The Show' where tenant_id = %s", tenant.tenant_id)
        tenant.settings(click_window_s=864_000)

    def step(self, count: int) -> None:
        happens = (
            *[self.sale] * 6, *[self.visit] * 4, *[self.exposure] * 4, self.refund, self.refund, self.survey, self.books, self.code,
            self.merge, self.merge, self.split, self.erase, self.recount, self.recount, self.crowd, self.setting, self.verdict,
            self.verdict, self.rename,
        )  # fmt: skip
        for one in self.chance.choices(happens, k=count):
            one()

    def at(self, first_day: int = 0) -> datetime:
        """Of few instants, so that ties and windows' edges are common."""
        return START + timedelta(days=first_day, hours=6 * self.chance.randrange(24))

    def row(self, table: str, **values: Any) -> None:
        self.t.insert(table, **values)

    def event(self, kind: str, **values: Any) -> None:
        self.serial += 1
        at, home, epoch, person = (
            self.at(4 if kind == "purchase" else 0),
            self.chance.choice(HOMES),
            self.chance.choice((1, 2)),
            self.chance.choice(PEOPLE),
        )
        given = {
            "sponsor_id": self.t.sponsor, "site_id": self.t.site, "message_id": f"m{self.serial}", "event_id": self.serial,
            "xact": "1", "received_at": at, "occurred_at": at, "event_kind": kind, "is_value_malformed": False,
            "is_signed": self.chance.random() < 0.5, "promo_codes": [], "ip_class": self.chance.choice(CLASSES),
            "has_consent": True,
        }  # fmt: skip
        if self.chance.random() < 0.7:
            given |= {"household_hash": hashed(home, epoch), "key_epoch": epoch}
            if kind == "purchase" and self.chance.random() < 0.5:
                given |= {"household_hashes": [hashed(home, 1), hashed(home, 2)], "household_epochs": [1, 2]}
        if self.chance.random() < 0.6:
            given["anonymous_id"] = person
        if self.chance.random() < 0.3:
            given["user_id"] = f"user {person}"
        self.row("intermediate.int_events_admitted", **given | values)

    def order(self) -> str:
        return f"o{self.chance.randrange(ORDERS)}"

    def sale(self) -> None:
        more: dict[str, Any] = {"promo_codes": [self.chance.choice(CODES)]} if self.chance.random() < 0.3 else {}
        more |= {"utm_campaign": "a"} if self.chance.random() < 0.1 else {}
        self.event("purchase", order_id=self.order(), value_minor=self.chance.randrange(5_000), currency="USD", **more)

    def refund(self) -> None:
        self.event("refund", order_id=self.order(), value_minor=self.chance.choice((None, 100)), currency="USD")

    def visit(self) -> None:
        self.event("page_view", **self.chance.choice(({"utm_campaign": "a"}, {"utm_campaign": "b"}, {"url_path": "/1"})))

    def survey(self) -> None:
        order = {"order_id": self.order()} if self.chance.random() < 0.5 else {}
        self.event("survey_response", survey_answer="the show", **order)

    def books(self) -> None:
        refunded = {"refunded_minor": 50} if self.chance.random() < 0.5 else {}
        self.t.order(self.order(), self.at(), self.chance.randrange(5_000), **refunded)

    def code(self) -> None:
        """A code that begins to be valid, or changes hands; what was sold with it stands already."""
        code, campaign = self.chance.choice(CODES), self.chance.choice(self.campaigns)
        changed = "update app.promo_codes set campaign_id = %s where tenant_id = %s and code = %s returning code_id"
        if not self.t.execute(changed, campaign, self.t.tenant_id, code):
            self.t.code(campaign, code)

    def exposure(self) -> None:
        which, home, epoch = self.chance.randrange(2), self.chance.choice(HOMES), self.chance.choice((1, 2))
        self.row(
            "intermediate.int_ads_delivered", download_id=uuid.UUID(int=self.chance.getrandbits(128)),
            campaign_id=self.campaigns[which], placement_id=self.placements[which], show_id=self.t.show, episode_guid="ep",
            delivered_at=self.at(),
            household_hash=hashed(home, epoch), key_epoch=epoch, ip_class=self.chance.choice(CLASSES),
        )  # fmt: skip

    def some(self, table: str, columns: str) -> dict[str, Any] | None:
        rows = self.t.execute(f"select {columns} from {table} where tenant_id = %s order by 1, 2", self.t.tenant_id)
        return self.chance.choice(rows) if rows else None

    def recount(self) -> None:
        if found := self.some("intermediate.int_ads_delivered", "download_id, delivered_at"):
            gone = "delete from intermediate.int_ads_delivered"
            moved = "update intermediate.int_ads_delivered set delivered_at = delivered_at - interval '2 days'"
            statement = f"{self.chance.choice((gone, moved))} where tenant_id = %s and download_id = %s"
            self.t.execute(statement, self.t.tenant_id, found["download_id"])

    def erase(self) -> None:
        if found := self.some("intermediate.int_events_admitted", "message_id, event_kind"):
            self.t.execute(
                "delete from intermediate.int_events_admitted where tenant_id = %s and message_id = %s",
                self.t.tenant_id,
                found["message_id"],
            )

    def merge(self) -> None:
        """Two people that the last build told apart become one: one's id is of the other from now on."""
        people = self.t.execute(
            "select distinct person_id from intermediate.int_touches where tenant_id = %s and person_id is not null union "
            "select person_id from intermediate.int_conversions where tenant_id = %s and person_id is not null order by 1",
            self.t.tenant_id,
            self.t.tenant_id,
        )
        if len(people) > 1:
            one, other = self.chance.sample([row["person_id"] for row in people], 2)
            known = (
                "select 1 as one from candidate.identity_people where tenant_id = %s and (node_id in (%s, %s) or person_id = %s)"
            )
            if not self.t.execute(known, self.t.tenant_id, one, other, one):
                self.row("candidate.identity_people", sponsor_id=self.t.sponsor, node_id=one, person_id=other, is_set_aside=False)

    def split(self) -> None:
        if found := self.some("candidate.identity_people", "node_id, person_id"):
            self.t.execute(
                "delete from candidate.identity_people where tenant_id = %s and node_id = %s", self.t.tenant_id, found["node_id"]
            )

    def crowd(self) -> None:
        key = (self.t.tenant_id, self.chance.choice((1, 2)), hashed(self.chance.choice(HOMES), self.chance.choice((1, 2))))
        gone = "delete from candidate.crowded_households where tenant_id = %s and key_epoch = %s and household_hash = %s"
        if not self.t.execute(f"{gone} returning 1 as one", *key):
            self.row("candidate.crowded_households", key_epoch=key[1], household_hash=key[2], device_count=99, crowded_at=START)

    def setting(self) -> None:
        name, value = self.chance.choice(
            (
                ("half_life_s", self.chance.choice((3_600, 604_800))),
                ("click_window_s", self.chance.choice((86_400, 864_000))),
                ("exposure_window_s", self.chance.choice((172_800, 2_592_000))),
                ("reset_path_on_conversion", self.chance.random() < 0.5),
                ("windows_by_kind", json.dumps({"purchase": {"vanity_window_s": self.chance.choice((3_600, 864_000))}})),
            )
        )
        self.t.execute(f"update app.attribution_settings set {name} = %s where tenant_id = %s", value, self.t.tenant_id)

    def verdict(self) -> None:
        """A conversion that stands is fraud, or is none any more."""
        found = self.some(
            "intermediate.int_conversions", "conversion_id, sponsor_id, conversion_kind, converted_at, origin_conversion_id"
        )
        if found and found.pop("origin_conversion_id") is None:
            gone = "delete from candidate.conversion_fraud where tenant_id = %s and conversion_id = %s returning 1 as one"
            if not self.t.execute(gone, self.t.tenant_id, found["conversion_id"]):
                self.row(
                    "candidate.conversion_fraud", **found, value_minor=1, currency="USD", is_suspect=True, is_fraud=True,
                    reasons="[]",
                    not_judged="[]", rules_version="1",
                )  # fmt: skip

    def rename(self) -> None:
        """A campaign's links are of another name, and back."""
        self.t.execute(
            "update app.campaigns set utm_campaign = case utm_campaign when 'b' then 'c' else 'b' end "
            "where tenant_id = %s and campaign_id = %s",
            self.t.tenant_id,
            self.campaigns[1],
        )
