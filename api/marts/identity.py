"""Which ids are one person and by which link, from marts.identity_links. Ids are compared here and never selected."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from api.marts.builds import current_build
from api.marts.errors import NotFoundError
from api.marts.keyset import Order, Window
from api.marts.models.identity import IdentityCount, IdentityLink, IdentityLinks, LinkStatus, Merge
from api.marts.warehouse import Reader

FIRST = Window(limit=200)
COLUMNS = """
l.link_id, l.sponsor_id, l.link_kind, l.linked_at, l.event_count, l.status, l.user_person_id as person_id,
coalesce(l.source_person_id = l.user_person_id, false) as is_one_person
"""
COUNTS = "select status, count(*) as links from marts.identity_links group by status order by status"
FOUND = f"""
select {COLUMNS}
from marts.identity_links as l
where
    (%(status)s::text is null or l.status = %(status)s)
    and (%(known_as)s::text is null or %(known_as)s in (l.source_id, l.user_id))
    and (%(person_id)s::uuid is null or %(person_id)s in (l.source_person_id, l.user_person_id))
"""  # noqa: S608 - constants of this file
NEWEST = Order("linked_at timestamptz desc", "link_id uuid desc")
# A person of more links is shown with the oldest of them.
MOST_LINKS = 2_000
PERSON_LINKS = """
select
    l.link_id, l.link_kind, l.linked_at, 'u' || md5(l.user_id) as user_node,
    array['b' || md5(l.source_id)] || case when l.is_alias then array['u' || md5(l.source_id)] else '{}' end as source_nodes
from marts.attribution_conversions as v
inner join marts.identity_links as l on v.tenant_id = l.tenant_id and v.person_id = l.user_person_id
where v.conversion_id = %(subject_id)s and l.status = 'merged'
order by l.linked_at, l.link_id
limit %(most)s
"""
# The nodes of the conversion (touch_id NULL) and of each visit in its path.
NODES = """
select
    n.touch_id,
    array_remove(array['b' || md5(n.anonymous_id), 'u' || md5(n.user_id)], null) as nodes
from (
    select null::uuid as touch_id, v.anonymous_id, v.user_id
    from marts.attribution_conversions as v
    where v.conversion_id = %(subject_id)s
    union all
    select t.touch_id, t.anonymous_id, t.user_id
    from marts.attribution_credits as c
    inner join marts.attribution_touches as t on c.tenant_id = t.tenant_id and c.touch_id = t.touch_id
    where c.conversion_id = %(conversion_id)s and t.person_id is not null
) as n
"""


class Link(NamedTuple):
    """One merged link of a person, with its two ends as names of nodes."""

    link_id: UUID
    source: str
    user: str


def identity_links(
    c: Reader, *, status: LinkStatus | None = None, known_as: str | None = None, person_id: UUID | None = None, page: Window = FIRST
) -> IdentityLinks:
    """A page of links, newest first; `known_as` is an id as the site's events have it."""
    found = NEWEST.read(c, FOUND, {"status": status, "known_as": known_as, "person_id": person_id}, page)
    return IdentityLinks(
        build=current_build(c),
        counts=[IdentityCount(**row) for row in c.execute(COUNTS).fetchall()],
        items=[IdentityLink(**row) for row in found.items],
        next_cursor=found.next_cursor,
    )


def get_link(c: Reader, link_id: UUID) -> IdentityLink:
    """One link; raises NotFoundError."""
    row = c.execute(f"select {COLUMNS} from marts.identity_links as l where l.link_id = %s", [link_id]).fetchone()  # noqa: S608
    if row is None:
        raise NotFoundError("link", link_id)
    return IdentityLink(**row)


def chains(links: Iterable[Link], starts: Iterable[str]) -> dict[str, list[UUID]]:
    """Of each node that links lead to from one of `starts`, the fewest links that do; none of the starts themselves."""
    neighbours: dict[str, list[tuple[UUID, str]]] = {}
    for link_id, source, user in sorted(links):
        neighbours.setdefault(source, []).append((link_id, user))
        neighbours.setdefault(user, []).append((link_id, source))
    found: dict[str, list[UUID]] = {start: [] for start in starts}
    waiting = deque(sorted(found))
    while waiting:
        node = waiting.popleft()
        for link_id, other in neighbours.get(node, []):
            if other not in found:
                found[other] = [*found[node], link_id]
                waiting.append(other)
    return found


def merges(c: Reader, conversion_id: UUID, subject_id: UUID) -> dict[UUID, list[Merge]]:
    """Of each touch in a conversion's path under another of the person's ids, the links between, from the conversion's on."""
    asked = {"conversion_id": conversion_id, "subject_id": subject_id, "most": MOST_LINKS}
    rows = c.execute(PERSON_LINKS, asked).fetchall()
    said = {row["link_id"]: Merge(**{name: row[name] for name in Merge.model_fields}) for row in rows}
    links = [Link(row["link_id"], source, row["user_node"]) for row in rows for source in row["source_nodes"]]
    touches = c.execute(NODES, asked).fetchall()
    starts = {node for row in touches if row["touch_id"] is None for node in row["nodes"]}
    ways = chains(links, starts)
    found: dict[UUID, list[Merge]] = {}
    for row in touches:
        known = [ways[node] for node in row["nodes"] if node in ways]
        if row["touch_id"] is not None and known:
            found[row["touch_id"]] = [said[link_id] for link_id in min(known, key=len)]
    return found
