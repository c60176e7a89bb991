"""The country of a registration: from the address where a database is configured, and never free text."""

from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from pydantic import ValidationError

from services.identity.countries import Countries
from services.identity.settings import Settings
from tests.identity.conftest import PASSWORD, Start

TRUSTED = {"X-Bijou-Gateway": "the-gateway-of-this-test"}


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    """A database of addresses such as MaxMind and DB-IP publish, with four networks in it."""
    writer = MMDBWriter(6, "Test-Country", languages=["en"], ipv4_compatible=True)
    writer.insert_network(IPSet(["192.0.2.0/24"]), {"country": {"iso_code": "DE"}})
    writer.insert_network(IPSet(["2001:db8::/32"]), {"country": {"iso_code": "JP"}})
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"registered_country": {"iso_code": "PT"}})
    writer.insert_network(IPSet(["203.0.113.0/24"]), {"country": {"iso_code": "A1"}, "traits": {}})
    file = tmp_path / "countries.mmdb"
    writer.to_db_file(str(file))
    return file


@pytest.mark.parametrize(
    ("address", "country"),
    [("192.0.2.7", "DE"), ("2001:db8::1", "JP"), ("198.51.100.1", "PT"), ("203.0.113.9", "GB"), ("127.0.0.1", "GB"),
     ("10.0.0.1", "GB"), ("", "GB"), ("testclient", "GB"), ("::ffff:192.0.2.7", "DE")],
)  # fmt: skip
def test_the_address_decides_and_a_claim_counts_for_nothing(addresses: Path, address: str, country: str) -> None:
    countries = Countries(addresses, "GB")
    assert countries.of(address, "FR") == countries.of(address, None) == country


def test_without_a_database_a_claim_is_taken_and_the_default_else() -> None:
    countries = Countries(None, "GB")
    assert (countries.of("192.0.2.7", "FR"), countries.of("192.0.2.7", None)) == ("FR", "GB")


@pytest.mark.parametrize("country", ["XX", "ZZ", "AA", "EU", "UK", "us", "USA", "", "U", 7, "D\u0000"])
async def test_what_is_no_country_is_refused(start: Start, country: object) -> None:
    identity = await start()
    body = {"email": "ada@example.com", "password": PASSWORD, "name": "Ada", "country": country}
    answer = await identity.call("POST", "/auth/register", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_registration_gets_the_country_of_its_address(start: Start, addresses: Path) -> None:
    identity = await start(country_database=addresses, gateway_secret=TRUSTED["X-Bijou-Gateway"])
    for headers, country in (
        ({**TRUSTED, "X-Real-IP": "192.0.2.7"}, "DE"),
        ({"X-Real-IP": "192.0.2.7"}, "US"),  # not from the gateway: anyone could say so
    ):
        body = {"email": f"{country}@example.com", "password": PASSWORD, "name": "Ada", "country": "FR"}
        answer = await identity.client.post("/api/v1/auth/register", json=body, headers=headers)
        assert answer.json()["account"]["country"] == country


def test_a_default_that_is_no_country_does_not_start() -> None:
    with pytest.raises(ValidationError, match="default_country"):
        Settings(default_country="XX")
