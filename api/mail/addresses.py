"""Mail addresses as schedules hold them."""

import re

# One plain address: no names, lists, comments, quoted or control characters that could add a header or a second recipient.
ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f,;:<>()\[\]\\\"@]{1,64}@[^\s\x00-\x1f\x7f,;:<>()\[\]\\\"@]{1,255}")


def address(text: str) -> str:
    """The address itself, its domain as ASCII (IDNA). Raises ValueError where it is anything but one plain address."""
    if not ADDRESS.fullmatch(text):
        raise ValueError(f"found {text[:80]!r}, expected one plain e-mail address such as jane@example.com: correct the schedule")
    local, _, domain = text.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError(f"found the domain {domain[:80]!r}, expected one that exists in the DNS: correct the schedule") from error
