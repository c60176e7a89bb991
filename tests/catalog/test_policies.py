"""Who may call what: every route of the service, asked by those it is not for."""

from collections.abc import Collection, Iterator

from libs.chassis.ids import new_id
from services.catalog.main import create_app
from services.catalog.settings import Settings
from tests.catalog.conftest import Catalog

SOME_ID = "01900000-0000-7000-8000-000000000000"
SPEC = create_app(
    Settings(database_url="postgresql://nobody@127.0.0.1:9/none", object_store_url="file:///nowhere")
).openapi()


def routes(prefix: str, closed_to: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Operations with their paths filled in; none whose policy is open to one of some roles."""
    for path, operations in SPEC["paths"].items():
        for method, operation in operations.items():
            if any(role in operation["x-bijou-policy"] for role in closed_to):
                continue
            if path.startswith("/api/v1/admin") == (prefix == "admin"):
                filled = path.replace("{kind}", "poster").replace("{number}", "1").replace("{letter_id}", "1")
                while "{" in filled:
                    filled = filled[: filled.index("{")] + SOME_ID + filled[filled.index("}") + 1 :]
                yield method, filled + ("?ids=" if path.endswith("/cards") else "")


async def test_nobody_gets_in_without_signing_in(catalog: Catalog) -> None:
    for method, path in (*routes("admin"), *routes("viewers")):
        assert (await catalog.client.request(method, path)).status_code == 401, f"{method} {path}"


async def test_viewers_and_other_staff_do_not_edit(catalog: Catalog) -> None:
    everyone: list[list[str]] = [[], ["support"], ["user_manager", "moderator"]]
    for roles in everyone:
        headers = catalog.auth_headers(profile_id=new_id(), roles=roles)
        for method, path in routes("admin", closed_to=roles):
            answer = await catalog.client.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "role_required"), f"{method} {path}"


async def test_a_super_admin_may(catalog: Catalog) -> None:
    headers = catalog.auth_headers(roles=["super_admin"])
    assert (await catalog.client.get("/api/v1/admin/titles", headers=headers)).status_code == 200


async def test_browsing_needs_a_profile(catalog: Catalog) -> None:
    headers = catalog.auth_headers(profile_id=None)
    for method, path in routes("viewers"):
        answer = await catalog.client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "profile_required"), f"{method} {path}"
