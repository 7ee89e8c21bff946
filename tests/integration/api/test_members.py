"""Members, invitations, mail that opens a login, keys with scopes, accounts of an agency, and the trace of every change."""

import re
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest

from api.settings import ApiSettings

PASSWORD = "correct horse battery"
OTHER = "another long pass phrase"
LINK = re.compile(r"token=([A-Za-z0-9_-]+)")


@pytest.fixture
def mailed(database_url: str, serve: Callable[[ApiSettings], str], tools: SimpleNamespace, mailbox: Any) -> str:
    """A server that sends mail."""
    return serve(tools.settings_for(database_url, smtp_url=mailbox.url, recovery_rate="1000/minute"))


@pytest.fixture
def browser() -> Iterator[Callable[[str], httpx.Client]]:
    """Opens clients with cookies of their own."""
    opened: list[httpx.Client] = []

    def make(url: str) -> httpx.Client:
        opened.append(httpx.Client(base_url=url, timeout=60))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


def sign_in(client: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    answer = client.post("/v1/sessions", json={"email": email, "password": password})
    if answer.status_code == 201:
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer


def letter(mailbox: Any, recipient: str, count: int = 1) -> str:
    """The text of the last mail to somebody, once that many have come."""
    deadline = time.monotonic() + 60
    while len(found := [message for to, message in mailbox.messages if to == recipient]) < count:
        assert time.monotonic() < deadline, f"found {len(found)} mails to {recipient}, expected {count}"
        time.sleep(0.02)
    return str(found[-1].get_content())


def token(text: str) -> str:
    found = LINK.search(text)
    assert found is not None, text
    return found[1]


def join(client: httpx.Client, link: str, **form: str) -> httpx.Response:
    """Open an invitation's link and send its form, as a browser does."""
    page = client.get("/join", params={"token": link})
    assert page.status_code == 200, page.text
    csrf = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post("/join", data={"token": link, "csrf_token": csrf} | form, headers={"Accept": "text/html"})


def test_an_owner_invites_changes_and_removes(account: Any, base_url: str, browser: Any) -> None:
    """Without a mail server the link is handed on by hand; who is removed is out at once, with the keys made as an owner."""
    invited = account.http.post("/v1/invitations", json={"email": "Grace@acme.com", "role": "owner"})
    assert invited.status_code == 201 and invited.json()["invitation"]["email"] == "grace@acme.com"
    grace = browser(base_url)
    joined = join(grace, token(invited.json()["link"]), display_name="Grace", password=OTHER)
    assert joined.status_code == 303, joined.text
    again = browser(base_url).get("/join", params={"token": token(invited.json()["link"])}, headers={"Accept": "text/html"})
    assert again.status_code == 404, "a link opens once"
    me = grace.get("/v1/me").json()
    assert me["role"] == "owner" and me["tenant"]["name"] == "ours network"
    grace.headers["X-CSRF-Token"] = me["csrf_token"]
    key = grace.post("/v1/api-keys", json={"name": "hers"}).json()["key"]
    members = {m["email"]: m["user_id"] for m in account.http.get("/v1/members").json()["items"]}
    assert set(members) == {account.email, "grace@acme.com"}
    grace_id = members["grace@acme.com"]
    assert account.http.patch(f"/v1/members/{grace_id}", json={"role": "analyst"}).json()["role"] == "analyst"
    assert grace.get("/v1/members").status_code == 403
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}) as keyed:
        assert keyed.get("/v1/me").status_code == 401, "a key ends with its maker's ownership"
    assert account.http.delete(f"/v1/members/{grace_id}").status_code == 204
    assert grace.get("/v1/me").status_code == 401
    assert sign_in(browser(base_url), "grace@acme.com", OTHER).status_code == 401
    assert account.http.delete(f"/v1/members/{grace_id}").status_code == 404
    last = account.http.delete(f"/v1/members/{members[account.email]}")
    assert last.status_code == 409 and "last owner" in last.json()["detail"]


def test_the_members_of_one_account_are_not_the_others(account: Any, stranger: Any) -> None:
    theirs = stranger.http.get("/v1/members").json()["items"][0]["user_id"]
    assert account.http.patch(f"/v1/members/{theirs}", json={"role": "analyst"}).status_code == 404
    assert account.http.delete(f"/v1/members/{theirs}").status_code == 404
    made = stranger.http.post("/v1/invitations", json={"email": "new@theirs.com", "role": "analyst"}).json()["invitation"]
    assert account.http.delete(f"/v1/invitations/{made['invitation_id']}").status_code == 404
    assert account.http.get("/v1/invitations").json()["items"] == []
    foreign = {"email": "s@ours.com", "role": "sponsor", "sponsor_id": stranger.sponsor_id}
    assert account.http.post("/v1/invitations", json=foreign).status_code == 404


