"""Who is asking, and what a role may do."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Role = Literal["owner", "analyst", "sponsor", "operator"]
ActorKind = Literal["user", "api_key"]
# What people enter is changed by owners and analysts; a sponsor reads its own campaigns and asks for their reports.
WRITERS: frozenset[Role] = frozenset({"owner", "analyst"})
OWNERS: frozenset[Role] = frozenset({"owner"})
TENANT_READERS: frozenset[Role] = frozenset({"owner", "analyst", "operator"})


@dataclass(frozen=True, slots=True)
class Principal:
    """One person or key within one tenant. `session_id` is set where a cookie brought it: only then a form token is asked for."""

    tenant_id: int
    role: Role
    actor_kind: ActorKind
    actor_id: UUID
    user_id: UUID | None = None
    sponsor_id: UUID | None = None
    session_id: UUID | None = None
    email: str | None = None
    display_name: str = ""
    # Of a key: what it may do (api.auth.scopes); None for a person, whom the role alone binds.
    scopes: tuple[str, ...] | None = None
    # A person who runs the platform (ops.operators), whatever the role in this account; of a key api.auth.operators asks.
    is_operator: bool = False

    @property
    def name(self) -> str:
        """Who acts, as records name them; a key without a name by its id."""
        return self.display_name or self.email or f"{self.actor_kind} {self.actor_id}"

    @property
    def sees_sponsor(self) -> UUID | None:
        """The one sponsor whose campaigns this principal may see, or None: all of the tenant's."""
        return (self.sponsor_id or UUID(int=0)) if self.role == "sponsor" else None

    def may_see_sponsor(self, sponsor_id: UUID) -> bool:
        return self.sees_sponsor is None or self.sees_sponsor == sponsor_id
