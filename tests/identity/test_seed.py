"""The accounts an installation begins with."""

from collections.abc import Awaitable, Callable

from services.identity.seed import SeedAccount, SeedSettings, seed
from tests.identity.conftest import Identity


def settings(url: str, *accounts: SeedAccount) -> SeedSettings:
    return SeedSettings(database_url=url, seed_accounts=list(accounts))


async def test_seeding_twice_makes_the_accounts_once(identity: Identity) -> None:
    admin = SeedAccount.model_validate(
        {"email": "admin@bijou.local", "password": "generated-4711-words", "name": "Admin", "roles": ["super_admin"]}
    )
    demo = SeedAccount.model_validate({"email": "demo@bijou.local", "password": "generated-4712-words", "name": "Demo"})
    assert await seed(settings(identity.url, admin, demo)) == 2
    assert await seed(settings(identity.url, admin, demo)) == 0
    assert len(await identity.events("account.changed")) == 2
    login = {"email": "Admin@Bijou.local", "password": "generated-4711-words"}
    answer = await identity.call("POST", "/auth/login", json=login)
    assert answer.json()["account"]["roles"] == ["super_admin"]
    assert answer.json()["profile_id"]


async def test_seeding_adds_missing_roles_and_keeps_the_password(
    identity: Identity, database: Callable[[str], Awaitable[str]]
) -> None:
    body = await identity.register(email="admin@bijou.local")
    await identity.rows("UPDATE accounts SET email_verified = true")
    wanted = SeedAccount.model_validate(
        {"email": body["email"], "password": "another long one", "name": "Admin", "roles": ["support", "moderator"]}
    )
    assert await seed(settings(identity.url, wanted)) == 0
    me = (await identity.call("GET", "/me", body["access_token"])).json()
    assert me["roles"] == ["moderator", "support"]
    assert (await identity.events("account.changed"))[-1]["roles"] == ["moderator", "support"]


async def test_who_registered_the_address_of_staff_before_them_gets_no_role_by_it(identity: Identity) -> None:
    thief = await identity.register(email="admin@bijou.local")
    admin, demo = (
        SeedAccount.model_validate(
            {"email": f"{name}@bijou.local", "password": "another long one", "name": "Ada", "roles": ["super_admin"]}
        )
        for name in ("admin", "second")
    )
    assert await seed(settings(identity.url, admin, demo)) == 1, "the others are made all the same"
    assert (await identity.call("GET", "/me", thief["access_token"])).json()["roles"] == []
    refreshed = await identity.call("POST", "/auth/refresh", json={"refresh_token": thief["refresh_token"]})
    assert (await identity.call("GET", "/admin/users", refreshed.json()["access_token"])).status_code == 403
