"""Limits shared over TLS with a server that speaks nothing else."""

import pytest
import redis.exceptions

from libs.chassis.http.rate_limits import Limiter
from libs.chassis.problems import TooMany
from tests.secured.certificates import Authority
from tests.secured.servers import SecuredRedis


async def test_replicas_share_one_count(secured_redis: SecuredRedis, authority: Authority) -> None:
    replicas = [Limiter(f"{secured_redis.url}?ssl_ca_certs={authority.file}") for _ in range(2)]
    await replicas[0].check()
    await replicas[0].hit("login", "a", 1, 60)
    with pytest.raises(TooMany):
        await replicas[1].hit("login", "a", 1, 60)
    for replica in replicas:
        await replica.stop()


async def test_a_server_that_a_stranger_signed_is_not_believed(
    secured_redis: SecuredRedis, stranger: Authority
) -> None:
    for url in (f"{secured_redis.url}?ssl_ca_certs={stranger.file}", secured_redis.url):
        limiter = Limiter(url)
        with pytest.raises(redis.exceptions.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            await limiter.check()
        await limiter.stop()
