"""Reads an HTML page: elements by a simple selector, its visible text, its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from cc_run.errors import SettingsFault
from cc_run.language import _

_VOID: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_UNSEEN: Final = frozenset(("script", "style", "template", "head"))
# A start tag that ends an open one, up to the element in which both stand.
_ENDS: Final = {
    "tr": (("tr",), ("table",)),
    "td": (("td", "th"), ("tr", "table")),
    "th": (("td", "th"), ("tr", "table")),
    "li": (("li",), ("ul", "ol")),
}
_SIMPLE: Final = re.compile(
    r"""(?P<tag>^[a-z][\w-]*)|\#(?P<id>[\w-]+)|\.(?P<cls>[\w-]+)
    |\[(?P<attribute>[\w-]+)(?:=(?P<quote>["']?)(?P<value>[^\]"']*)(?P=quote))?\]""",
    re.VERBOSE,
)


@dataclass
class Element:
    """An element with its attributes and, in their order, the elements and texts inside."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """Every element inside, at any depth, in the page's order."""
        for part in self.inside:
            if isinstance(part, Element):
                yield part
                yield from part.elements()

    @property
    def text(self) -> str:
        """What a reader sees, with single spaces."""
        return " ".join(" ".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for part in self.inside:
            if isinstance(part, str):
                yield part
            elif part.tag not in _UNSEEN:
                yield from part._texts()


def parse(html: str) -> Element:
    """The page as a tree; broken markup is taken as browsers would, more or less."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def select(root: Element, selector: str) -> list[Element]:
    """The elements that match ``tag``, ``#id``, ``.class``, ``[name]``, ``[name=value]``.

    These may be put together (``input[name=_token]``) and listed with commas.

    Raises:
        SettingsFault: another kind of selector.
    """
    wishes = [_wish(part.strip()) for part in selector.split(",")]
    return [element for element in root.elements() if any(_fits(element, w) for w in wishes)]


_Wish = list[tuple[str, str | None]]


def _wish(selector: str) -> _Wish:
    found: _Wish = []
    at = 0
    while match := _SIMPLE.match(selector, at):
        at = match.end()
        kind = match.lastgroup or ""
        if match["attribute"]:
            found.append((match["attribute"], match["value"]))
        else:
            found.append((f"<{kind}>", match[kind]))
    if not selector or at != len(selector):
        raise SettingsFault(
            _("The selector %(selector)s is not understood.") % {"selector": selector or "''"},
            _("Write it like input[name=_token], .alert-danger or #token."),
        )
    return found


def _fits(element: Element, wish: _Wish) -> bool:
    for name, value in wish:
        if name == "<tag>":
            fits = element.tag == value
        elif name == "<cls>":
            fits = value in element.attributes.get("class", "").split()
        elif name == "<id>":
            fits = element.attributes.get("id") == value
        else:
            fits = name in element.attributes and value in (None, element.attributes[name])
        if not fits:
            return False
    return True


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element, closing those that it implies the end of."""
        ended, bounds = _ENDS.get(tag, ((), ()))
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag in ended:
                del self._open[depth:]
                break
            if self._open[depth].tag in bounds:
                break
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Closes the innermost open element of that name, and all in it."""
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        """Text of the innermost element."""
        self._open[-1].inside.append(data)
