"""What a sign-in must have proved before it may ask for anything at all."""

from hub.actor import Actor
from hub.errors import SignInAgain

# Who may not go on yet can still see who they are and what is missing.
OPEN = ("/me", "/me/factors")


def require_level(path: str, caller: Actor) -> None:
    """Refuse a credential of fewer factors than the caller's roles ask for, whatever it is for."""
    if caller.wanted_level <= 1 or caller.assurance.level >= caller.wanted_level:
        return
    if path in OPEN or path.startswith(f"{OPEN[1]}/"):
        return
    raise SignInAgain(
        "sign_in.factor",
        "Your roles ask for two factors, and this sign-in or token has one. Sign in to the hub "
        "with your second factor, or add one there; then make tokens anew.",
        acr_values=f"aal{caller.wanted_level}",
    )
