"""Who may ask the lake for what, said by hand beside the tests that hold it; see tests/security/authorization.py."""

from tests.security.rules import REFUSED, Rule

RULES = {
    "GET /api/v1/admin/analytics/data-quality": Rule("staff:content_manager,super_admin,support", REFUSED),
}