def test_a_sponsors_member_and_key_see_their_sponsor_alone(account: Any, base_url: str, browser: Any) -> None:
    other = account.http.post("/v1/sponsors", json={"name": "Other"}).json()["sponsor_id"]
    assert account.http.post("/v1/invitations", json={"email": "s@a.com", "role": "sponsor"}).status_code == 422
    entry = {"email": "s@other.com", "role": "sponsor", "sponsor_id": other}
    member = browser(base_url)
    join(member, token(account.http.post("/v1/invitations", json=entry).json()["link"]), password=OTHER)
    made = account.http.post("/v1/api-keys", json={"name": "s", "role": "sponsor", "sponsor_id": other}).json()
    keyed = browser(base_url)
    keyed.headers["Authorization"] = f"Bearer {made['key']}"
    for client in (member, keyed):
        assert client.get("/v1/me").json()["role"] == "sponsor"
        assert client.get("/v1/campaigns").json()["items"] == []
        assert client.get(f"/v1/campaigns/{account.campaign_id}").status_code == 404
        assert client.get(f"/v1/reports/{account.report['report_id']}/files/csv").status_code == 404
        assert client.get("/v1/shows").status_code == 403
        assert client.get("/v1/audit").status_code == 403


def test_registration_is_confirmed_by_mail_and_invitations_wait_for_it(
    mailed: str, mailbox: Any, browser: Any, tools: SimpleNamespace
) -> None:
    ada = browser(mailed)
    tools.register(ada, "night")
    sign_in(ada, "owner@night.com")
    assert ada.get("/v1/me").json()["is_verified"] is False
    entry = {"email": "grace@night.com", "role": "analyst"}
    assert ada.post("/v1/invitations", json=entry).status_code == 403
    link = token(letter(mailbox, "owner@night.com"))
    assert ada.post("/v1/email-verifications/confirm", json={"token": link}).status_code == 204
    assert ada.post("/v1/email-verifications/confirm", json={"token": link}).status_code == 404, "it opens once"
    assert ada.get("/v1/me").json()["is_verified"] is True
    made = ada.post("/v1/invitations", json=entry)
    assert made.status_code == 201 and made.json()["link"] is None, "the link is the mailbox's alone"
    text = letter(mailbox, "grace@night.com")
    assert "night network" in text and mailed.rsplit(":", 1)[0] in text
    grace = browser(mailed)
    assert join(grace, token(text), password=OTHER).status_code == 303
    assert grace.get("/v1/me").json()["is_verified"] is True


