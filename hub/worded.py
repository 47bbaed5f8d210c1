"""Names that programs match on, each with a sentence that people read."""

from enum import StrEnum
from typing import Self


class Worded(StrEnum):
    """Members are written `NAME = "value", "Sentence"`; `NAME.sentence` is the sentence."""

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member
