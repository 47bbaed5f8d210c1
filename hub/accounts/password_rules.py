"""Which passwords are taken: long enough, known to no list of guesses, and not the person's name.

No rules about letters, digits and signs, and no expiry: NIST SP 800-63B-4, 3.1.1.2, and ASVS 5.0.0,
6.2. The lists are zxcvbn's: common passwords of breaches, English words, first names and surnames.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST, LONGEST = 8, 256
HUB_WORDS = ("agrigen", "jupyterhub", "jupyter")
_WORD = 4  # shorter pieces of a name stand in too many words
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NOT_A_LETTER = re.compile(r"[\W\d_]+")


def problem(password: str, *about: str) -> str:
    """What is wrong with a password of somebody called `about`, or nothing."""
    if not SHORTEST <= len(password) <= LONGEST:
        return (
            f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}. "
            "Three or four words that do not belong together are easy to remember."
        )
    if _CONTROL.search(password):
        return "A character in this password cannot be typed into a form. Leave it out."
    plain = _plain(password)
    if plain in common():
        return (
            "This password stands in lists of common and stolen passwords, which are tried first. "
            "Choose three or four words that do not belong together."
        )
    if _is_made_of(plain, [*about, *HUB_WORDS]):
        return (
            "This password is little more than your name or that of the hub, which are easy to "
            "guess. Choose words that have nothing to do with you."
        )
    return ""


@cache
def common() -> frozenset[str]:
    """Entries of all lists that are long enough to be a password, in small letters."""
    entries = (_plain(word) for words in FREQUENCY_LISTS.values() for word in words)
    return frozenset(entry for entry in entries if len(entry) >= SHORTEST)


def _is_made_of(password: str, names: Iterable[str]) -> bool:
    """Whether too little is left when the names are taken out of the password."""
    words = {word for name in names for word in _pieces(name) if len(word) >= _WORD}
    rest = password
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != password and len(_NOT_A_LETTER.sub("", rest)) < _WORD


def _pieces(name: str) -> list[str]:
    """The name whole, and its parts: 'fiona.hill@farm' has fiona, hill and farm."""
    plain = _plain(name)
    return [plain, *_NOT_A_LETTER.split(plain)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
