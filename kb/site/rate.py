"""How much one visitor may ask: a bucket each, which fills steadily. Nothing is kept of anyone but a number."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

#: Requests that a bucket gains each second, and holds. A reader takes two for a page; a crawler is slowed down.
EACH_SECOND, MOST = 10, 200
#: What a request for tables, SQL or a check costs.
HEAVY = 5
#: Visitors remembered; the one longest unseen is forgotten first.
VISITORS = 10_000


@lru_cache(1024)
def network(address: str) -> str | None:
    """Who a visitor is: an IPv4 address, or the network that an IPv6 host can choose its address from.

    None for this machine itself, which is not limited: a proxy says for whom it asks
    (X-Forwarded-For, which uvicorn reads from this machine only).
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if ip.is_loopback:
        return None
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


class Rate:
    """For each visitor the time at which the bucket is full again, which says all about it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.clock = clock
        self.full: OrderedDict[str, float] = OrderedDict()

    def wait(self, scope: dict, heavy: bool) -> int:
        """Seconds to wait, 0 if the request may pass, which is then counted."""
        client = scope.get("client")
        visitor = network(client[0]) if client else None
        if visitor is None:
            return 0
        now, room = self.clock(), MOST / EACH_SECOND
        full = max(self.full.get(visitor, now), now) + (HEAVY if heavy else 1) / EACH_SECOND
        if full - now > room + 1e-6:
            return math.ceil(full - now - room)
        self.full[visitor] = full
        self.full.move_to_end(visitor)
        if len(self.full) > VISITORS:
            self.full.popitem(last=False)
        return 0
