"""Prints the names of scenecast.fury with their arguments and defaults, in the form of test/fury/fury-names.txt, for those on standard input,
or the sentence of the ImportError of a name that it does not have."""
import inspect
import json
import sys

import scenecast.fury


def arguments(function, is_method):
    parameters = list(inspect.signature(function).parameters.values())[int(is_method) :]
    return "(" + ", ".join(str(parameter.replace(annotation=inspect.Parameter.empty)) for parameter in parameters) + ")"


def describe(name):
    owner, _, member = name.partition(".")
    try:
        value = getattr(scenecast.fury, owner, None)
    except ImportError as error:
        return str(error)
    if value is None:
        return None
    if not member:
        return name + (arguments(value.__init__, True) if inspect.isclass(value) else arguments(value, False))
    member_value = getattr(value, member, None)
    if member_value is None:
        return None
    return name if isinstance(member_value, property) else name + arguments(member_value, True)


print(json.dumps([describe(name) for name in json.loads(sys.stdin.readline())]))
