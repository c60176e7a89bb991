"""Who may see and settle what services could not apply: the same in each that consumes, and in the list of all."""

from tests.security.rules import REFUSED, SHARED, Rule

ADMINS = "staff:super_admin"

RULES = {
    "GET /api/v1/admin/dead-letters": Rule(ADMINS, REFUSED),
    "GET /api/v1/admin/dead-letters/log": Rule(ADMINS, REFUSED),
    "GET /api/v1/admin/dead-letters/{service}": Rule(ADMINS, REFUSED, SHARED),
    "GET /api/v1/admin/dead-letters/{service}/log": Rule(ADMINS, REFUSED, SHARED),
    "GET /api/v1/admin/dead-letters/{service}/{letter_id}": Rule(ADMINS, REFUSED, SHARED),
    "POST /api/v1/admin/dead-letters/{service}/replay": Rule(ADMINS, REFUSED, SHARED),
    "POST /api/v1/admin/dead-letters/{service}/drop": Rule(ADMINS, REFUSED, SHARED),
}
