"""The mails of an account, as plain text: what happened, the link, how long it opens, and what to do who did not ask for it."""

from collections.abc import Mapping
from datetime import timedelta

from api.auth.tokens import INVITATION_LIFETIME, RESET_LIFETIME, VERIFY_LIFETIME, token_hash
from api.mail.postman import Claimed, Letter, Transaction, Write

LIFETIMES: Mapping[str, timedelta] = {"verify": VERIFY_LIFETIME, "reset": RESET_LIFETIME, "invitation": INVITATION_LIFETIME}


def writer(base_url: str) -> Write:
    """Writes a claimed letter. A confirmation's and a reset's link is let open here, where the address has a use for it."""

    def write(transaction: Transaction, claimed: Claimed, token: str) -> Letter | None:
        if claimed.kind == "invitation":
            return invitation(
                claimed.email, base_url, token, claimed.tenant_name or "", claimed.inviter or "Somebody", claimed.role or "member"
            )
        with transaction() as c:
            row = c.execute(
                "select app.open_letter(%s, %s, %s) as is_open", [claimed.letter_id, token_hash(token), LIFETIMES[claimed.kind]]
            ).fetchone()
        if row is None or not row["is_open"]:
            return None
        return (verification if claimed.kind == "verify" else reset)(claimed.email, base_url, token)

    return write


def verification(email: str, base_url: str, token: str) -> Letter:
    return Letter(
        email,
        "Confirm your e-mail address",
        "Somebody, most likely you, opened a Hostread account with this address.\n\n"
        f"Confirm it here, within three days:\n{base_url}/verify?token={token}\n\n"
        "If it was not you, do nothing: the address stays unconfirmed.\n",
    )


def reset(email: str, base_url: str, token: str) -> Letter:
    return Letter(
        email,
        "Set a new password",
        "Somebody, most likely you, asked for a new password of your Hostread login.\n\n"
        f"Set it here, within one hour; the link works once:\n{base_url}/reset?token={token}\n\n"
        "Every session that is open now ends then. If it was not you, do nothing: your password stays.\n",
    )


def invitation(email: str, base_url: str, token: str, tenant_name: str, inviter: str, role: str) -> Letter:
    # A name is what somebody typed: one line, and not all of it.
    tenant, who = " ".join(tenant_name.split())[:80], " ".join(inviter.split())[:80]
    return Letter(
        email,
        f"An invitation to {tenant}",
        f"{who} invites you to {tenant} on Hostread, as {role}.\n\n"
        f"Join here, within seven days; the link works once:\n{base_url}/join?token={token}\n\n"
        "If you do not know why, do nothing.\n",
    )
