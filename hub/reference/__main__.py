"""`python -m hub.reference` writes the pages; `make docs` calls it."""

from hub.reference.pages import write_pages

write_pages()
