"""Who may run, publish and withdraw association studies."""

from hub.actor import Actor
from hub.associations.models import Association
from hub.errors import Conflict
from hub.permissions import Permission

FEWEST_ANIMALS = 20
"""Behind a published study: from frequencies of fewer, the genotypes of one could be told."""


def require_create(actor: Actor, *, publish: bool) -> None:
    actor.require(Permission.ASSOCIATIONS_RUN)
    if publish:
        actor.require(Permission.EVALUATIONS_PUBLISH)


def require_publishable(actor: Actor, association: Association) -> None:
    actor.require(Permission.EVALUATIONS_PUBLISH)
    if association.state != "done":
        raise Conflict(
            "associations.not_done",
            f"The study is {association.state}; it can be published when it is done.",
        )
    if not large_enough(association.summary):
        raise Conflict(
            "associations.too_few_animals",
            f"The study tests fewer than {FEWEST_ANIMALS} animals, of which single genotypes could "
            "be told from its frequencies. Run it on more animals to publish it.",
        )


def large_enough(summary: dict[str, object]) -> bool:
    """Whether nothing about one animal can be told from the results."""
    animals = summary.get("animals")
    return isinstance(animals, int) and animals >= FEWEST_ANIMALS
