"""Phones: the synchronization of their copies, and the page they keep."""

from extensions.base.extension import Extension
from extensions.collect import page, sync

extension = Extension("extensions.collect", sync.routes, pages=page.PAGES)
_jupyter_server_extension_points = extension.points
_load_jupyter_server_extension = extension.load
