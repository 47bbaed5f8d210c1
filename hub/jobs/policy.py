"""Who may steer background work."""

from hub.actor import Actor
from hub.errors import Denied
from hub.jobs.models import Job
from hub.permissions import Permission


def require_steer(actor: Actor, job: Job, needed: Permission | None) -> None:
    """Those who manage all jobs; and those who asked, with what it takes to ask.

    Without the second a token for looking only could start work again.
    """
    if actor.may(Permission.JOBS_MANAGE):
        return
    if job.person_id != actor.person_id:
        raise Denied(
            "jobs.not_yours",
            "Somebody else asked for this job; only they or a steward can cancel or repeat it.",
        )
    if needed is not None:
        actor.require(needed)
