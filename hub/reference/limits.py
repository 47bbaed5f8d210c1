"""The reference page of limits, made from the policies themselves."""

from pathlib import Path

from hub.limits.policies import ACCOUNT_GUESSES, ADDRESS_GUESSES, DEFAULTS, Policy, of_token
from hub.storage.paging import MAX_LIMIT

_PERSON = {
    "read": "reading",
    "write": "changing something",
    "heavy": "starting work of minutes, checking the audit log",
    "sensitive": "sharing, roles, keys, tokens, erasing",
}
_ADDRESS = {
    "proof": "trying a code, a token or a secret without being signed in",
    "anonymous": "anything else without being signed in; health is not counted",
    "failed": "sending a token that is wrong",
}
_TEXT = Path(__file__).with_name("limits.md")
_DEEPEST, _PARAMETERS = 32, 100  # of extensions.base.requests, which the hub cannot import


def limits_page() -> str:
    return _TEXT.read_text().format(
        people="".join(_person(name, what) for name, what in _PERSON.items()),
        addresses="".join(f"| {n} | {what} | {_amount(n)} |\n" for n, what in _ADDRESS.items()),
        account=ACCOUNT_GUESSES.quota,
        account_window=ACCOUNT_GUESSES.window,
        address=ADDRESS_GUESSES.quota,
        address_window=ADDRESS_GUESSES.window,
        deepest=_DEEPEST,
        parameters=_PARAMETERS,
        rows=MAX_LIMIT,
    )


def _person(name: str, what: str) -> str:
    token = of_token(Policy.parse(name, DEFAULTS[name]))
    return f"| {name} | {what} | {_amount(name)} | {token.quota:,} in {token.window} s |\n"


def _amount(name: str) -> str:
    policy = Policy.parse(name, DEFAULTS[name])
    return f"{policy.quota:,} in {policy.window} s"
