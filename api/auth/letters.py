"""The mails of an account, as plain text: what happened, the link, how long it opens, and what to do who did not ask for it."""

from api.mail.postman import Letter


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
    return Letter(
        email,
        # A name is what somebody typed: one line, and not all of it.
        f"An invitation to {' '.join(tenant_name.split())[:80]}",
        f"{inviter} invites you to {tenant_name} on Hostread, as {role}.\n\n"
        f"Join here, within seven days; the link works once:\n{base_url}/join?token={token}\n\n"
        "If you do not know why, do nothing.\n",
    )
