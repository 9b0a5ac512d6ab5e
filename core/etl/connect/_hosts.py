"""Which hosts a source may be read from: those the server's settings list, at public addresses.

A host listed with its port may also be a machine of the own network, and may speak without TLS:
whoever runs the server has said so. Nothing a user types and nothing a server answers can add one.
"""

import ipaddress
import socket
from collections.abc import Callable

from core.errors import RegistryError
from core.settings import read_settings

Resolver = Callable[[str, int], list[str]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_MOST_NAME = 253


class HostRefused(RegistryError):
    """The address of a source is not one that this server may talk to."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raises HostRefused when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HostRefused("The host “{host}” has no address. Check its name.", host=host) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_explicit(host: str, port: int) -> bool:
    """Say whether the settings list this host together with this very port."""
    return f"{_plain(host)}:{port}" in read_settings().source_hosts


def check_host(host: str, port: int, usual_port: int, resolver: Resolver = resolve) -> list[str]:
    """Return the addresses to connect to; raises HostRefused before anything is sent.

    A host listed without a port is allowed at its kind's usual port alone. Every address is
    checked, and the caller connects to one of these and to nothing else: a name that is answered
    differently a moment later gains nothing.
    """
    name, listed = _plain(host), read_settings().source_hosts
    explicit = f"{name}:{port}" in listed
    if not explicit and (name not in listed or port != usual_port):
        raise HostRefused(
            "The host “{host}:{port}” is not among those this server may import from. Ask who "
            "runs the server to add it to CASELOAD_SOURCE_HOSTS.",
            host=host,
            port=port,
        )
    addresses = resolver(name, port)
    for address in addresses:
        _check_address(name, ipaddress.ip_address(address.partition("%")[0]), explicit)
    return addresses


def _plain(host: str) -> str:
    name = host.lower().rstrip(".").strip("[]")
    if not name or len(name) > _MOST_NAME or any(mark in name for mark in "/\\@?#% \t\r\n\0"):
        raise HostRefused("The name of the host is not a valid one. Check it.")
    return name


def _check_address(
    host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, explicit: bool
) -> None:
    address = _unwrap(address)
    # Cloud machines hand out their credentials at a link-local address: never, whatever is listed.
    never = address.is_link_local or address.is_multicast or address.is_unspecified
    if never or not (explicit or address.is_global):
        raise HostRefused(
            "The host “{host}” stands at an address inside a private network. Only a host "
            "listed with its port in CASELOAD_SOURCE_HOSTS may do so.",
            host=host,
        )


def _unwrap(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 one carries inside, where it carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
