"""What files of this machine say about people: logs, and letters without a mail server."""

import re
from collections.abc import Iterable
from pathlib import Path

from hub.settings import Settings

_SHORTEST = 3
_AT_ONCE = 2**20
_PART_OF_A_WORD = rb"[A-Za-z0-9_.-]"


def redact_logs(folder: Path, words: Iterable[str]) -> int:
    """Overwrite words in place, by as many signs: what is being written to stays whole.

    A log is read by lines; a word with a line break in it cannot stand in one.
    """
    pattern = _pattern(words)
    if pattern is None:
        return 0
    return sum(_redact(path, pattern) for path in sorted(folder.glob("**/*")) if path.is_file())


def _redact(path: Path, pattern: re.Pattern[bytes]) -> int:
    found = 0
    with path.open("r+b") as file:
        place = 0
        while lines := file.readlines(_AT_ONCE):
            for line in lines:
                for match in pattern.finditer(line):
                    back = file.tell()
                    file.seek(place + match.start())
                    file.write(b"x" * len(match[0]))
                    file.seek(back)
                    found += 1
                place += len(line)
    return found


def remove_letters(folder: Path, words: Iterable[str]) -> int:
    """Letters to or about somebody that lie where an operator can look at them."""
    pattern = _pattern(words)
    gone = 0
    for path in folder.glob("*") if pattern else ():
        if path.is_file() and pattern and pattern.search(path.read_bytes()):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def erase(settings: Settings, words: Iterable[str]) -> dict[str, int]:
    known = list(words)
    return {
        "log_words": redact_logs(settings.home / "logs", known),
        "letters": remove_letters(settings.home / "mail", known),
    }


def _pattern(words: Iterable[str]) -> re.Pattern[bytes] | None:
    """Whole words only, as they are and as JSON may write them."""
    forms = {
        form
        for word in words
        if len(word) >= _SHORTEST
        for form in (word.encode(), word.encode("ascii", "backslashreplace"))
    }
    if not forms:
        return None
    either = b"|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.compile(rb"(?<!%b)(?:%b)(?!%b)" % (_PART_OF_A_WORD, either, _PART_OF_A_WORD))
