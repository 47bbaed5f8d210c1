"""Letters: written into the transaction that causes them, sent by the worker, told in words."""

from hub.mail.letters import KINDS, OPTIONAL
from hub.mail.outbox import Reader, notify, post
from hub.mail.sending import Unwanted, deliver

__all__ = ["KINDS", "OPTIONAL", "Reader", "Unwanted", "deliver", "notify", "post"]
