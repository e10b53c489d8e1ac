"""Questions to a page's HTML, asked of a parsed tree instead of a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"input", "meta", "link", "br", "hr", "img", "path", "circle", "rect"})


@dataclass(kw_only=True)
class Element:
    """A tag with its attributes, its children, and all the text inside it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str = "", **wanted: str) -> list[Element]:
        """Every descendant with this tag and these attributes (`data_x` stands for `data-x`, `class_` for one of its classes)."""
        found = []
        for child in self.children:
            if (not tag or child.tag == tag) and child._has(wanted):
                found.append(child)
            found += child.all(tag, **wanted)
        return found

    def one(self, tag: str = "", **wanted: str) -> Element:
        """The only such descendant."""
        found = self.all(tag, **wanted)
        assert 1 == len(found), f"{len(found)} of <{tag}> with {wanted}"
        return found[0]

    def _has(self, wanted: dict[str, str]) -> bool:
        for name, value in wanted.items():
            if name == "class_":
                if value not in self.attributes.get("class", "").split():
                    return False
            elif self.attributes.get(name.replace("_", "-")) != value:
                return False
        return True


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Element(tag="", attributes={})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag=tag, attributes={name: value or "" for name, value in attrs})
        self.stack[-1].children.append(element)
        if tag not in _VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack[-1].children.append(Element(tag=tag, attributes={name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert tag in _VOID or self.stack[-1].tag == tag, f"</{tag}> closes <{self.stack[-1].tag}>"
        if tag not in _VOID:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        for element in self.stack:
            element.text += data


def parse(html: str | bytes) -> Element:
    """The page as a tree; a tag that is closed in the wrong order is an error."""
    builder = _Builder()
    builder.feed(html.decode() if isinstance(html, bytes) else html)
    assert 1 == len(builder.stack), f"<{builder.stack[-1].tag}> is never closed"
    return builder.stack[0]


def fields(form_id: str, page: Element) -> dict[str, str]:
    """What a browser would send for a form: its own inputs and those elsewhere that name it."""
    form = page.one("form", id=form_id)
    inputs = form.all("input") + [each for each in page.all("input") if each.attributes.get("form") == form_id]
    areas = {area.attributes["name"]: area.text for area in form.all("textarea")}
    return {each.attributes["name"]: each.attributes.get("value", "") for each in inputs if "name" in each.attributes} | areas
