"""The map of personal data: where what is held about whom, and what an erasure does with it.

Exports and erasures are made from it. A test compares it with the catalogue of a real database, so
a table or column that is added and not classified here fails it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from hub.privacy.held import Erase, Held, Items, Objects
from hub.privacy.tables_of_farms import OF_FARMS
from hub.privacy.tables_of_people import OF_PEOPLE

TABLES: tuple[Held, ...] = tuple(sorted(OF_PEOPLE + OF_FARMS, key=lambda held: held.name))
PERSONAL: tuple[Held, ...] = tuple(held for held in TABLES if held.is_personal)

ITEMS: tuple[Items, ...] = (
    Items("conversations", "Conversations with Emilia", "person"),
    Items("messages", "Messages of these conversations", "conversation"),
    Items("sessions", "Sign-ins with address, browser and place", "username"),
    Items("credentials", "Tokens and devices, and codes that wait for them", "person", "digest"),
    Items("profiles", "Profile, preferences, what was learned and suggested", "person"),
)
"""By table; each partition is one person's, so it goes as a whole."""

OBJECTS: tuple[Objects, ...] = (
    Objects("files", "Files that people brought", "file.sha256",
            "deleted when nothing was made from them on a farm of others"),
    Objects("parts of uploads", "What is being sent", "upload.id", "deleted"),
    Objects("archives", "Archives that people took along", "export.object", "deleted"),
    Objects("archives about people", "Archives of this map", "personal_export.object", "deleted"),
    Objects("photos", "Photos of animals and their small pictures", "photo.sha256",
            "deleted on farms that are the person's only"),
    Objects("science", "Frozen data, genotypes, results", "dataset_version.objects",
            "kept: they hold animals, and numbers instead of people"),
    Objects("letters", "Letters where there is no mail server", "<home>/mail", "deleted"),
    Objects("logs", "Log files of the hub", "<home>/logs", "names are overwritten"),
    Objects("home folder", "What a person keeps in JupyterLab", "<home>/homes", "deleted"),
)  # fmt: skip


def unclassified(catalogue: Mapping[str, Iterable[str]]) -> list[str]:
    """What the map does not say, says twice, or says of something that is not there."""
    known = {held.name: held for held in TABLES}
    wrong = [f"{name}: not in the map" for name in catalogue if name not in known]
    wrong += [f"{name}: in the map only" for name in known if name not in catalogue]
    for name in known.keys() & catalogue.keys():
        held, there = known[name], set(catalogue[name])
        said = Counter(held.columns)
        wrong += [f"{name}.{one}: not classified" for one in there - said.keys()]
        wrong += [f"{name}.{one}: in the map only" for one in said.keys() - there]
        wrong += [f"{name}.{one}: said twice" for one, times in said.items() if times > 1]
        wrong += [f"{name}.{one}: no such column" for one in held.whose if one not in there]
        if held.erase is not Erase.DELETE and not held.reason:
            wrong.append(f"{name}: kept without a reason")
    return sorted(wrong)
