"""Pages as web applications really write them: selectors, broken markup, visible text."""

from __future__ import annotations

import pytest

from cc_run.archive.mipp.page import parse, select
from cc_run.errors import SettingsFault

PAGE = """<head><title>MIPP</title><style>p { x }</style></head>
<form id=entry class="card wide"><input type='hidden' name="_token" value="a&amp;b"><br>
<p>Some   <b>text</b> &lt;here&gt;</p></form>
<table><tr><td>One<td>Two<tr><td>Three</table><ul><li>a<ul><li>b</ul><li>c</ul>"""


@pytest.mark.parametrize(
    ("selector", "tags"),
    [
        ("input[name=_token]", ["input"]),
        ('input[name="_token"]', ["input"]),
        ("[type=hidden][name]", ["input"]),
        ("#entry", ["form"]),
        ("form.wide.card", ["form"]),
        (".wide, b", ["form", "b"]),
        ("input[name=other]", []),
    ],
)
def test_selectors(selector: str, tags: list[str]) -> None:
    assert [element.tag for element in select(parse(PAGE), selector)] == tags


@pytest.mark.parametrize("selector", ["", "a b", "a > b", "a:first-child", "a,", "[name"])
def test_other_selectors_are_refused(selector: str) -> None:
    with pytest.raises(SettingsFault):
        select(parse(PAGE), selector)


def test_rows_end_where_the_next_begins() -> None:
    assert [row.text for row in select(parse(PAGE), "tr")] == ["One Two", "Three"]
    assert [item.text for item in select(parse(PAGE), "li")] == ["a b", "b", "c"]


def test_text_and_attributes_are_what_a_reader_sees() -> None:
    page = parse(PAGE)
    assert page.text.startswith("Some text <here>")
    assert select(page, "input")[0].attributes["value"] == "a&b"
