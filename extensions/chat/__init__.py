"""Conversations with Emilia over REST, and the page where people talk with her."""

from extensions.base.extension import Extension
from extensions.chat import conversations, page

extension = Extension("extensions.chat", conversations.routes, pages=page.PAGES)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
