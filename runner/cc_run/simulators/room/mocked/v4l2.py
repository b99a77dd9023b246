"""The ioctls of Video4Linux that a camera answers, and their refusals."""

import errno


def _ioctl(direction: int, number: int, size: int) -> int:
    return (direction << 30) | (size << 16) | (ord("V") << 8) | number


QUERYCAP = _ioctl(2, 0, 104)
ENUM_FMT = _ioctl(3, 2, 64)
G_FMT, S_FMT, TRY_FMT = _ioctl(3, 4, 208), _ioctl(3, 5, 208), _ioctl(3, 64, 208)
REQBUFS, QUERYBUF = _ioctl(3, 8, 20), _ioctl(3, 9, 88)
QBUF, DQBUF = _ioctl(3, 15, 88), _ioctl(3, 17, 88)
STREAMON, STREAMOFF = _ioctl(1, 18, 4), _ioctl(1, 19, 4)
G_PARM, S_PARM = _ioctl(3, 21, 204), _ioctl(3, 22, 204)
ENUMINPUT, G_INPUT, S_INPUT = _ioctl(3, 26, 80), _ioctl(2, 38, 4), _ioctl(3, 39, 4)
G_CTRL, S_CTRL = _ioctl(3, 27, 8), _ioctl(3, 28, 8)
QUERYCTRL, QUERYMENU, QUERY_EXT_CTRL = _ioctl(3, 36, 68), _ioctl(3, 37, 44), _ioctl(3, 103, 232)
G_EXT_CTRLS, S_EXT_CTRLS, TRY_EXT_CTRLS = (_ioctl(3, n, 32) for n in (71, 72, 73))
ENUM_FRAMESIZES, ENUM_FRAMEINTERVALS = _ioctl(3, 74, 44), _ioctl(3, 75, 52)

YUYV = int.from_bytes(b"YUYV", "little")
CAPTURE, MAPPED, PROGRESSIVE, SRGB = 1, 1, 1, 8


def argument_size(request: int) -> int:
    """How many bytes an ioctl's argument has."""
    return (request >> 16) & 0x3FFF


class Refused(Exception):
    """An ioctl's answer that is an error number, its one argument."""


def only(possible: bool) -> None:
    """Refuse a request for what there is not."""
    if not possible:
        raise Refused(errno.EINVAL)
