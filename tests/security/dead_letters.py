"""Who may see and settle what a service could not apply: the same in each that consumes."""

from tests.security.rules import REFUSED, SHARED, Rule

ADMINS = "staff:super_admin"
SERVICES = ("identity", "catalog", "playback", "watchstate", "billing", "search", "events", "recommendation")

RULES = {
    operation.replace("SERVICE", service): rule
    for service in SERVICES
    for operation, rule in {
        "GET /api/v1/admin/dead-letters/SERVICE": Rule(ADMINS, REFUSED),
        "GET /api/v1/admin/dead-letters/SERVICE/log": Rule(ADMINS, REFUSED),
        "GET /api/v1/admin/dead-letters/SERVICE/{letter_id}": Rule(ADMINS, REFUSED, SHARED),
        "POST /api/v1/admin/dead-letters/SERVICE/replay": Rule(ADMINS, REFUSED),
        "POST /api/v1/admin/dead-letters/SERVICE/drop": Rule(ADMINS, REFUSED),
    }.items()
}
