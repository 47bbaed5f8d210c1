"""What people choose from on their profile page: cards, letters, kinds of suggestions."""

from hub.actor import Actor
from hub.jupyterhub.cards import cards
from hub.mail import OPTIONAL
from hub.profiles import Suggestion


def of_profile(actor: Actor) -> dict[str, object]:
    """The choices of this person, in words."""
    return {
        "cards": [{"key": card.key, "title": card.title} for card in cards(actor.roles)],
        "letters": dict(OPTIONAL),
        "suggestions": {kind.value: kind.sentence for kind in Suggestion},
    }
