"""Links in mails: bound to what they name, to their purpose and to the key that signed them."""

from datetime import UTC, datetime
from uuid import UUID

from api.mail.links import DownloadLink, Links

LINKS = Links("https://reports.example", "s" * 32)
DELIVERY, REPORT = UUID(int=1), UUID(int=2)
LINK = DownloadLink(7, DELIVERY, REPORT, "pdf", datetime(2026, 12, 18, tzinfo=UTC))


def token(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_link_reads_back_as_what_it_names_and_is_the_same_each_time() -> None:
    """A message that is sent again after a kill must be the same message."""
    assert LINKS.read_download(token(LINKS.download(LINK))) == LINK
    assert LINKS.download(LINK) == LINKS.download(LINK)
    assert LINKS.read_unsubscribe(token(LINKS.unsubscribe(7, DELIVERY))) == (7, DELIVERY)


def test_a_link_of_one_purpose_opens_nothing_of_the_other() -> None:
    assert LINKS.read_unsubscribe(token(LINKS.download(LINK))) is None
    assert LINKS.read_download(token(LINKS.unsubscribe(7, DELIVERY))) is None


def test_what_was_changed_or_signed_elsewhere_is_none_of_ours() -> None:
    made = token(LINKS.download(LINK))
    assert Links("https://reports.example", "t" * 32).read_download(made) is None
    for place in range(0, len(made), 7):
        changed = made[:place] + ("A" if made[place] != "A" else "B") + made[place + 1 :]
        assert LINKS.read_download(changed) is None
    for other in ("", "x", "." * 400, "a.b"):
        assert LINKS.read_download(other) is None and LINKS.read_unsubscribe(other) is None
