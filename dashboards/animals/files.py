"""What of an animal can be kept: its summary on one page, and its pictures."""

from pathlib import Path
from tempfile import TemporaryDirectory

from agrigen.client import Hub
from dashboards.downloads import Made, file_name


def summary_pdf(hub: Hub, id: str) -> Made:
    """The animal on one page, made by the hub."""
    tag = hub.animals.get(id)["tag"]
    with TemporaryDirectory() as folder:
        made = hub.reports.summary(id, Path(folder) / "summary.pdf")
        return Made(f"{file_name(tag)}.pdf", "application/pdf", made.read_bytes())


def photo_jpg(hub: Hub, id: str) -> Made:
    """A picture in its full size."""
    return Made("photo.jpg", "image/jpeg", hub.photos.content(id))
