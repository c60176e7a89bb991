"""Who may call what in events, said by hand beside the tests that hold it; see tests/security/authorization.py."""

from tests.security.rules import REFUSED, SHARED, Rule

RULES = {
    "POST /api/v1/events": Rule(
        "profile", "of a child only what runs the service is kept: tests/events/test_intake.py"
    ),
    "GET /api/v1/experiments/assignments": Rule(
        "profile", "a child is in no experiment: tests/events/test_experiments.py"
    ),
    "GET /api/v1/admin/flags": Rule("staff:content_manager,super_admin,support", REFUSED),
    "PUT /api/v1/admin/flags/{name}": Rule("staff:content_manager,super_admin", REFUSED, SHARED),
    "GET /api/v1/admin/experiments": Rule("staff:content_manager,super_admin,support", REFUSED),
    "PUT /api/v1/admin/experiments/{name}": Rule("staff:content_manager,super_admin", REFUSED, SHARED),
    "POST /api/v1/admin/experiments/{name}/start": Rule("staff:content_manager,super_admin", REFUSED, SHARED),
    "POST /api/v1/admin/experiments/{name}/stop": Rule("staff:content_manager,super_admin", REFUSED, SHARED),
    "GET /api/v1/admin/experiments/{name}/report": Rule("staff:content_manager,super_admin,support", REFUSED, SHARED),
    "GET /api/v1/admin/experiments/{name}/report.svg": Rule(
        "staff:content_manager,super_admin,support", REFUSED, SHARED
    ),
    "GET /api/v1/admin/analytics/live": Rule("staff:content_manager,super_admin,support", REFUSED),
    "GET /api/v1/admin/analytics/playback": Rule("staff:content_manager,super_admin,support", REFUSED),
}
