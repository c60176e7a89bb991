"""Who may call what in search, said by hand beside the tests that hold it; see tests/security/authorization.py."""

from tests.security.rules import CONTENT, REFUSED, SEES_LESS, Rule

RECENTS = "tests/search/test_recents.py::test_recent_searches_are_the_profiles_own"

RULES = {
    "GET /api/v1/search": Rule("profile", SEES_LESS),
    "GET /api/v1/search/suggest": Rule("profile", SEES_LESS),
    "GET /api/v1/search/trending": Rule("profile", SEES_LESS),
    "POST /api/v1/search/discover": Rule("profile", SEES_LESS),
    "POST /api/v1/search/clicks": Rule("profile"),
    "GET /api/v1/search/recent": Rule("profile", "an empty list: nothing is kept of it"),
    "DELETE /api/v1/search/recent": Rule("profile"),
    "DELETE /api/v1/search/recent/{recent_id}": Rule("profile", "its own, and nothing is kept", RECENTS),
    "GET /api/v1/admin/analytics/search-gaps": Rule(CONTENT, REFUSED),
}
