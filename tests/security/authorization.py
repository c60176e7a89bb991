"""Who may call what: every operation of the platform, declared here by hand and compared with what the code does.

A line says which policy the operation has, what a child's profile meets, and, where a path names something that belongs to
somebody, which test holds that others do not reach it.
"""

from typing import NamedTuple

CONTENT = "staff:content_manager,super_admin"

# What a child's profile (limited, or kids) meets.
SAME = "the same as a grown-up"
REFUSED = "403 by the policy"
BY_ROWS = "refused by what the rows say of its reach"
NOT_WHAT_OTHERS_WATCH = "not what others watch: tests/playback/test_heartbeat.py::test_a_child_takes_nobodys_place_over"
OWN_STREAM = "ends its own streams alone: test_a_child_stops_its_own_stream_and_nobody_elses"
SEES_LESS = "only what its age limit shows"
NOT_WHOSE = "not whose it is: tests/identity/test_accounts.py::test_a_child_does_not_learn_whose_account_it_is"


class Rule(NamedTuple):
    policy: str
    child: str = SAME
    proof: str | None = None  # of a path with an id: the test that others do not reach what it names


# Ids that belong to nobody: titles, episodes, uploads of the staff.
SHARED = "what it names is everybody's"
OWN_PROFILE = "kept by the caller's profile, whatever id is asked for"

PROFILES = "tests/identity/test_profiles.py::test_strangers_and_anonymous_reach_no_profile"
CARDS = "tests/billing/test_methods.py::test_strangers_and_anonymous_reach_no_card"
TAKEOVERS = "tests/playback/test_start.py::test_overflow_says_who_and_a_takeover_works_once"
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
