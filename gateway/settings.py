"""Every environment variable of the gateway."""

from pydantic import Field, field_validator

from libs.chassis.settings import ServiceSettings

PRIVATE_NETWORKS = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


class GatewaySettings(ServiceSettings):
    """`services` maps a service's name to its base URL, as JSON.

    Limits are requests per minute; deadlines are seconds. `read_timeout` and its like end a silence, of the service or of who
    sends a body; a read is short, what takes bytes of films is patient. `edge_networks` are where X-Real-IP may come from: a
    caller from anywhere else is its own address.
    """

    services: dict[str, str] = {}
    edge_networks: tuple[str, ...] = PRIVATE_NETWORKS
    limit_address: int = Field(1200, ge=1)
    limit_account: int = Field(3000, ge=1)
    limit_sign_in: int = Field(30, ge=1)
    # Identity counts the guesses, and lets a device that it knows pass: here is only the most that one address may keep it busy.
    limit_login: int = Field(1200, ge=1)
    # Forged tokens that are checked: of one address, and in the name of a sign-in that has brought a good one.
    limit_forged: int = Field(3000, ge=1)
    limit_forged_sign_in: int = Field(60, ge=1)
    limit_playing: int = Field(600, ge=1)
    # Refresh tokens cannot be guessed; a campus behind one address renews thousands in a quarter of an hour.
    limit_refresh: int = Field(3000, ge=1)
    connect_timeout: float = Field(1.0, gt=0)
    read_timeout: float = Field(8.0, gt=0)
    write_timeout: float = Field(20.0, gt=0)
    upload_timeout: float = Field(120.0, gt=0)
    row_deadline: float = Field(0.8, gt=0)
    catalog_fresh: float = Field(1.0, ge=0)

    @field_validator("services")
    @classmethod
    def base_urls(cls, value: dict[str, str]) -> dict[str, str]:
        """Base URLs without a path."""
        for name, url in value.items():
            if not url.startswith(("http://", "https://")) or url.rstrip("/").count("/") != 2:
                raise ValueError(f"{name}: {url!r} is not a base URL like http://127.0.0.1:8002")
        return {name: url.rstrip("/") for name, url in value.items()}
