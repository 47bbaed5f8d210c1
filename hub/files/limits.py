"""How much people may hand in; operators change it in the settings."""

from dataclasses import dataclass
from datetime import timedelta

from hub.errors import Full, Limited, TooLarge
from hub.settings import Settings

GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """Bytes of one file and of all files of a person, and uploads that are open at a time."""

    file_bytes: int = 10 * GIB
    person_bytes: int = 50 * GIB
    open_uploads: int = 10
    kept: timedelta = timedelta(hours=48)

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            file_bytes=int(settings.upload_gib * GIB),
            person_bytes=int(settings.person_gib * GIB),
            open_uploads=settings.open_uploads,
            kept=timedelta(hours=settings.upload_hours),
        )

    def check_size(self, size: int) -> None:
        if size > self.file_bytes:
            raise TooLarge(
                "files.too_large",
                f"The file has {amount(size)}; at most {amount(self.file_bytes)} are taken. "
                "Compress it with gzip, or split it and hand in the pieces.",
            )

    def check_room(self, used: int, size: int) -> None:
        """Refuse what does not fit into what a person may keep."""
        if used + size > self.person_bytes:
            raise Full(
                "files.quota",
                f"You keep {amount(used)} of files and may keep {amount(self.person_bytes)}, so "
                f"{amount(size)} more have no room. Remove files that nothing was imported from, "
                "or ask whoever runs the hub for more.",
            )

    def check_open(self, count: int) -> None:
        if count >= self.open_uploads:
            raise Limited(
                "files.open_uploads",
                f"You have {count} uploads that are not finished, and may have "
                f"{self.open_uploads}. Finish one or take it back, then start this one.",
            )


def amount(size: int) -> str:
    """Bytes as people say them."""
    for unit, name in ((GIB, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{size} bytes"
