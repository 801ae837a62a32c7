"""`localhost` and every name below it is this machine, as RFC 6761 has it.

Also where the system's resolver does not know such names: APIs, functions' URLs and buckets have them on the
platform.
"""

import socket

ADDRESSES = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def _is_local(host):
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    return isinstance(host, str) and f".{host.lower().rstrip('.')}".endswith(".localhost")


def resolve():
    """Has socket.getaddrinfo, which connections by name ask, answer of such names itself."""
    ask = socket.getaddrinfo

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        if not _is_local(host):
            return ask(host, port, family, type, proto, flags)
        families = [family] if family in ADDRESSES else list(ADDRESSES)
        return [
            found for each in families for found in ask(ADDRESSES[each], port, each, type, proto, flags)
        ]

    socket.getaddrinfo = getaddrinfo
