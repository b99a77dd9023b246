"""How two frameworks, in which such applications are written, differ to a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StyleName = Literal["laravel", "codeigniter"]


@dataclass(frozen=True)
class Style:
    """A framework's habits.

    Attributes:
        cookie: The session's.
        field: The name of a form's hidden field against forged requests.
        header: In which that token may come instead; empty where in none.
        rotates: Whether each form that was sent makes all other forms' tokens useless.
        stale: The status for a token that is not the session's.
        found: The status of a redirect after a form.
        over_size: The status for a body that PHP has thrown away for its size.
        too_large: What is said of a file that is too large.
        required: What is said of a field that is empty.
    """

    cookie: str
    field: str
    header: str
    rotates: bool
    stale: int
    found: int
    over_size: int
    too_large: str
    required: str


STYLES: dict[StyleName, Style] = {
    "laravel": Style(
        cookie="mipp_session",
        field="_token",
        header="x-csrf-token",
        rotates=False,
        stale=419,
        found=302,
        over_size=413,
        too_large="{name} gagal diunggah.",
        required="Kolom {name} wajib diisi.",
    ),
    "codeigniter": Style(
        cookie="ci_session",
        field="csrf_test_name",
        header="",
        rotates=True,
        stale=403,
        found=303,
        # The token was in the body too, so the framework takes the request for a forged one.
        over_size=403,
        too_large="The file you are attempting to upload is larger than the permitted size.",
        required="The {name} field is required.",
    ),
}