def test_a_reset_ends_sessions_and_says_nothing_of_who_is_known(
    mailed: str, mailbox: Any, browser: Any, database_url: str, tools: SimpleNamespace
) -> None:
    ada, thief, anyone = browser(mailed), browser(mailed), browser(mailed)
    tools.register(ada, "night")
    sign_in(ada, "owner@night.com")
    sign_in(thief, "owner@night.com")
    known = anyone.post("/v1/password-resets", json={"email": " Owner@Night.com "})
    unknown = anyone.post("/v1/password-resets", json={"email": "nobody@night.com"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text) == (202, known.text)
    first = token(letter(mailbox, "owner@night.com", 2))
    anyone.post("/v1/password-resets", json={"email": "owner@night.com"})
    link = token(letter(mailbox, "owner@night.com", 3))
    confirm = {"token": link, "password": OTHER}
    assert anyone.post("/v1/password-resets/confirm", json=confirm | {"token": first}).status_code == 404, "a newer one ends it"
    assert anyone.post("/v1/email-verifications/confirm", json={"token": link}).status_code == 404, "it is for a reset"
    assert anyone.post("/v1/password-resets/confirm", json=confirm | {"password": "short"}).status_code == 422
    assert anyone.post("/v1/password-resets/confirm", json=confirm).status_code == 204
    assert anyone.post("/v1/password-resets/confirm", json=confirm).status_code == 404
    assert ada.get("/v1/me").status_code == thief.get("/v1/me").status_code == 401
    assert sign_in(anyone, "owner@night.com").status_code == 401
    assert sign_in(anyone, "owner@night.com", OTHER).status_code == 201
    assert [to for to, _ in mailbox.messages if to == "nobody@night.com"] == []
    with psycopg.connect(database_url) as owner:
        kept = str(owner.execute("select t::text from app.login_tokens as t").fetchall())
        owner.execute("update app.login_tokens set used_at = null, expires_at = now() - interval '1 second'")
    assert link not in kept, "a token is stored as its digest"
    assert anyone.post("/v1/password-resets/confirm", json=confirm).status_code == 404, "it is over"


def test_without_a_mail_server_the_product_says_so(anonymous: httpx.Client, tools: SimpleNamespace) -> None:
    tools.register(anonymous, "night")
    for email in ("owner@night.com", "nobody@night.com"):
        answer = anonymous.post("/v1/password-resets", json={"email": email})
        assert answer.status_code == 409 and "HOSTREAD_SMTP_URL" in answer.json()["detail"]
    assert "sends no mail" in anonymous.get("/forgot").text


def test_a_form_at_the_door_needs_the_token_of_its_browser(anonymous: httpx.Client, browser: Any, tools: SimpleNamespace) -> None:
    """A page of another site signs somebody in as somebody else, or registers in their name."""
    tools.register(anonymous, "night")
    login = {"email": "owner@night.com", "password": PASSWORD}
    for path in ("/login", "/register", "/forgot", "/reset", "/verify", "/join"):
        assert anonymous.post(path, data=login).status_code == 403, path
    other = browser(str(anonymous.base_url)).get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    own = anonymous.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    assert anonymous.post("/login", data=login | {"csrf_token": other}).status_code == 403
    assert anonymous.post("/login", data=login | {"csrf_token": own}).status_code == 303


def test_a_rate_holds_over_processes_and_frees_one_by_one(
    database_url: str, serve: Callable[[ApiSettings], str], tools: SimpleNamespace
) -> None:
    settings = tools.settings_for(database_url, login_rate="3/hour")
    wrong = {"email": "nobody@night.com", "password": "wrong password"}
    with httpx.Client(base_url=serve(settings)) as one, httpx.Client(base_url=serve(settings)) as two:
        codes = [client.post("/v1/sessions", json=wrong).status_code for client in (one, two, one, two)]
        assert codes == [401, 401, 401, 429]
        with psycopg.connect(database_url) as owner:
            owner.execute("update app.attempts set free_at = free_at - interval '20 minutes'")
            assert owner.execute("select max(length(attempt_key)) from app.attempts").fetchone() == (32,)
        codes = [client.post("/v1/sessions", json=wrong).status_code for client in (two, one)]
        assert codes == [401, 429], "a third of an hour later one more is free"


def test_a_key_does_what_its_scopes_say(account: Any, base_url: str, browser: Any) -> None:
    def keyed(*scopes: str) -> httpx.Client:
        made = account.http.post("/v1/api-keys", json={"name": "k", "role": "owner", "scopes": list(scopes)})
        assert made.status_code == 201, made.text
        client: httpx.Client = browser(base_url)
        client.headers["Authorization"] = f"Bearer {made.json()['key']}"
        return client

    reading, reports, sites, admin = keyed("read"), keyed("reports"), keyed("write:sites", "read:sponsors"), keyed("admin")
    assert reading.get("/v1/campaigns").status_code == 200
    refused = reading.post("/v1/sponsors", json={"name": "x"})
    assert refused.status_code == 403 and "write:sponsors" in refused.json()["detail"]
    assert reading.get("/v1/api-keys").status_code == 403, "who may do what is no matter of `read`"
    assert reports.post("/v1/reports", json={"campaign_id": account.campaign_id}).status_code in (200, 201, 202)
    assert reports.get("/v1/campaigns").status_code == 403
    assert sites.get("/v1/sponsors").status_code == 200 and sites.get("/v1/sites").status_code == 403
    site = {"sponsor_id": account.sponsor_id, "name": "n", "domain": "n.example"}
    assert sites.post("/v1/sites", json=site).status_code == 201
    assert admin.get("/v1/audit").status_code == 200 and admin.get("/v1/campaigns").status_code == 403
    assert admin.get("/v1/me").json()["scopes"] == ["admin"]
    assert account.http.post("/v1/api-keys", json={"name": "x", "scopes": ["everything"]}).status_code == 422
    listed = {k["scopes"][0]: k for k in account.http.get("/v1/api-keys").json()["items"]}
    assert listed["admin"]["last_used_at"] is not None


def test_one_login_works_in_several_accounts(base_url: str, browser: Any, stranger: Any, tools: SimpleNamespace) -> None:
    ada = browser(base_url)
    first = tools.register(ada, "night")["tenant"]["slug"]
    sign_in(ada, "owner@night.com")
    second = ada.post("/v1/accounts", json={"organisation": "Day Network", "currency": "EUR"}).json()["slug"]
    assert {a["slug"]: a["is_current"] for a in ada.get("/v1/accounts").json()["items"]} == {first: True, second: False}
    there = {"X-Hostread-Tenant": second}
    assert ada.post("/v1/sponsors", json={"name": "Of the day"}, headers=there).status_code == 201
    assert ada.get("/v1/sponsors").json()["items"] == []
    assert [s["name"] for s in ada.get("/v1/sponsors", headers=there).json()["items"]] == ["Of the day"]
    theirs = stranger.http.get("/v1/me").json()["tenant"]["slug"]
    foreign, absent = (ada.get("/v1/me", headers={"X-Hostread-Tenant": slug}) for slug in (theirs, "nothing"))
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json()["detail"].replace(theirs, "") == absent.json()["detail"].replace("nothing", "")
    assert stranger.http.get("/v1/me", headers={"X-Hostread-Tenant": first}).status_code == 404, "a key is of one account"
    page = ada.get("/", headers={"Accept": "text/html"}).text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    old = dict(ada.cookies)
    switched = ada.post("/accounts/switch", data={"slug": second, "csrf_token": csrf})
    assert switched.status_code == 303 and ada.get("/v1/me").json()["tenant"]["slug"] == second
    with httpx.Client(base_url=base_url, cookies=old) as copy:
        assert copy.get("/v1/me").status_code == 401, "the session of the account that was left has ended"


def test_every_change_is_told_with_before_and_after_and_without_secrets(account: Any, database_url: str) -> None:
    asked = account.http.patch(
        f"/v1/sponsors/{account.sponsor_id}", json={"margin_rate": "0.25"}, headers={"X-Request-ID": "request-4711"}
    )
    assert asked.status_code == 200
    newest = account.http.get("/v1/audit?limit=1").json()["items"][0]
    key_id = account.http.get("/v1/api-keys").json()["items"][0]["key_id"]
    told = {name: newest[name] for name in ("action", "subject_kind", "subject_id", "actor_id", "actor_name", "request_id")}
    assert told == {
        "action": "change", "subject_kind": "sponsor", "subject_id": account.sponsor_id, "actor_id": key_id,
        "actor_name": "first key", "request_id": "request-4711",
    }  # fmt: skip
    assert (newest["before"], newest["after"]) == ({"margin_rate": 0.5}, {"margin_rate": 0.25})
    entries, page = [], account.http.get("/v1/audit?limit=3")
    while True:
        entries += page.json()["items"]
        if "link" not in page.headers:
            break
        page = account.http.get(page.headers["link"].split(">")[0][1:])
    assert len({e["audit_id"] for e in entries}) == len(entries) > 6
    assert {"campaign", "placement", "promo_code", "site", "sponsor", "api_key", "user"} <= {e["subject_kind"] for e in entries}
    assert [e["subject_id"] for e in entries if e["subject_kind"] == "campaign" and e["action"] == "create"] == [
        account.campaign_id
    ]
    assert "$argon2" not in str(entries) and account.key not in str(entries)
    [made] = [e for e in entries if e["subject_kind"] == "api_key"]
    assert made["after"]["key_hash"] == "hidden"
    only = account.http.get(f"/v1/audit?subject_id={account.sponsor_id}").json()["items"]
    assert [e["action"] for e in only] == ["change", "create"]
    with psycopg.connect(database_url) as owner:
        owner.execute("update app.sponsors set name = 'by hand'")
    last = account.http.get("/v1/audit?limit=1").json()["items"][0]
    assert last["actor_kind"] == "system" and last["after"] == {"name": "by hand"}


NOT_AUDITED = {
    "audit_log": "it is the log",
    "product_events": "a log itself",
    "campaign_status_history": "a history itself",
    "currency_rates": "loaded from files, each of which is recorded; a changed rate is in currency_rates_restated",
    "currency_rates_restated": "a history itself",
    "household_keys": "secrets that the pipeline rotates and records by name",
    "idempotency_keys": "digests and sealed answers of a day; what the requests changed is recorded",
    "sessions": "a login and a logout are recorded by name",
    "reports": "a request is recorded by name; the rest is the worker's progress",
    "report_files": "made by the worker of a recorded report",
    "import_files": "an upload is recorded by name; the rest is the pipeline's progress",
}


def test_every_table_of_an_account_is_audited_or_says_why_not(database_url: str) -> None:
    """A new table of schema app without the trigger, or a new column with bytes that the log would show."""
    with psycopg.connect(database_url) as owner:
        tables = owner.execute(
            """
            select
                c.relname,
                (
                    select max(encode(t.tgargs, 'escape'))
                    from pg_trigger as t
                    where t.tgrelid = c.oid and t.tgname = 'audit_change'
                )
            from pg_class as c
            where
                c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
                and exists (select 1 from pg_attribute as a where a.attrelid = c.oid and a.attname = 'tenant_id')
            """
        ).fetchall()
        shown = owner.execute(
            """
            select c.relname, a.attname, encode(t.tgargs, 'escape')
            from pg_trigger as t
            inner join pg_class as c on c.oid = t.tgrelid
            inner join pg_attribute as a on a.attrelid = c.oid and a.atttypid = 'bytea'::regtype
            where t.tgname = 'audit_change'
            """
        ).fetchall()
    assert {name for name, arguments in tables if arguments is None} == set(NOT_AUDITED)
    assert [(table, column) for table, column, arguments in shown if column not in arguments] == []
