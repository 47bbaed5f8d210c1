"""Signing in and out: local accounts and institutions side by side, second factors, step-up.

Every way of proving who somebody is ends in a `Proven` that goes through `first_factor_done`.
"""

from hub.jupyterhub.sign_in.flow import Proven, finish, first_factor_done
from hub.jupyterhub.sign_in.institution_pages import institution_behind, step_up_at_institution

__all__ = [
    "Proven",
    "finish",
    "first_factor_done",
    "institution_behind",
    "step_up_at_institution",
]
