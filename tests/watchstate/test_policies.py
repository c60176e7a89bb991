"""Who may call what: every route of the service, asked by those it is not for."""

import pytest

from libs.chassis.ids import new_id
from services.watchstate.main import create_app
from services.watchstate.settings import Settings
from tests.watchstate.conftest import Watch

SPEC = create_app(Settings(database_url="postgresql://nobody@127.0.0.1:9/none")).openapi()
# What staff may is held for all services at once, by tests/security.
ROUTES = [
    (method, path)
    for path, operations in SPEC["paths"].items()
    if not path.startswith("/api/v1/admin/")
    for method in operations
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_only_a_profile_gets_in(watch: Watch, method: str, path: str) -> None:
    while "{" in path:
        path = path[: path.index("{")] + str(new_id()) + path[path.index("}") + 1 :]
    assert (await watch.client.request(method, path)).status_code == 401
    account_only = watch.auth_headers(profile_id=None)
    answer = await watch.client.request(method, path, headers=account_only)
    assert (answer.status_code, answer.json()["code"]) == (403, "profile_required")
