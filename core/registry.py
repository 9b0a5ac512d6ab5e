"""Find the parts that extend the registry: one file in a package is one extension."""

from importlib import import_module
from pkgutil import iter_modules

from core.errors import RegistryError


class BrokenExtension(RegistryError):
    """A file of an extensible package does not declare what its package promises."""


def discover(package: str, attribute: str) -> dict[str, object]:
    """Import each module of `package` and return what it calls `attribute`, by its `key`.

    Modules whose name starts with an underscore are inner parts and are left out. Raises
    BrokenExtension for a module without the attribute and for a key that occurs twice.
    """
    found: dict[str, object] = {}
    for module in iter_modules(import_module(package).__path__):
        if module.name.startswith("_"):
            continue
        extension = getattr(import_module(f"{package}.{module.name}"), attribute, None)
        key = getattr(extension, "key", None)
        if not isinstance(key, str):
            raise BrokenExtension(
                "{package}.{module} must define {attribute} with a key.",
                package=package,
                module=module.name,
                attribute=attribute,
            )
        if key in found:
            raise BrokenExtension(
                "Two modules of {package} use the key “{key}”; rename one.",
                package=package,
                key=key,
            )
        found[key] = extension
    return found
