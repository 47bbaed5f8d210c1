"""Accounts over REST: the caller, their sign-in sessions, and the people of the hub."""

from extensions.account import account
from extensions.base.extension import Extension

extension = Extension("extensions.account", account.routes)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
