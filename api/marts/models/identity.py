"""Links between ids, without the ids."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.marts.models.base import Build, Paged, Shape

LinkKind = Literal["identify", "alias", "event"]
LinkStatus = Literal["merged", "split", "blocked_id", "shared_browser", "crowded_user"]


class IdentityLink(Shape):
    """What joined a browser (or a former id) to a user; the ids themselves are not told."""

    link_id: UUID
    sponsor_id: UUID
    link_kind: LinkKind = Field(description="The strongest that says so; `event`: any other event with both ids.")
    linked_at: datetime = Field(description="When the first event of that kind was.")
    event_count: int
    status: LinkStatus
    person_id: UUID | None = Field(description="The user's person in this build; null where the user id is set aside.")
    is_one_person: bool = Field(description="Whether both ids are one person, by this link or by others.")


class Merge(Shape):
    """A link by which a touch belongs to a conversion's person."""

    link_id: UUID
    link_kind: LinkKind
    linked_at: datetime = Field(description="When the first event was that said so.")


class IdentityCount(Shape):
    """How many links have one status."""

    status: LinkStatus
    links: int


class IdentityLinks(Paged):
    """An account's links, the newest first."""

    build: Build
    counts: list[IdentityCount] = Field(description="All of the account's, whatever was asked for.")
    items: list[IdentityLink]
