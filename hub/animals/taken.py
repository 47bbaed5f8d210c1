"""Tags and identifiers that another animal of the farm bears already."""

from contextlib import AbstractContextManager

from hub.errors import Conflict, FieldError
from hub.storage.unique import refusing_duplicates


def tag(tag: str) -> AbstractContextManager[None]:
    """Refuse a tag that another animal has, when the database says so."""
    refusal = Conflict(
        "animals.duplicate_tag",
        f"There is an animal with the tag {tag} on this farm already. Change that one, or choose "
        "another tag.",
        errors=[FieldError("tag", f"The tag {tag} is taken.", "Choose another tag.")],
    )
    return refusing_duplicates("uq_animal_farm_id_tag", refusal)


def identifier() -> AbstractContextManager[None]:
    """The same of an identifier."""
    refusal = Conflict(
        "animals.duplicate_identifier",
        "Another animal of this farm bears one of these identifiers already. Correct it there or "
        "here.",
    )
    return refusing_duplicates("uq_animal_identifier_active", refusal)
