"""Identifiers: every written form of one mark is one value; check digits; what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agrigen as ag
from agrigen.phenotypes import ElectronicId, read_electronic, read_identifiers, uk_check_digit

ALLFLEX = ElectronicId(982, 1088420)


@pytest.mark.parametrize(
    "written",
    [
        "982000001088420", "982 000001088420", " 982-000001088420 ", "982.000001088420",
        "LA 982 000001088420", "LA_982_000001088420", "LA_00000_0_982_000001088420",
        "la982000001088420", "A00000 0 982 000001088420", "0982000001088420",
        ALLFLEX.hexadecimal, ALLFLEX.hexadecimal.lower(), "0x" + ALLFLEX.hexadecimal,
        str(ALLFLEX.bits), ALLFLEX.bits, 982000001088420, 982000001088420.0, "982000001088420.0",
    ],
)  # fmt: skip
def test_every_written_form_is_one_identity(written):
    # The two LA forms are the examples of Allflex's manual of panel readers.
    found = ag.read_identifier(written)
    assert found.scheme == "std.iso.11785"
    assert found.value == "982000001088420"
    assert found.raw == str(written).strip()
    assert found.kind == "electronic, maker's number"


@given(
    st.integers(1, 999),
    st.integers(0, (1 << 38) - 1),
    st.integers(0, (1 << 14) - 1),
    st.booleans(),
)
def test_bits_go_there_and_back(code, number, reserved, block):
    one = ElectronicId(code, number, True, reserved, block)
    assert ElectronicId.from_bits(one.bits) == one
    assert read_electronic(one.hexadecimal) == one
    assert read_electronic(str(one.bits)) == one
    assert read_electronic(one.digits) == ElectronicId(code, number)
    assert one.bits >> 63 == 1
    assert (one.bits >> 38) & 1023 == code


def test_lost_zeros_of_small_country_codes_come_back():
    assert read_electronic("36000312312345").digits == "036000312312345"
    assert read_electronic(8000312312345).digits == "008000312312345"


def test_twelve_digits_need_their_country():
    assert read_electronic("000001088420", code=982) == ALLFLEX
    with pytest.raises(ag.DataError, match=r"has 12 digits\. Name the country or maker"):
        read_electronic("000001088420")


@pytest.mark.parametrize(
    ("herd", "number", "digit"),
    [  # Wikipedia, British Cattle Movement Service; a farm's page; ICAR ADE's well-known schemes.
        (123450, 1, 6), (123450, 2, 7), (123450, 3, 1), (284205, 15, 6), (284205, 16, 7),
        (284205, 17, 1), (230011, 123, 2),
    ],
)  # fmt: skip
def test_check_digits_of_british_cattle(herd, number, digit):
    assert uk_check_digit(herd, number) == digit
    found = ag.read_identifier(f"UK {herd} {digit}{number:05d}")
    assert (found.scheme, found.value) == ("uk.cts.eartag", f"UK{herd}{digit}{number:05d}")
    with pytest.raises(ag.DataError, match=f"has the check digit {digit % 7 + 1}, but {digit}"):
        ag.read_identifier(f"UK{herd}{digit % 7 + 1}{number:05d}")


@given(st.integers(100000, 999999), st.integers(0, 99999), st.integers(0, 4), st.integers(1, 9))
def test_a_misread_digit_is_found_unless_it_is_off_by_seven(herd, number, place, change):
    digits = list(f"{number:05d}")
    new = (int(digits[place]) + change) % 10
    found = uk_check_digit(herd, number) == uk_check_digit(
        herd, "".join([*digits[:place], str(new), *digits[place + 1 :]])
    )
    assert found == (abs(new - int(digits[place])) == 7)


@pytest.mark.parametrize(
    ("written", "scheme", "value"),
    [
        ("UK0713393 00045", "eu.animalId", "826071339300045"),
        ("UK 713393 45", "eu.animalId", "826071339300045"),
        ("UK071339300045", "eu.animalId", "826071339300045"),
        ("NL 6802 5082 9", "eu.bovine", "NL680250829"),
        ("QABC1234XBC2345", "au.nlis", "QABC1234XBC2345"),
        ("123456-12-1234", "nz.nait.visualid", "123456-12-1234"),
        ("USA0003123456789", "usa.ain", "840003123456789"),
        ("HOLCANM000000A12345", "icar.Interbull", "HOLCANM000000A12345"),
        ("hol usa f 000012345678", "icar.Interbull", "HOLUSAF000012345678"),
        ("HOL840M003123456789", "icar.Interbull", "HOL840M003123456789"),
        ("blue  12", "composite.withinherdid", "BLUE 12"),
        ("417", "composite.withinherdid", "417"),
    ],
)
def test_schemes_are_told_by_their_form(written, scheme, value):
    found = ag.read_identifier(written)
    assert (found.scheme, found.value) == (scheme, value)
    assert ag.read_identifier(value, scheme=scheme).value == value


def test_a_tag_and_its_transponder_are_one_animal():
    # Border Software's help page: UK0713393 00045 is read as 0826071339300045.
    tag, chip = ag.read_identifier("UK0713393 00045"), ag.read_identifier("0826071339300045")
    assert tag.electronic == chip.electronic
    assert ag.read_identifier("blue 12").electronic is None


def test_a_named_scheme_reads_the_short_form():
    found = ag.read_identifier("HOL CAN M A12345", scheme="icar.Interbull")
    assert found.value == "HOLCANM000000A12345"
    assert found.parts == {"breed": "HOL", "country": "CAN", "sex": "M", "number": "000000A12345"}
    assert ag.read_identifier("840003123456789", scheme="usa.ain").kind == "US official number"


@pytest.mark.parametrize(
    ("written", "options", "message"),
    [
        ("9.82E+14", {}, "lost its digits in a spreadsheet. Format the column as text"),
        ("9,82E+14", {}, "lost its digits in a spreadsheet"),
        ("LR_0006_0000000018514348", {}, "a transponder of no animal"),
        ("0x0000F58000109B94", {}, "a transponder of no animal"),
        ("U" * 19, {}, "Leave unknown ones empty"),
        ("  ", {}, "An identifier is empty"),
        (None, {}, "An identifier is empty"),
        (float("nan"), {}, "An identifier is empty"),
        ("000000000000000", {}, "000 is no country or maker"),
        ("982999999999999", {}, "does not fit in a transponder"),
        ("12345678901234567890123", {}, "has 23 digits. Give 15 digits"),
        ("blue", {"scheme": "std.iso.11785"}, "is no electronic identity"),
        ("blue", {"scheme": "uk.cts.eartag"}, "is no UK cattle tag"),
        ("blue", {"scheme": "tag"}, "Give one of std.iso.11785"),
        ("982000001088420", {"scheme": "usa.ain"}, "does not begin with 840"),
        ("982000001088420", {"scheme": "eu.animalId"}, "has the maker 982, not a country"),
        ("blue", {"scheme": "au.nlis"}, "is no NLIS number"),
        ("blue", {"scheme": "nz.nait.visualid"}, "Write 123456-12-1234"),
        ("1", {"scheme": "eu.bovine"}, "is no EU cattle tag"),
        ("0xZZ", {"scheme": "std.iso.11785"}, "is not hexadecimal"),
    ],
)
def test_what_cannot_be_is_refused_in_words(written, options, message):
    with pytest.raises(ag.DataError, match=message.replace(".", r"\.")):
        ag.read_identifier(written, **options)


def test_many_are_read_with_the_problem_beside_each():
    frame = read_identifiers(["982 000001088420", "9.82E+14", "blue 12"])
    assert frame["value"].tolist() == ["982000001088420", "", "BLUE 12"]
    assert frame["problem"].str.len().gt(0).tolist() == [False, True, False]


@given(st.text(max_size=25))
def test_any_text_is_read_or_refused_and_the_normal_form_is_stable(text):
    try:
        found = ag.read_identifier(text)
    except ag.DataError:
        return
    again = ag.read_identifier(found.value, scheme=found.scheme)
    assert again.value == found.value
