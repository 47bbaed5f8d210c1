"""Synchronization of phones: operations in, changes out, and what a person has to decide."""

from extensions.base.routing import Routes

routes = Routes("Phones")
