"""How often people, tokens and addresses may ask, counted for all processes together."""

from hub.limits.addresses import client_of, group_of, is_in, networks
from hub.limits.counter import Counter, too_many
from hub.limits.devices import cookie_name, cookie_value, known_device
from hub.limits.fields import Quota, headers_of
from hub.limits.guesses import forgive, guess
from hub.limits.policies import Policy, of_token, policies
from hub.limits.rates import Rate
from hub.limits.upkeep import keep

__all__ = [
    "Counter",
    "Policy",
    "Quota",
    "Rate",
    "client_of",
    "cookie_name",
    "cookie_value",
    "forgive",
    "group_of",
    "guess",
    "headers_of",
    "is_in",
    "keep",
    "known_device",
    "networks",
    "of_token",
    "policies",
    "too_many",
]
