"""Wiring of the gateway."""

from fastapi import FastAPI

from gateway.api import router
from gateway.auth import Gate
from gateway.compose import Composer
from gateway.exposures import Exposures
from gateway.openapi import Published
from gateway.proxy import Proxy
from gateway.settings import GatewaySettings
from gateway.upstream import Services
from libs.chassis.components import Component
from libs.chassis.http import app
from libs.chassis.http.rate_limits import Limiter
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.flags import Flags
from libs.chassis.security.revocations import Revocations
from libs.chassis.security.tokens import Verifier


def create_app(settings: GatewaySettings, verifier: Verifier | None = None) -> FastAPI:
    """What the gateway answers itself; `verifier` replaces the keys fetched from identity."""
    verifier = verifier or Verifier(settings.jwks_url, cache_file=settings.jwks_cache)
    limiter = Limiter(settings.redis_url)
    services = Services(settings)
    revocations = Revocations()
    composer, flags, exposures = Composer(), Flags(), Exposures(services)
    components: list[Component] = [services, limiter, composer, exposures]
    if settings.kafka_bootstrap:
        bus = Bus.of(settings, service="gateway")
        components += [bus, flags.follow(bus)]
    return app.create(
        "gateway",
        settings,
        routers=[router],
        components=components,
        state={
            "services": services,
            "composer": composer,
            "flags": flags,
            "exposures": exposures,
            "published": Published(),
            "gate": Gate(settings, verifier, limiter, revocations),
        },
        verifier=verifier,
        revocations=revocations,
    )


def create_server(settings: GatewaySettings, verifier: Verifier | None = None) -> Proxy:
    """What listens: the proxy, before everything else, and behind it what the gateway answers itself."""
    answering = create_app(settings, verifier)
    return Proxy(answering, gate=answering.state.gate, services=answering.state.services, flags=answering.state.flags)


def main() -> None:
    app.serve(create_server, GatewaySettings, "gateway")


if __name__ == "__main__":
    main()
