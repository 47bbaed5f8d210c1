"""The texts of letters, by kind; `{hub}` is the address of the hub, `{name}` whom one writes to.

Plain text, and no link that signs anybody in. A code stands behind `#`: browsers send that part to
nobody, so it is in no log of a server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

_NOT_YOU = """\

If this was not you, sign in at {hub}/hub/home, change your password, end all sessions, and tell
an administrator of this hub."""

_ASKED = """\

If you did not ask for this, do nothing: nothing has changed."""


@dataclass(frozen=True)
class Text:
    """A subject and a body with names in braces."""

    subject: str
    body: str

    @property
    def names(self) -> set[str]:
        """What must be known to write it."""
        return {name for _, name, _, _ in Formatter().parse(self.subject + self.body) if name}

    def written(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Subject in one line, and body."""
        subject = " ".join(self.subject.format_map(values).split())
        return subject[:200], f"Hello {values['name']},\n\n{self.body.format_map(values).strip()}\n"


KINDS: Mapping[str, Text] = {
    "reset": Text(
        "A new password for AgriGen",
        "Somebody asked for a new password for your account {username}. Choose one within "
        "10 minutes:\n\n{hub}/hub/reset#{code}\n\nThe link works once. It does not take the place "
        "of your second factor." + _ASKED,
    ),
    "activate": Text(
        "Your account at AgriGen",
        "There is an account {username} for you. Choose a password within 24 hours:\n\n"
        "{hub}/hub/reset#{code}\n\nThe link works once.",
    ),
    "verify": Text(
        "Is this your e-mail address?",
        "The account {username} of AgriGen gave this address as its own. If that is you, sign in "
        "and confirm it within 24 hours:\n\n{hub}/hub/verify#{code}\n" + _ASKED,
    ),
    "invitation": Text(
        "{host} invites you to AgriGen",
        "{host} invites you to {what}. Accept by {until}:\n\n{hub}/hub/invitation#{code}\n\n"
        "If you do not know {host}, do nothing.",
    ),
    "password_changed": Text(
        "Your password was changed",
        "The password of your account {username} was changed at {at}." + _NOT_YOU,
    ),
    "address_changed": Text(
        "Your e-mail address was changed",
        "Letters about your account {username} now go to another address, changed at {at}."
        + _NOT_YOU,
    ),
    "new_device": Text(
        "A sign-in from a new device",
        "Your account {username} was signed in to from {device} at {at}." + _NOT_YOU,
    ),
    "factor_added": Text(
        "A second factor was added",
        "Your account {username} can now be signed in to with {factor}." + _NOT_YOU,
    ),
    "factor_removed": Text(
        "A second factor was removed",
        "Your account {username} can no longer be signed in to with {factor}." + _NOT_YOU,
    ),
    "factors_reset": Text(
        "Your second factors were removed",
        "{by} removed all second factors of your account {username}. Add new ones at your next "
        "sign-in." + _NOT_YOU,
    ),
    "recovery_codes_renewed": Text(
        "New recovery codes were made",
        "Your account {username} has new recovery codes; the old ones work no longer." + _NOT_YOU,
    ),
    "recovery_code_used": Text(
        "A recovery code was used",
        "Somebody signed in to your account {username} with a recovery code; {left} are left."
        + _NOT_YOU,
    ),
    "token_made": Text(
        "A token was made",
        "A token, {token}, was made for your account {username}. Programs that hold it act in "
        "your name." + _NOT_YOU,
    ),
    "suspicious": Text(
        "Many wrong passwords",
        "Somebody tried to sign in to your account {username} and failed many times. Nothing was "
        "opened; a long password of your own and a second factor keep it so.",
    ),
    "roles_changed": Text(
        "Your roles were changed",
        "{by} changed what your account {username} is here: {roles}.",
    ),
    "identity_linked": Text(
        "Your institution was linked",
        "Your account {username} can now be signed in to through {issuer}." + _NOT_YOU,
    ),
    "place_given": Text(
        "You have a place on a farm",
        "{by} gave you the place of {place} on {farm}.",
    ),
    "place_ended": Text(
        "Your place on a farm has ended",
        "{by} ended your place on {farm}.",
    ),
    "project_place_given": Text(
        "You have a place in {project}",
        "{by} gave you the place of {place} in {project}.",
    ),
    "project_place_ended": Text(
        "Your place in {project} has ended",
        "{by} ended your place in {project}.",
    ),
    "data_shared": Text(
        "{farm} shares data with {whom}",
        "{by} agreed that {farm} shares {kinds} with {whom} until {until}, for this purpose: "
        "{purpose}",
    ),
    "sharing_changed": Text(
        "Another end of what {farm} shares",
        "{by} changed the end of what {farm} shares with {whom} ({kinds}) to {until}.",
    ),
    "sharing_ended": Text(
        "{farm} no longer shares data with {whom}",
        "{by} ended what {farm} shared with {whom} ({kinds}). Results that were made from it must "
        "not be used for anything new; ask {farm} what to do with copies.",
    ),
}

OPTIONAL: Mapping[str, str] = {
    "place_given": "I get a place on a farm, or another one",
    "place_ended": "my place on a farm is taken away",
    "project_place_given": "I get a place in a project or class",
    "project_place_ended": "my place in a project or class is taken away",
    "data_shared": "a farm shares data with me, or a farm of mine does",
    "sharing_changed": "what is shared gets another end",
}
"""Letters that people can do without, and when they come; all others always come."""
