"""Pages of accounts fit together: files that are there, imports that are served, no inline code."""

import re

import pytest

from extensions.account.page import NAMES, SCREENS, AccountFiles
from extensions.base.pages import SHARED

STATIC = AccountFiles.folder
IMPORT = re.compile(r'^(?:import|export) .*?from "\./([a-z.]+)";$', re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
SECURITY = ("devices", "factors", "password", "security", "sessions", "tokens")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: one.address)
def test_a_page_has_its_files_and_its_script_is_served(screen) -> None:
    assert (STATIC / f"{screen.file}.html").is_file()
    assert f"{screen.file}.js" in NAMES


@pytest.mark.parametrize("name", sorted(one for one in NAMES if one.endswith(".js")))
def test_what_a_script_imports_is_served(name: str) -> None:
    imported = set(IMPORT.findall((STATIC / name).read_text()))
    assert imported <= NAMES | SHARED


@pytest.mark.parametrize("screen", SCREENS, ids=lambda one: one.address)
def test_pages_carry_no_code_that_their_policy_refuses(screen) -> None:
    """E9."""
    assert not INLINE.search((STATIC / f"{screen.file}.html").read_text())


def test_scripts_find_what_they_look_for_on_the_security_page() -> None:
    page = (STATIC / "security.html").read_text() + (STATIC / "frame.html").read_text()
    there = set(re.findall(r'\bid="([a-z-]+)"', page))
    for name in SECURITY:
        wanted = set(re.findall(r'\b(?:at|list)\("([a-z-]+)"', (STATIC / f"{name}.js").read_text()))
        assert wanted <= there, name


def test_secrets_are_put_into_pages_as_text_only() -> None:
    for name in NAMES:
        assert "innerHTML" not in (STATIC / name).read_text(), name
