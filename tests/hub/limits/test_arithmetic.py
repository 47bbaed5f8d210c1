"""The arithmetic of limits: never more than the policy, headers that add up, turned clocks."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.limits import Policy, Quota, client_of, group_of, headers_of, networks, policies
from hub.limits.gcra import LocalBuckets, take, units_left, wait_for
from hub.limits.guesses import LocalGuesses

POLICIES = st.builds(
    Policy, st.just("read"), st.integers(1, 500), st.sampled_from([1, 10, 60, 300])
)
EVENTS = st.lists(
    st.tuples(st.floats(0, 30, allow_nan=False), st.integers(1, 20)), min_size=1, max_size=120
)


@given(policy=POLICIES, events=EVENTS)
def test_in_any_time_no_more_than_the_quota_and_what_came_back_is_granted(
    policy: Policy, events: list[tuple[float, int]]
) -> None:
    """E12."""
    arrival, now, granted = 0.0, 1000.0, []
    for pause, cost in events:
        now += pause
        taken, arrival = take(arrival, now, policy, cost=cost, most=cost)
        granted.append((now, taken.granted))
    for index, (start, _) in enumerate(granted):
        units = 0
        for moment, count in granted[index:]:
            units += count
            allowed = policy.quota + (moment - start) / policy.interval
            assert units <= allowed + 1e-3


@given(policy=POLICIES, events=EVENTS)
def test_whoever_waits_as_long_as_they_were_told_is_let_through(
    policy: Policy, events: list[tuple[float, int]]
) -> None:
    arrival, now = 0.0, 1000.0
    for pause, cost in events:
        now += pause
        taken, arrival = take(arrival, now, policy, cost=cost, most=cost)
        if taken.granted == 0 and cost <= policy.quota:
            after = now + wait_for(policy, taken.full_in, cost)
            again, _ = take(arrival, after + 1e-6, policy, cost=cost, most=cost)
            assert again.granted == cost


@given(
    policy=POLICIES,
    full_in=st.floats(0, 300),
    wait=st.one_of(st.just(0.0), st.floats(1e-3, 300)),
)
def test_the_header_fields_add_up(policy: Policy, full_in: float, wait: float) -> None:
    """E12: the fields of the draft, and Retry-After never earlier than what they say."""
    full_in = min(full_in, policy.window)
    quota = Quota(policy, 0 if wait else units_left(policy, full_in), full_in, wait)
    fields = headers_of([quota])
    rule = re.fullmatch(r'"read";q=(\d+);w=(\d+)', fields["RateLimit-Policy"])
    left = re.fullmatch(r'"read";r=(\d+);t=(\d+)', fields["RateLimit"])
    assert rule and left
    assert (int(rule[1]), int(rule[2])) == (policy.quota, policy.window)
    assert 0 <= int(left[1]) <= policy.quota
    if wait:
        assert int(left[2]) == quota.retry_after == max(1, math.ceil(wait))
    else:
        assert full_in <= int(left[2]) <= policy.window


@pytest.mark.parametrize("step", [-86400.0, -3600.0, 3600.0])
def test_a_turned_clock_neither_blocks_for_hours_nor_opens_the_door(step: float) -> None:
    policy, now = Policy("read", 10, 60), 1_000_000.0
    arrival = 0.0
    for _ in range(10):
        taken, arrival = take(arrival, now, policy)
        assert taken.granted == 1
    assert take(arrival, now, policy)[0].granted == 0
    turned = now + step
    granted, arrival = take(arrival, turned, policy, cost=1, most=100)
    assert granted.granted <= policy.quota  # never more than one bucket extra
    taken, _ = take(arrival, turned + policy.window, policy)
    assert taken.granted == 1  # and nobody waits longer than a window


def test_a_request_that_costs_more_than_the_quota_is_never_granted() -> None:
    policy = Policy("heavy", 5, 60)
    assert take(0.0, 100.0, policy, cost=6, most=6)[0].granted == 0


def test_local_buckets_do_not_grow_without_end() -> None:
    buckets, policy = LocalBuckets(most=10), Policy("proof", 1, 60)
    granted = [buckets.take(f"address:{n}", 5.0, policy, 1).granted for n in range(50)]
    assert sum(granted) == 10


def test_guesses_are_counted_without_the_database_too() -> None:
    guesses, policy = LocalGuesses(), Policy("guesses", 5, 300)
    waits = [guesses.wait("key", policy, float(now)) for now in range(6)]
    assert waits[:5] == [0.0] * 5
    assert waits[5] == 295.0
    assert guesses.wait("key", policy, 300.5) == 0.0
    guesses.forgive(["key"])
    assert guesses.wait("key", policy, 300.6) == 0.0


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::/64"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_addresses_of_one_household_count_together(address: str, group: str) -> None:
    """E12: IPv6 by the /64."""
    assert group_of(address) == group


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "client"),
    [
        ("127.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),  # the first is made up
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", 2, "127.0.0.1"),  # a proxy was stepped over
        ("127.0.0.1", "", 1, "127.0.0.1"),
        ("127.0.0.1", "garbage", 1, "127.0.0.1"),
        ("203.0.113.9", "198.51.100.1", 1, "203.0.113.9"),  # nobody asked this peer
    ],
)
def test_only_what_our_proxies_add_is_believed(
    peer: str, forwarded: str, proxies: int, client: str
) -> None:
    """E7."""
    trusted = networks(["127.0.0.0/8", "::1/128"])
    assert client_of(peer, forwarded, trusted=trusted, proxies=proxies) == client


def test_a_limit_that_is_none_is_named() -> None:
    assert policies({"read": "10/5"})["read"] == Policy("read", 10, 5)
    with pytest.raises(ValueError, match="no limit 'reed'"):
        policies({"reed": "10/5"})
    with pytest.raises(ValueError, match="'10 a minute' is no limit of read"):
        policies({"read": "10 a minute"})
