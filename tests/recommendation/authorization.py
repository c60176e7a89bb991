"""Who may call what in recommendation, said by hand beside the tests that hold it; see tests/security/authorization.py."""

from tests.security.rules import OWN_PROFILE, SEES_LESS, SHARED, Rule

RULES = {
    "GET /api/v1/recommendations/home": Rule("profile", SEES_LESS),
    "GET /api/v1/recommendations/starters": Rule("profile", SEES_LESS),
    "GET /api/v1/recommendations/titles/{title_id}/similar": Rule("profile", SEES_LESS, SHARED),
    "GET /api/v1/recommendations/titles/{title_id}/why": Rule("profile", SEES_LESS, OWN_PROFILE),
    "GET /api/v1/me/taste": Rule("profile", "nothing is learned of it"),
    "DELETE /api/v1/me/taste": Rule("profile"),
    "PUT /api/v1/me/taste/titles/{title_id}": Rule("profile", SEES_LESS, OWN_PROFILE),
    "DELETE /api/v1/me/taste/titles/{title_id}": Rule("profile", "its own", OWN_PROFILE),
}
