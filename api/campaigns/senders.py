"""Who may have mail sent from here, and to which address of their own."""

from api.auth.principals import Principal
from api.database import Writer
from api.errors import Problem


def require_confirmed(c: Writer, who: Principal, *, is_mail_on: bool) -> None:
    """Nobody sends mail to strangers from here who has not shown who they are; a key is as its maker. Raises `forbidden`."""
    if not is_mail_on or who.user_id is None:
        return
    row = c.execute("select app.is_verified(email) as is_confirmed from app.users where user_id = %s", [who.user_id]).fetchone()
    if row is None or not row["is_confirmed"]:
        raise Problem(
            "forbidden",
            "found an address of yours that is not confirmed, expected one that is before mail goes to others: open the link in "
            "our mail, or ask for another one under Members",
        )


def own_address(c: Writer, who: Principal) -> str:
    """Where a preview goes: the person's own address, or that of the maker of a key. Raises `conflict` for a key of nobody."""
    row = c.execute("select email from app.users where user_id = %s and removed_at is null", [who.user_id]).fetchone()
    if row is None:
        raise Problem("conflict", "found a key that no member of this account made, expected a person to send it to: sign in")
    return str(row["email"])
