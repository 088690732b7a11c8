"""The rows of the fault matrix: a decorated function each, found by the name of the row."""
import importlib
import pkgutil
import re

ROWS = {}


class NotRun(Exception):
    """The row can't run here; the text says why."""


class Failure(Exception):
    """A condition does not hold; the text says which, and what was seen instead."""


class Row:
    def __init__(self, name, title, quick, body):
        self.name, self.title, self.quick, self.body = name, title, quick, body


def row(name, title, quick=False):
    """Registers `body(case)` as a row; quick ones are part of the selection without --all."""
    def register(body):
        if name in ROWS:
            raise ValueError("two rows are called %s" % name)
        ROWS[name] = Row(name, title, quick, body)
        return body
    return register


def load():
    """Imports every module of rows, and gives all rows in the order of the matrix."""
    package = importlib.import_module("faults")
    for module in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        if module.startswith("rows_"):
            importlib.import_module("faults." + module)

    def order(found):
        letter, number, rest = re.fullmatch(r"([A-Z]+)(\d+)(.*)", found.name).groups()
        return letter, int(number), rest
    return sorted(ROWS.values(), key=order)
