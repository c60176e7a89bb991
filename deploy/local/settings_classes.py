"""Finds the class of a service's settings in its package."""

import importlib

from libs.chassis.settings import ServiceSettings


def settings_class(package: str) -> type[ServiceSettings]:
    """The settings of a service, of which its package has one class."""
    module = importlib.import_module(f"{package}.settings")
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ServiceSettings) and value.__module__ == module.__name__
    )
    return found
