"""Where an update may be sent. Pure: the caller resolves names and gives the addresses."""

import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

IPAddress = IPv4Address | IPv6Address

_HOST = re.compile(r"[a-z0-9._\-]+|[0-9a-f:.]+", re.IGNORECASE)
#: NAT64 (RFC 6052): the last 32 bits are the IPv4 address that is reached.
_NAT64 = IPv6Network("64:ff9b::/96")
#: What Python takes for global and no store is at: protocol assignments (with a metadata service),
#: a cloud's own host, IPv4 inside old forms of IPv6, local NAT64, site-local.
_RESERVED = tuple(
    ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
        *("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10"),
    )
)
#: The forms in which a system still takes an IPv4 address: 127.1, 0x7f000001, 2130706433.
_OLD_IPV4 = re.compile(r"((0x[0-9a-f]+|[0-9]+)(\.|$)){1,4}", re.IGNORECASE)


def refusal(url: str, addresses: Iterable[str] | None, *, allow_private: bool) -> str | None:
    """Why nothing may be sent to ``url``, in Portuguese; None if it may.

    ``addresses`` are those that the host resolves to, or None before it was resolved. One refused
    address refuses the host: whoever answers for its name could choose.
    """
    return _url_refusal(url, allow_private=allow_private) or _first_refusal(
        addresses or (), allow_private=allow_private
    )


def _url_refusal(url: str, *, allow_private: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "O endereço de destino não é válido."
    if parts.scheme == "http" and not allow_private:
        return (
            "O endereço de destino precisa ser https: o envio leva credenciais e dados da nota. "
            "Para uma loja de testes em rede própria, http só com ALLOW_PRIVATE_DESTINATIONS=on."
        )
    if parts.scheme not in {"http", "https"}:
        return f"O endereço de destino começa com “{parts.scheme}:” em vez de https:."
    if parts.username is not None or parts.password is not None:
        return "O endereço de destino não pode levar usuário e senha."
    host = _as_looked_up(host or "")
    if not _HOST.fullmatch(host):
        return "O endereço de destino não tem um servidor válido."
    return _first_refusal(_literal(host), allow_private=allow_private)


def _literal(host: str) -> list[str]:
    """The address that a host says by itself, without a lookup; none for any other name."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
        return ["127.0.0.1"]
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))] if _OLD_IPV4.fullmatch(host) else []
    except OSError:
        return []


def _as_looked_up(host: str) -> str:
    """As a resolver is asked for it: full-width digits are digits (NFKC), an accent is punycode.
    Empty if nobody could look it up."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""


def _first_refusal(addresses: Iterable[str], *, allow_private: bool) -> str | None:
    for address in addresses:
        if not _allowed(_reached(ip_address(address)), allow_private=allow_private):
            return (
                f"O destino {address} é um endereço interno, reservado ou de metadados; "
                "o envio só é feito para endereços públicos."
            )
    return None


def _reached(ip: IPAddress) -> IPAddress:
    """The address that is reached in the end: IPv4 may hide inside IPv6."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    return ip.ipv4_mapped or ip.sixtofour or ip


def _allowed(ip: IPAddress, *, allow_private: bool) -> bool:
    # Cloud metadata services live on link-local addresses; no store does, whatever the setting.
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return allow_private or (ip.is_global and not any(ip in network for network in _RESERVED))
