"""The dark screen of the TV wall in the camera's picture, with a clock and a moving block."""

# The dark screen in the picture, in eightieths of the width: left, top, width, height.
SCREEN = (46, 7, 26, 15)
DARK, BRIGHT, BLOCK = bytes((32, 128)), bytes((210, 128)), bytes((120, 90))
# Each figure as five rows of three dots.
FIGURES = {
    figure: rows.split("/")
    for figure, rows in {
        "0": "###/#.#/#.#/#.#/###", "1": "..#/..#/..#/..#/..#", "2": "###/..#/###/#../###",
        "3": "###/..#/###/..#/###", "4": "#.#/#.#/###/..#/..#", "5": "###/#../###/..#/###",
        "6": "###/#../###/#.#/###", "7": "###/..#/..#/..#/..#", "8": "###/#.#/###/#.#/###",
        "9": "###/#.#/###/..#/###", ":": ".../.#./.../.#./...",
    }.items()
}  # fmt: skip


def screen(unit: int, clock: str, frame: int) -> list[bytes]:
    """The rows of the dark screen, as YUYV: the time, and under it a block on its way.

    Args:
        unit: Pixels in an eightieth of the picture's width.
        clock: "HH:MM:SS".
        frame: The frame's number, which says where the block is.
    """
    width, height = SCREEN[2] * unit, SCREEN[3] * unit
    dot = unit * 3 // 4
    blank = DARK * width
    rows = [blank] * unit
    for row in range(5):
        dots = "".join(f".{FIGURES[figure][row]}" for figure in clock)
        line = b"".join((BRIGHT if lit == "#" else DARK) * dot for lit in dots)
        rows += [(DARK * unit + line + blank)[: len(blank)]] * dot
    rows += [blank] * unit
    way, side = (SCREEN[2] - 5) * unit, 5 * unit
    ahead = abs((frame * unit // 2) % (2 * way) - way) // 2 * 2
    moving = DARK * ahead + BLOCK * side + DARK * (width - side - ahead)
    rows += [moving] * side
    return (rows + [blank] * height)[:height]
