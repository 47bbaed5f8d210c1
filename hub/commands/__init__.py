"""The operator's commands, one module each.

A module with a function `add(subparsers)` is a command: it adds its parser and sets
`run=function(arguments) -> exit code`. Heavy imports belong inside that function.
"""
