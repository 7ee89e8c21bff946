"""A feed's bytes → one UTF-8 document that every pass over it reads alike. Pure.

Whatever charset was declared, and by whom; without what no XML may hold; and without anything before its root element: a DOCTYPE
with its entities is cut off unread, so that nothing is ever expanded and nothing is ever fetched.
"""

import codecs
import re

# The longer mark first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel)(?=[\s>/])", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_LANGUAGE = re.compile(rb"<language>\s*([A-Za-z]{2})|xml:lang\s*=\s*[\"']([A-Za-z]{2})", re.IGNORECASE)
# What XML 1.0 allows nowhere (section 2.2), and half characters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# What a name stands for in the wild (WHATWG Encoding, section 4.2): who says Latin-1 writes Windows-1252.
_MEANT = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874", "iso8859-11": "cp874",
}  # fmt: skip
# The Windows code page of a language, for text that says UTF-8 and is none.
_PAGES = {
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), "cp1250"),
    **dict.fromkeys(("be", "bg", "mk", "ru", "sr", "uk"), "cp1251"),
    **dict.fromkeys(("et", "lt", "lv"), "cp1257"),
    "el": "cp1253", "tr": "cp1254", "he": "cp1255", "ar": "cp1256", "fa": "cp1256", "vi": "cp1258", "th": "cp874",
    "ja": "cp932", "ko": "cp949", "zh": "gb18030",
}  # fmt: skip
_SEVEN_BIT = frozenset({"iso2022_jp", "iso2022_kr", "hz"})


def readable(body: bytes, content_type: str | None = None) -> bytes | None:
    """The document in UTF-8, from its root element on; None where there is no root of any feed."""
    text = _ILLEGAL.sub("", decoded(body, content_type))
    root = _ROOT.search(text)
    return text[root.start() :].encode() if root else None


def decoded(body: bytes, content_type: str | None = None) -> str:
    """The text: by its byte order mark, by its zeros, as UTF-8 where it is valid, as declared, or by its language's code page.

    UTF-8 before the declaration: text of another charset is valid UTF-8 by chance only where it is plain ASCII.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    if wide := _wide(body):
        return body.decode(wide, "replace")
    bare = body.replace(b"\x00", b"")
    declared = _declared(bare, content_type)
    if not (bare.isascii() and _SEVEN_BIT.intersection(declared)):
        try:
            return bare.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for name in declared:
        try:
            if name != "utf-8":
                return bare.decode(_MEANT.get(name, name))
        except (UnicodeDecodeError, LookupError):
            continue
    return _undeclared(bare, cut_short=any(name == "cp1252" or _MEANT.get(name) == "cp1252" for name in declared))


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: a feed begins with ASCII, so every second byte, or three of four, is zero."""
    start = body[:400]
    if len(start) < 8 or start.count(0) * 3 < len(start):
        return None
    if start[:2] == b"\x00\x00":
        return "utf-32-be"
    if start[1:4] == b"\x00\x00\x00":
        return "utf-32-le"
    return "utf-16-be" if start[0] == 0 else "utf-16-le"


def _declared(body: bytes, content_type: str | None) -> list[str]:
    """Python's names of the charsets that the header and the document declare, in that order (RFC 7303, section 3)."""
    header = _CHARSET.search(content_type or "")
    document = _DECLARED.match(body[:400])
    names = []
    for name in (header[1] if header else None, document[1].decode("ascii") if document else None):
        try:
            # UTF-7 is no charset that a feed may have: its plain ASCII can hide markup.
            if name and (found := codecs.lookup(name)).name != "utf-7" and getattr(found, "_is_text_encoding", True):
                names.append(found.name)
        except LookupError:
            continue
    return names


def _undeclared(body: bytes, *, cut_short: bool) -> str:
    """Text that is not what it says: all of it in its language's code page, or UTF-8 with single letters of one."""
    found = _LANGUAGE.search(body[:20_000])
    language = (found[1] or found[2]).decode("ascii").lower() if found else ""
    page = "cp1252" if cut_short else _PAGES.get(language, "cp1252")
    mixed = body.decode("utf-8", f"hostread-{page}")
    if page == "cp1252":
        return mixed
    wrong = len(body.decode("utf-8", "replace").encode("utf-8", "replace").split(b"\xef\xbf\xbd")) - 1
    right = sum(1 for character in mixed if ord(character) > 127) - wrong
    return body.decode(page, "replace") if wrong > right else mixed


def _register(page: str) -> None:
    def replace(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # noqa: S101
        return error.object[error.start : error.end].decode(page, "replace"), error.end

    codecs.register_error(f"hostread-{page}", replace)


for _page in {"cp1252", *_PAGES.values()}:
    _register(_page)
