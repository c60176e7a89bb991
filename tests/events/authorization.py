"""Who may call what in events, said by hand beside the tests that hold it; see tests/security/authorization.py."""

from tests.security.rules import REFUSED, Rule

RULES = {
    "POST /api/v1/events": Rule(
        "profile", "of a child only what runs the service is kept: tests/events/test_intake.py"
    ),
    "GET /api/v1/admin/analytics/live": Rule("staff:content_manager,super_admin,support", REFUSED),
    "GET /api/v1/admin/analytics/playback": Rule("staff:content_manager,super_admin,support", REFUSED),
}
