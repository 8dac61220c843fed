"""Loads the whole program, for the processes that are forked from one that has."""

import pkgutil
from importlib import import_module

import service

_OTHERS = ("spark", "__main__")
for module in pkgutil.walk_packages(service.__path__, "service."):
    if not module.name.endswith(_OTHERS):
        import_module(module.name)
