"""The structure of a PDF for programs that read aloud: what each piece of a page is, in reading order (ISO 32000-1, 14.7 and 14.8).

reportlab writes no structure itself: the canvas here marks what is drawn and writes the tree of it at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObjectReference, PDFPage, PDFString
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph


@dataclass(eq=False)
class Tag:
    """One element: H1, P, Figure, Table, TR, TH, TD. It joins its parent when it is first drawn: in the order of reading."""

    role: str
    parent: "Tag | None" = None
    alt: str = ""
    # Elements, and (page, number) of what is drawn of this one itself.
    kids: list["Tag | tuple[int, int]"] = field(default_factory=list)
    is_joined: bool = False

    def join(self, root: "Tag") -> None:
        if self is root or self.is_joined:
            return
        self.is_joined = True
        above = self.parent or root
        above.join(root)
        above.kids.append(self)


class TaggedCanvas(Canvas):  # type: ignore[misc]  # reportlab is untyped
    """A canvas that knows what is drawn on it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.root = Tag("Document")
        self.drawn: dict[int, list[Tag]] = {}
        super().__init__(*arguments, **options)

    @contextmanager
    def marked(self, tag: Tag) -> Iterator[None]:
        """What is drawn within it is of this element."""
        page = self.getPageNumber()
        numbers = self.drawn.setdefault(page, [])
        tag.join(self.root)
        tag.kids.append((page, len(numbers)))
        self._code.append(f"/{tag.role} <</MCID {len(numbers)}>> BDC")
        numbers.append(tag)
        yield
        self._code.append("EMC")

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """What is drawn within it is of the page and not of the text: not read aloud."""
        self._code.append("/Artifact BMC")
        yield
        self._code.append("EMC")

    def save(self) -> None:
        self._write_tree()
        super().save()

    def _write_tree(self) -> None:
        document = self._doc
        top = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        top_reference = document.Reference(top)
        known: dict[int, PDFObjectReference] = {}
        top["K"] = PDFArray([self._element(self.root, top_reference, known)])
        numbers: list[Any] = []
        for n, page in enumerate(sorted(self.drawn)):
            numbers += [n, document.Reference(PDFArray([known[id(tag)] for tag in self.drawn[page]]))]
            found = document.idToObject[f"Page{page}"]
            # reportlab writes of a page what it knows by name.
            found.__NoDefault__ = [*PDFPage.__NoDefault__, "StructParents", "Tabs"]
            found.StructParents, found.Tabs = n, PDFName("S")
        top["ParentTree"] = document.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
        document.Catalog.StructTreeRoot = top
        document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})

    def _element(self, tag: Tag, parent: PDFObjectReference, known: dict[int, PDFObjectReference]) -> PDFObjectReference:
        element = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(tag.role), "P": parent})
        reference = known[id(tag)] = self._doc.Reference(element)
        if tag.alt:
            element["Alt"] = PDFString(tag.alt)
        if tag.role == "TH":
            element["A"] = PDFDictionary({"O": PDFName("Table"), "Scope": PDFName("Column")})
        element["K"] = PDFArray([self._element(k, reference, known) if isinstance(k, Tag) else self._content(*k) for k in tag.kids])
        return reference

    @staticmethod
    def _content(page: int, number: int) -> PDFDictionary:
        return PDFDictionary({"Type": PDFName("MCR"), "Pg": PDFObjectReference(f"Page{page}"), "MCID": number})


class Text(Paragraph):  # type: ignore[misc]
    """A paragraph that says what it is; where it is broken over pages, both parts are of the same element."""

    tag: Tag | None = None

    def split(self, width: float, height: float) -> list[Any]:
        parts: list[Any] = super().split(width, height)
        for part in parts:
            part.tag = self.tag
        return parts

    def draw(self) -> None:
        self.tag = self.tag or Tag("P")
        with self.canv.marked(self.tag):
            super().draw()


def text(markup: str, style: Any, role: str = "P", parent: Tag | None = None) -> Text:
    """A paragraph of that role, of the element `parent` where one is named."""
    made = Text(markup, style)
    made.tag = Tag(role, parent)
    return made


class Picture(Flowable):  # type: ignore[misc]
    """A chart with the words that stand for it."""

    def __init__(self, drawing: Any, alt: str) -> None:
        super().__init__()
        self.drawing, self.alt = drawing, alt

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        return self.drawing.width, self.drawing.height

    def draw(self) -> None:
        with self.canv.marked(Tag("Figure", alt=self.alt)):
            self.drawing.drawOn(self.canv, 0, 0)
