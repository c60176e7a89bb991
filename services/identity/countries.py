"""The country somebody registers from: looked up by address where there is a database of addresses, else as they say."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import maxminddb

from libs.chassis import telemetry
from libs.chassis.countries import COUNTRIES

log = telemetry.logger(__name__)


class Countries:
    """Decides the country of a registration.

    With a database (MMDB, as GeoLite2-Country or DB-IP come) nobody's own claim counts, for rights and prices hang on it.
    """

    def __init__(self, database: Path | None, default: str) -> None:
        self._reader = maxminddb.open_database(str(database)) if database else None
        self._default = default

    def of(self, address: str, claimed: str | None) -> str:
        """Return an ISO 3166-1 alpha-2 code; the default for an address that the database does not know."""
        if self._reader is None:
            return claimed or self._default
        try:
            asked = ipaddress.ip_address(address)
            found: Any = self._reader.get(getattr(asked, "ipv4_mapped", None) or asked)
        except ValueError:  # no address at all, or IPv6 in a database of IPv4
            return self._default
        except maxminddb.InvalidDatabaseError as error:
            log.error("country_database_unreadable", reason=str(error))
            return self._default
        for kind in ("country", "registered_country"):
            entry = found.get(kind) if isinstance(found, dict) else None
            code = entry.get("iso_code") if isinstance(entry, dict) else None
            if isinstance(code, str) and code in COUNTRIES:
                return code
        return self._default
