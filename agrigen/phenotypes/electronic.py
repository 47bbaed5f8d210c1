"""Electronic identification of animals: every way a reader writes an ISO 11784 code."""

import re
from dataclasses import dataclass

from agrigen.phenotypes.checks import refusal

HIGHEST_NUMBER = (1 << 38) - 1
"""274,877,906,943: what 38 bits hold."""
SEPARATORS = re.compile(r"[\s_.:\-]+")
EXAMPLE = "Give 15 digits, as 982 000123456789, or 16 hexadecimal ones."


@dataclass(frozen=True)
class ElectronicId:
    """The 64 bits of a transponder (ISO 11784).

    Attributes
    ----------
    code
        Country (ISO 3166 numeric, below 900), maker (900 to 998) or 999 for tests; bits 17 to 26.
    number
        National or maker's number, 0 to 274,877,906,943; bits 27 to 64.
    animal
        Bit 1: the transponder is of an animal.
    reserved
        Bits 2 to 15 as a number: retagging counter and user information where they are used.
    data_block
        Bit 16: more data follow.
    """

    code: int
    number: int
    animal: bool = True
    reserved: int = 0
    data_block: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.code <= 999:
            raise refusal("electronic", f"{self.code:03d} is no country or maker.",
                          "Codes go from 001 to 999.")  # fmt: skip
        if not 0 <= self.number <= HIGHEST_NUMBER:
            raise refusal("electronic", f"{self.number} does not fit in a transponder.",
                          f"Numbers after the code go to {HIGHEST_NUMBER}.")  # fmt: skip
        if not 0 <= self.reserved < 1 << 14:
            raise refusal("electronic", f"The reserved field is {self.reserved}.",
                          f"It goes from 0 to {(1 << 14) - 1}.")  # fmt: skip

    @property
    def digits(self) -> str:
        """The 15 digits that people write: code and number."""
        return f"{self.code:03d}{self.number:012d}"

    @property
    def bits(self) -> int:
        """All 64 bits."""
        top = (int(self.animal) << 15) | (self.reserved << 1) | int(self.data_block)
        return (top << 48) | (self.code << 38) | self.number

    @property
    def hexadecimal(self) -> str:
        """All 64 bits as 16 digits."""
        return f"{self.bits:016X}"

    @property
    def kind(self) -> str:
        """What the code says."""
        if self.code == 999:
            return "test transponder"
        return "maker's number" if self.code >= 900 else "national number"

    @classmethod
    def from_bits(cls, bits: int) -> "ElectronicId":
        """Of the 64 bits as a number."""
        if not 0 <= bits < 1 << 64:
            raise refusal("electronic", f"{bits} is more than 64 bits.", EXAMPLE)
        return cls((bits >> 38) & 1023, bits & HIGHEST_NUMBER, bool(bits >> 63),
                   (bits >> 49) & ((1 << 14) - 1), bool((bits >> 48) & 1))  # fmt: skip


def read_electronic(text: str | int | float, *, code: int | None = None) -> ElectronicId:
    """An electronic identity in any written form.

    Parameters
    ----------
    text
        982000123456789, "982 000123456789", "LA 982 000001088420", "LA 00000 0 982 000001088420",
        "0982000123456789", 16 hexadecimal digits with or without 0x, the 64 bits in decimal, and
        codes below 100 that a spreadsheet robbed of their zeros (14 or 13 digits).
    code
        Country or maker, where only the 12 digits behind it are written.

    Raises
    ------
    DataError
        If it is none of these, is of no animal, or lost digits in a spreadsheet.

    References
    ----------
    ISO 11784:2024; Allflex panel readers, user's manual (LA is an animal's code, LR another)
    """
    written = _written(text)
    upper = written.upper()
    if upper.startswith("LR"):
        raise refusal("electronic", f"{written!r} is a transponder of no animal (LR).",
                      "Read the animal's own tag.")  # fmt: skip
    plain = SEPARATORS.sub("", upper)
    if plain.startswith("0X") or (len(plain) == 16 and _is_hexadecimal(plain)):
        return _animal(ElectronicId.from_bits(_hexadecimal(plain, written)), written)
    plain = re.sub(r"^(LA|A)(?=\d)", "", plain)
    if not plain.isdigit():
        raise refusal("electronic", f"{written!r} is no electronic identity.", EXAMPLE)
    if code is not None and len(plain) <= 12:
        return ElectronicId(code, int(plain))
    return _from_digits(plain, written)


def _written(text: str | int | float) -> str:
    if isinstance(text, float) and text.is_integer() and text < 1 << 53:
        text = int(text)
    written = str(text).strip()
    # 80000E0000000000 is hexadecimal, and no power of ten.
    power = re.fullmatch(r"[\d.,]+E\+?\d+", written.upper())
    if power and not re.fullmatch(r"[0-9A-F]{16}", written.upper()):
        raise refusal("electronic", f"{written!r} lost its digits in a spreadsheet.",
                      "Format the column as text and export it again.")  # fmt: skip
    return re.sub(r"^(\d{13,15})\.0$", r"\1", written)


def _is_hexadecimal(plain: str) -> bool:
    """Whether 16 characters are hexadecimal: with a letter, or not sensible as decimal digits."""
    if not re.fullmatch(r"[0-9A-F]{16}", plain):
        return False
    # Sixteen decimal digits are a 0 and the fifteen; an animal's bits begin with 8 or above.
    return not plain.isdigit() or plain[0] in "89"


def _hexadecimal(plain: str, written: str) -> int:
    digits = plain.removeprefix("0X")
    if not re.fullmatch(r"[0-9A-F]{1,16}", digits):
        raise refusal("electronic", f"{written!r} is not hexadecimal.", EXAMPLE)
    return int(digits, 16)


def _from_digits(plain: str, written: str) -> ElectronicId:
    size = len(plain)
    if 13 <= size <= 15 or (size == 16 and plain[0] == "0"):
        # 14 and 13 digits: the zeros of codes below 100 are gone.
        full = plain[-15:].zfill(15)
        return ElectronicId(int(full[:3]), int(full[3:]))
    if size == 21:
        # Five digits of the reserved field and one of the data block stand before the fifteen.
        rest = ElectronicId(int(plain[6:9]), int(plain[9:]))
        return ElectronicId(rest.code, rest.number, True, int(plain[:5]), plain[5] != "0")
    if size in (19, 20) and int(plain) < 1 << 64:
        return _animal(ElectronicId.from_bits(int(plain)), written)
    remedy = "Name the country or maker of the 12 digits." if size == 12 else EXAMPLE
    raise refusal("electronic", f"{written!r} has {size} digits.", remedy)


def _animal(found: ElectronicId, written: str) -> ElectronicId:
    if not found.animal:
        raise refusal("electronic", f"{written!r} is a transponder of no animal (bit 1 is 0).",
                      "Read the animal's own tag, or check the order of its bytes.")  # fmt: skip
    return found
