"""Who may call what of catalog: its part of `tests/security/authorization.py`."""

from tests.security.rules import CONTENT, REFUSED, SAME, SEES_LESS, SHARED, Rule

MODERATION = "staff:moderator,super_admin"
NO_KIDS = SEES_LESS + ", and no reviews: tests/catalog/test_reviews.py::test_children_neither_read_nor_write_them"
OTHERS = "tests/catalog/test_reviews.py::test_nobody_changes_what_somebody_else_wrote"

RULES: dict[str, Rule] = {
    "GET /api/v1/titles/{title_id}/reviews": Rule("profile", NO_KIDS, SHARED),
    "POST /api/v1/titles/{title_id}/reviews": Rule("profile", NO_KIDS, SHARED),
    "PUT /api/v1/reviews/{review_id}": Rule("profile", NO_KIDS, OTHERS),
    "DELETE /api/v1/reviews/{review_id}": Rule("profile", SAME, OTHERS),
    "PUT /api/v1/reviews/{review_id}/vote": Rule("profile", NO_KIDS, SHARED),
    "POST /api/v1/reviews/{review_id}/report": Rule("profile", NO_KIDS, SHARED),
    "GET /api/v1/titles/by-slug/{slug}": Rule("profile", SEES_LESS, SHARED),
    "GET /api/v1/collections": Rule("profile", SEES_LESS),
    "GET /api/v1/collections/{collection_id}": Rule("profile", SEES_LESS, SHARED),
    "GET /api/v1/admin/collections": Rule(CONTENT, REFUSED),
    "POST /api/v1/admin/collections": Rule(CONTENT, REFUSED),
    "GET /api/v1/admin/collections/{collection_id}": Rule(CONTENT, REFUSED, SHARED),
    "PUT /api/v1/admin/collections/{collection_id}": Rule(CONTENT, REFUSED, SHARED),
    "DELETE /api/v1/admin/collections/{collection_id}": Rule(CONTENT, REFUSED, SHARED),
    "GET /api/v1/admin/collections/{collection_id}/audit": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/collections/{collection_id}/restore": Rule(CONTENT, REFUSED, SHARED),
    "POST /api/v1/admin/people/{person_id}/restore": Rule(CONTENT, REFUSED, SHARED),
    "GET /api/v1/admin/reviews": Rule(MODERATION, REFUSED),
    "POST /api/v1/admin/reviews/{review_id}/decision": Rule(MODERATION, REFUSED, SHARED),
}
