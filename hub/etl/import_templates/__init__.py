"""How the files of a sender are read and cleaned, kept under a name and found by the header."""

from hub.etl.import_templates.schemas import (
    TemplateCreate,
    TemplateRead,
    TemplatesQuery,
    TemplateUpdate,
)
from hub.etl.import_templates.service import create, find, followed, get, remove, search, update

__all__ = [
    "TemplateCreate",
    "TemplateRead",
    "TemplateUpdate",
    "TemplatesQuery",
    "create",
    "find",
    "followed",
    "get",
    "remove",
    "search",
    "update",
]
