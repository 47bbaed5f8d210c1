"""What the viewer of runs has chosen."""

import param

SHOWN = 25


class RunsState(param.Parameterized):
    """`asked` is the act that waits for a yes."""

    chosen = param.String("")
    asked = param.String("")
