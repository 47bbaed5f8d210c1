"""Who may steer background work."""

from hub.actor import Actor
from hub.errors import Denied
from hub.jobs.models import Job
from hub.permissions import Permission


def require_steer(actor: Actor, job: Job) -> None:
    """Those who asked for it, and those who manage all jobs."""
    if job.person_id != actor.person_id and not actor.may(Permission.JOBS_MANAGE):
        raise Denied(
            "jobs.not_yours",
            "Somebody else asked for this job; only they or a steward can cancel or repeat it.",
        )
