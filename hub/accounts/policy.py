"""What holds for everybody who signs in, as the operator set it: factors, sessions, requests."""

from hub.accounts.schemas import PolicyRead, RatePolicy, SessionPolicy
from hub.actor import RECENT, Actor
from hub.limits import Policy, policies
from hub.limits.policies import ACCOUNT_GUESSES, ADDRESS_GUESSES, DEFAULTS
from hub.permissions import Permission, Role
from hub.sessions.policy import OTHER, PHONE, limits_of
from hub.settings import Settings

_BY_ADDRESS = frozenset({"proof", "anonymous", "failed", ADDRESS_GUESSES.name})
_SETTINGS = (
    "second_factor_roles",
    "session_idle_minutes",
    "session_hours",
    "sessions_at_once",
    "limits",
)


def policy_in_force(actor: Actor, settings: Settings) -> PolicyRead:
    """Read from the settings of this process; nobody changes them in a browser."""
    actor.require(Permission.PEOPLE_MANAGE)
    prefix = settings.model_config.get("env_prefix", "")
    return PolicyRead(
        second_factor_roles=[role for role in Role if settings.wanted_level([role]) > 1],
        confirm_within_minutes=RECENT.total_seconds() / 60,
        sessions=[_session(settings, name) for name in _kinds(settings)],
        rates=_rates(settings),
        settings={name: f"{prefix}{name.upper()}" for name in _SETTINGS},
    )


def _kinds(settings: Settings) -> list[str]:
    """Roles that a setting names, and then what holds for everybody else."""
    tables = (settings.session_idle_minutes, settings.session_hours, settings.sessions_at_once)
    named = {name for table in tables for name in table}
    return [*sorted(named - {PHONE, OTHER}), PHONE, OTHER]


def _session(settings: Settings, name: str) -> SessionPolicy:
    roles = [] if name in (PHONE, OTHER) else [name]
    limits = limits_of(settings, roles, phone=name == PHONE)
    return SessionPolicy(
        of=name,
        idle_minutes=limits.idle / 60,
        hours=limits.absolute / 3600,
        at_once=limits.at_once,
    )


def _rates(settings: Settings) -> list[RatePolicy]:
    changeable = policies(settings.limits)
    by_name = [changeable[str(name)] for name in DEFAULTS]
    return [
        _rate(one, one.name in changeable) for one in (*by_name, ACCOUNT_GUESSES, ADDRESS_GUESSES)
    ]


def _rate(policy: Policy, changeable: bool) -> RatePolicy:
    return RatePolicy(
        name=policy.name,
        units=policy.quota,
        seconds=policy.window,
        by_address=policy.name in _BY_ADDRESS,
        changeable=changeable,
    )
