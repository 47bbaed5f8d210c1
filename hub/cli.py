"""`python -m hub COMMAND`: the operator's commands; each lives in a module of `hub.commands`."""

import argparse
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module

from pydantic import ValidationError

from hub import commands
from hub.errors import HubError


def parser() -> argparse.ArgumentParser:
    """All commands: every module of `hub.commands` that has a function `add`."""
    top = argparse.ArgumentParser(prog="python -m hub", description="Operate an AgriGen hub.")
    chosen = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in pkgutil.iter_modules(commands.__path__):
        add = getattr(import_module(f"hub.commands.{module.name}"), "add", None)
        if add is not None:
            add(chosen)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what goes wrong is a sentence and an exit code, never a traceback."""
    given = parser().parse_args(arguments)
    try:
        return int(given.run(given) or 0)
    except HubError as error:
        print(f"\n{error.message}", file=sys.stderr)
        for detail in error.errors:
            print(f"  {detail.where}: {detail.message} {detail.remedy}".rstrip(), file=sys.stderr)
        return error.exit_code
    except ValidationError as error:
        return _settings_are_wrong(error)
    except KeyboardInterrupt:
        return 130


def _settings_are_wrong(error: ValidationError) -> int:
    print("\nA setting is wrong:", file=sys.stderr)
    for problem in error.errors(include_input=False, include_url=False):
        name = "AGRIGEN_" + "_".join(map(str, problem["loc"])).upper()
        print(f"  {name}: {problem['msg']}", file=sys.stderr)
    print("`python -m hub check` shows all settings.", file=sys.stderr)
    return 2
