"""Who may call what: every operation of the platform, declared here by hand and compared with what the code does.

A line says which policy the operation has, what a child's profile meets, and, where a path names something that belongs to
somebody, which test holds that others do not reach it.
"""

from importlib import import_module
from pathlib import Path

from tests.security.rules import (
    BY_ROWS,
    CONTENT,
    NOT_WHAT_OTHERS_WATCH,
    NOT_WHOSE,
    OWN_PROFILE,
    OWN_STREAM,
    REFUSED,
    SAME,
    SEES_LESS,
    SHARED,
    Rule,
)

PROFILES = "tests/identity/test_profiles.py::test_strangers_and_anonymous_reach_no_profile"
CARDS = "tests/billing/test_methods.py::test_strangers_and_anonymous_reach_no_card"
TAKEOVERS = "tests/playback/test_takeovers.py::test_overflow_says_who_and_a_takeover_works_once"
STREAMS = "tests/playback/test_heartbeat.py::test_somebody_elses_session"
DEVICES = "tests/identity/test_devices.py::test_devices_are_renamed_and_trusted_by_their_owner_only"

RULES: dict[str, Rule] = {
    "GET /.well-known/jwks.json": Rule("public"),
    "POST /api/v1/auth/register": Rule("public"),
    "POST /api/v1/auth/login": Rule("public"),
    "POST /api/v1/auth/refresh": Rule("public"),
    "POST /api/v1/auth/logout": Rule("account"),
    "GET /api/v1/me": Rule("account", NOT_WHOSE),
    "PATCH /api/v1/me": Rule("holder", REFUSED),
    "POST /api/v1/me/password": Rule("holder", REFUSED),
    "GET /api/v1/me/profiles": Rule("account"),
    "POST /api/v1/me/profiles": Rule("account", BY_ROWS),
    "PATCH /api/v1/me/profiles/{profile_id}": Rule("account", BY_ROWS, PROFILES),
    "DELETE /api/v1/me/profiles/{profile_id}": Rule("account", BY_ROWS, PROFILES),
    "POST /api/v1/me/profiles/{profile_id}/select": Rule("account", BY_ROWS, PROFILES),
    "GET /api/v1/me/devices": Rule("holder", REFUSED),
    "PATCH /api/v1/me/devices/{device_id}": Rule("holder", REFUSED, DEVICES),
    "DELETE /api/v1/me/devices/{device_id}": Rule("holder", REFUSED, DEVICES),
    "GET /api/v1/me/sessions": Rule("holder", REFUSED),
    "DELETE /api/v1/me/sessions/{session_id}": Rule(
        "account", BY_ROWS, "tests/identity/test_sessions.py::test_somebody_elses_session_is_not_found"
    ),
    "GET /api/v1/titles": Rule("profile", SEES_LESS),
    "GET /api/v1/titles/new": Rule("profile", SEES_LESS),
    "GET /api/v1/titles/top-rated": Rule("profile", SEES_LESS),
    "GET /api/v1/titles/cards": Rule("profile", SEES_LESS),
    "GET /api/v1/titles/{title_id}": Rule("profile", SEES_LESS, SHARED),
    "GET /api/v1/titles/{title_id}/seasons": Rule("profile", SEES_LESS, SHARED),
    "GET /api/v1/titles/{title_id}/seasons/{number}/episodes": Rule("profile", SEES_LESS, SHARED),
    "GET /api/v1/titles/{title_id}/similar": Rule("profile", SEES_LESS, SHARED),
    "GET /api/v1/genres": Rule("profile", SEES_LESS),
    "GET /api/v1/home": Rule("profile", SEES_LESS),
    "PUT /api/v1/titles/{title_id}/rating": Rule("profile", SEES_LESS, OWN_PROFILE),
    "DELETE /api/v1/titles/{title_id}/rating": Rule("profile", SEES_LESS, OWN_PROFILE),
    "POST /api/v1/admin/titles": Rule(CONTENT, REFUSED),
    "GET /api/v1/admin/titles": Rule(CONTENT, REFUSED),
    "GET /api/v1/admin/titles/{title_id}": Rule(CONTENT, REFUSED, SHARED),
    "PATCH /api/v1/admin/titles/{title_id}": Rule(CONTENT, REFUSED, SHARED),
    "GET /api/v1/admin/titles/{title_id}/audit": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/titles/{title_id}/publish": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/titles/{title_id}/unpublish": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/titles/{title_id}/archive": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/titles/{title_id}/restore": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/titles/{title_id}/seasons": Rule(CONTENT, REFUSED, SHARED),
    "PATCH /api/v1/admin/seasons/{season_id}": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/seasons/{season_id}/episodes": Rule(CONTENT, REFUSED, SHARED),
    "PATCH /api/v1/admin/episodes/{episode_id}": Rule(CONTENT, REFUSED, SHARED),
    "PUT /api/v1/admin/titles/{title_id}/artwork/{kind}": Rule(CONTENT, REFUSED, SHARED),
    "PUT /api/v1/admin/episodes/{episode_id}/still": Rule(CONTENT, REFUSED, SHARED),
    "GET /api/v1/admin/playables/{playable_id}/assets": Rule(CONTENT, REFUSED, SHARED),
    "PUT /api/v1/admin/playables/{playable_id}/asset": Rule(CONTENT, REFUSED, SHARED),
    "PATCH /api/v1/admin/playables/{playable_id}": Rule(CONTENT, REFUSED, SHARED),
    "GET /api/v1/admin/titles/{title_id}/trailers": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/titles/{title_id}/trailers": Rule(CONTENT, REFUSED, SHARED),
    "PUT /api/v1/admin/titles/{title_id}/trailers/order": Rule(CONTENT, REFUSED, SHARED),
    "PATCH /api/v1/admin/trailers/{trailer_id}": Rule(CONTENT, REFUSED, SHARED),
    "DELETE /api/v1/admin/trailers/{trailer_id}": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/uploads": Rule(CONTENT, REFUSED),
    "HEAD /api/v1/admin/uploads/{upload_id}": Rule(CONTENT, REFUSED, SHARED),
    "PATCH /api/v1/admin/uploads/{upload_id}": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/uploads/{upload_id}": Rule(CONTENT, REFUSED, SHARED),
    "GET /api/v1/admin/uploads/{upload_id}": Rule(CONTENT, REFUSED, SHARED),
    "DELETE /api/v1/admin/uploads/{upload_id}": Rule(CONTENT, REFUSED, SHARED),
    "GET /api/v1/admin/assets": Rule(CONTENT, REFUSED),
    "GET /api/v1/admin/assets/{asset_id}": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/assets/{asset_id}/cancel": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/assets/{asset_id}/retry": Rule(CONTENT, REFUSED, SHARED),
    "OPTIONS /api/v1/admin/uploads": Rule("public"),
    "POST /api/v1/playback/sessions": Rule("profile", NOT_WHAT_OTHERS_WATCH),
    "DELETE /api/v1/playback/sessions": Rule("profile"),
    "POST /api/v1/playback/sessions/{session_id}/heartbeat": Rule("account", SAME, STREAMS),
    "DELETE /api/v1/playback/sessions/{session_id}": Rule("account", OWN_STREAM, STREAMS),
    "POST /api/v1/playback/takeovers/{token}": Rule("profile", OWN_STREAM, TAKEOVERS),
    "GET /api/v1/playback/active": Rule("holder", REFUSED),
    "DELETE /api/v1/playback/active/{session_id}": Rule("holder", REFUSED, STREAMS),
    "GET /api/v1/me/progress/{playable_id}": Rule("profile", SEES_LESS, OWN_PROFILE),
    "PUT /api/v1/me/progress": Rule("profile", SEES_LESS),
    "GET /api/v1/me/continue-watching": Rule("profile", SEES_LESS),
    "DELETE /api/v1/me/continue-watching/{playable_id}": Rule("profile", SEES_LESS, OWN_PROFILE),
    "GET /api/v1/me/resume": Rule("profile", SEES_LESS),
    "GET /api/v1/me/resume/playables": Rule("profile", SEES_LESS),
    "GET /api/v1/me/history": Rule("profile", SEES_LESS),
    "DELETE /api/v1/me/history": Rule("profile", SEES_LESS),
    "GET /api/v1/me/tracks/{title_id}": Rule("profile", SEES_LESS, OWN_PROFILE),
    "PUT /api/v1/me/tracks/{title_id}": Rule("profile", SEES_LESS, OWN_PROFILE),
    "GET /api/v1/me/list": Rule("profile", SEES_LESS),
    "POST /api/v1/me/list": Rule("profile", SEES_LESS),
    "DELETE /api/v1/me/list": Rule("profile", SEES_LESS),
    "PUT /api/v1/me/list/order": Rule("profile", SEES_LESS),
    "GET /api/v1/me/list/contains": Rule("profile", SEES_LESS),
    "DELETE /api/v1/me/list/{title_id}": Rule("profile", SEES_LESS, OWN_PROFILE),
    "GET /api/v1/me/sync": Rule("profile", SEES_LESS),
    "GET /api/v1/plans": Rule("public"),
    "POST /api/v1/billing/sandbox/tokens": Rule("public"),
    "GET /api/v1/me/payment-methods": Rule("holder", REFUSED),
    "POST /api/v1/me/payment-methods": Rule("holder", REFUSED),
    "POST /api/v1/me/subscription": Rule("holder", REFUSED),
    "DELETE /api/v1/me/subscription": Rule("holder", REFUSED),
    "POST /api/v1/me/subscription/resume": Rule("holder", REFUSED),
    "GET /api/v1/me/invoices": Rule("holder", REFUSED),
    "DELETE /api/v1/me/payment-methods/{method_id}": Rule("holder", REFUSED, CARDS),
    "GET /api/v1/me/subscription": Rule("holder", REFUSED),
}

# A service may say its part beside its own tests.
for _path in sorted(Path(__file__).parents[1].glob("*/authorization.py")):
    if _path != Path(__file__):
        RULES |= import_module(f"tests.{_path.parent.name}.authorization").RULES
