"""What the times there and back say together."""

import math
from types import SimpleNamespace

import pytest

from cc_run.room.names import host_of, is_address, port_of
from cc_run.room.network.bandwidth import read
from cc_run.room.network.quality import poor
from cc_run.room.network.trips import judge

LIMITS = SimpleNamespace(latency_ms=150, jitter_ms=40, loss_percent=2)


def test_an_even_line_has_no_jitter() -> None:
    quality = judge([20.0] * 50)
    assert (quality.latency, quality.jitter, quality.loss, quality.lost) == (20, 0, 0, 0)


def test_latency_is_the_median_that_one_late_packet_does_not_move() -> None:
    assert judge([20.0, 20.0, 900.0, 20.0, 20.0]).latency == 20


def test_jitter_is_the_change_from_one_packet_to_the_next() -> None:
    assert judge([10.0, 30.0, 10.0, 30.0]).jitter == 20
    assert judge([10.0, 11.0, 12.0, 13.0]).jitter == 1


def test_what_is_lost_counts_and_parts_the_changes() -> None:
    quality = judge([10.0, math.nan, 90.0, 90.0])
    assert (quality.loss, quality.lost, quality.jitter) == (25, 1, 0)


def test_nothing_that_came_back_is_no_quality() -> None:
    assert judge([math.nan, math.nan]) is None
    assert judge([]) is None


@pytest.mark.parametrize(
    ("trips", "bad"),
    [
        ([10.0] * 100, False),
        ([151.0] * 100, True),
        ([10.0, 60.0] * 50, True),
        ([10.0] * 98 + [math.nan] * 2, False),
        ([10.0] * 97 + [math.nan] * 3, True),
        ([10.0] * 9 + [math.nan], False),  # one of ten connections is chance
    ],
)
def test_a_meeting_suffers_above_the_limits(trips: list[float], bad: bool) -> None:
    assert poor(judge(trips), LIMITS) is bad


def test_places() -> None:
    assert (host_of("zoom.us:443"), port_of("zoom.us:443", 1)) == ("zoom.us", 443)
    assert (host_of("zoom.us"), port_of("zoom.us", 123)) == ("zoom.us", 123)
    assert is_address("192.0.2.1")
    assert is_address("2001:db8::1")
    assert not is_address("zoom.us")


def test_what_iperf3_did_not_tell_is_nothing() -> None:
    told = {"end": {"sum_received": {"bits_per_second": 4.5e6}}}
    assert (read(told).up, read(told).down) == (4.5, 0)
    assert (read({}).up, read({}).down) == (0, 0)
