"""Conversations belong to the person who started them, and to nobody else, whatever their role."""

from hub.actor import Actor
from hub.permissions import Permission


def owner(actor: Actor) -> str:
    """The person whose conversations may be reached: always the actor's own."""
    actor.require(Permission.CHAT_USE)
    return str(actor.person_id)
