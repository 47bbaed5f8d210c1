"""Who may run, publish and withdraw evaluations."""

from hub.actor import Actor
from hub.errors import Conflict
from hub.evaluations.models import Evaluation
from hub.permissions import Permission

_DIRECT = "Run it again with solver: direct."


def require_create(actor: Actor, *, publish: bool) -> None:
    actor.require(Permission.EVALUATIONS_RUN)
    if publish:
        actor.require(Permission.EVALUATIONS_PUBLISH)


def require_publishable(actor: Actor, evaluation: Evaluation) -> None:
    actor.require(Permission.EVALUATIONS_PUBLISH)
    if evaluation.state != "done":
        raise Conflict(
            "evaluations.not_done",
            f"The evaluation is {evaluation.state}; it can be published when it is done.",
        )
    if not evaluation.summary.get("converged", False):
        sampled = evaluation.summary.get("estimate") in ("gibbs", "bayes")
        raise Conflict(
            "evaluations.not_converged",
            "The solver did not converge, so the values are not exact enough to publish. "
            + ("Run it again with more iterations." if sampled else _DIRECT),
        )
