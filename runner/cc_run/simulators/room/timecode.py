"""Show a running time code on an X desktop: `timecode.py FILE`, with DISPLAY and XAUTHORITY set.

Every thirtieth of a second the code is one more. It is counted on the kernel's clock, so that it
goes on whatever happens to a recorder: the codes that a recording lacks are what it has lost. FILE
says what is shown: `run`, `freeze` (nothing changes any more) or `black`. Run as a script by the
bare interpreter, so it uses the standard library and the X library alone.
"""

import ctypes
import sys
import time
from pathlib import Path

RATE = 30
HALF = 127
BITS = 24
COLUMNS, ROWS = 8, 6  # every bit, and below it every bit's contrary
CELL_WIDTH, CELL_HEIGHT = 80, 66
WIDTH, HEIGHT = COLUMNS * CELL_WIDTH, ROWS * CELL_HEIGHT
INCLUDE_INFERIORS = 1
X = ctypes.CDLL("libX11.so.6")


def code_now() -> int:
    """The code at this moment."""
    return int(time.clock_gettime(time.CLOCK_MONOTONIC) * RATE) % (1 << BITS)


def cells(code: int) -> list[bool]:
    """Which cells of the grid are white, row by row."""
    bits = [bool(code >> bit & 1) for bit in range(BITS)]
    return bits + [not bit for bit in bits]


def code_of(levels: bytes) -> int | None:
    """The code that a picture's cells show (a byte of brightness each); None where it is none."""
    white = [level > HALF for level in levels]
    if white[BITS:] != [not bit for bit in white[:BITS]]:
        return None
    return sum(1 << bit for bit in range(BITS) if white[bit])


def main(control: Path) -> None:
    """Show it until the desktop is gone or somebody ends this."""
    for name in ("XOpenDisplay", "XDefaultRootWindow", "XCreatePixmap", "XCreateGC"):
        getattr(X, name).restype = ctypes.c_void_p
    display = ctypes.c_void_p(X.XOpenDisplay(None))
    if not display:
        sys.exit("there is no desktop")
    screen = X.XDefaultScreen(display)
    root = ctypes.c_ulong(X.XDefaultRootWindow(display))
    depth = X.XDefaultDepth(display, screen)
    drawing = ctypes.c_ulong(X.XCreatePixmap(display, root, WIDTH, HEIGHT, depth))
    pen = ctypes.c_void_p(X.XCreateGC(display, drawing, 0, None))
    X.XSetSubwindowMode(display, pen, INCLUDE_INFERIORS)  # over the windows too
    while True:
        what = control.read_text().strip() if control.exists() else "run"
        if what != "freeze":
            _draw(display, drawing, pen, cells(code_now()) if what == "run" else [])
            # At once, so that nobody sees half of a code.
            X.XCopyArea(display, drawing, root, pen, 0, 0, WIDTH, HEIGHT, 0, 0)
            X.XSync(display, 0)
        _wait()


def _draw(display: object, drawing: object, pen: object, white: list[bool]) -> None:
    X.XSetForeground(display, pen, ctypes.c_ulong(0))
    X.XFillRectangle(display, drawing, pen, 0, 0, WIDTH, HEIGHT)
    X.XSetForeground(display, pen, ctypes.c_ulong(0xFFFFFF))
    for place, is_white in enumerate(white):
        if is_white:
            left, top = place % COLUMNS * CELL_WIDTH, place // COLUMNS * CELL_HEIGHT
            X.XFillRectangle(display, drawing, pen, left, top, CELL_WIDTH, CELL_HEIGHT)


def _wait() -> None:
    """Until the next code begins."""
    now = time.clock_gettime(time.CLOCK_MONOTONIC)
    time.sleep((int(now * RATE) + 1) / RATE - now + 0.001)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
