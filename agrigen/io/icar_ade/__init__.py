"""ICAR Animal Data Exchange (ADE): messages checked against the published schemas, and read.

    from agrigen.io import icar_ade

    for message in icar_ade.read_file("heats.json", resource="icarReproHeatEventResource"):
        print(message.resource, message.findings, message.notes)

Writers are strict: `validate` says everything that is wrong with a message. Readers are tolerant:
`mend` takes what real programs send (nulls, `begin-date`, numbers as texts) and says what it did.
"""

from agrigen.io.icar_ade.files import Message, read_file, read_messages
from agrigen.io.icar_ade.mending import mend
from agrigen.io.icar_ade.schema import VERSION, Finding, definition, resources, validate
from agrigen.io.icar_ade.times import Moment, instant_text, moment, noon_text

__all__ = [
    "VERSION",
    "Finding",
    "Message",
    "Moment",
    "definition",
    "instant_text",
    "mend",
    "moment",
    "noon_text",
    "read_file",
    "read_messages",
    "resources",
    "validate",
]
