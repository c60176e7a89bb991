"""A title's page: the app with the head that the gateway gives, and the app alone where it gives none."""

import pytest

from tests.edge import nginx, upstream

HEAD = '<title>Nine &amp; One · Bijou</title>\n<script type="application/ld+json">{"name": "$& $1 \\u003c/script"}</script>'
FIRST = "01993a0271b47c589e2d4f6a8b0c2d13"
PERSON = "01993a20-4b6f-7f12-8e5d-3c9a7b1e6d48"
SHELL = (
    '<!doctype html><html><head><meta charset="utf-8" /><meta name="description" content="A cinema." />'
    "<title>Bijou</title></head><body>app</body></html>"
)


@pytest.fixture
def shell(edge: nginx.Edge) -> None:
    (edge.settings.web_dist / "index.html").write_text(SHELL)


def test_a_title_has_its_head_in_the_apps_page(edge: nginx.Edge, api: upstream.Upstream, shell: None) -> None:
    api.objects["/api/v1/pages/title/nine-one"] = HEAD.encode()
    answer = edge.get("/title/nine-one?from=mail", headers={"If-None-Match": '"1"', "Range": "bytes=0-1"})
    assert answer.status == 200
    page = answer.body.decode()
    assert page == (f'<!doctype html><html><head><meta charset="utf-8" />{HEAD}</head><body>app</body></html>'), (
        "as it was given, and in the place of the app's own"
    )
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == edge.get("/").headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    head = edge.get("/title/nine-one", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert edge.get("/title/nine-one", method="POST").status == 405


@pytest.mark.parametrize(
    ("page", "absent"),
    [
        (f"/person/{PERSON}", f"/person/{PERSON[:-1]}9"),
        (f"/collection/{PERSON}", f"/collection/{PERSON[:-1]}9"),
        ("/genre/sci-fi", "/genre/none"),
        ("/genre/%D0%B4%D1%80%D0%B0%D0%BC%D0%B0", "/genre/%E6%98%A0%E7%94%BB"),
    ],
)
def test_people_genres_and_collections_have_heads_too(
    edge: nginx.Edge, api: upstream.Upstream, shell: None, page: str, absent: str
) -> None:
    api.objects[f"/api/v1/pages{page}"] = HEAD.encode()
    answer = edge.get(page)
    assert answer.status == 200 and HEAD in answer.body.decode()
    assert edge.get(absent).status == 404


def test_a_head_is_asked_for_in_the_language_of_the_link_or_the_browser(
    edge: nginx.Edge, api: upstream.Upstream, shell: None
) -> None:
    api.objects["/api/v1/pages/title/nine?lang=de-AT"] = HEAD.encode()
    answer = edge.get("/title/nine?lang=de-AT&from=mail", headers={"Accept-Language": "fr"})
    assert answer.status == 200 and HEAD in answer.body.decode()
    assert answer.headers["vary"] == "Accept-Language"
    assert api.seen[-1].headers["accept-language"] == "fr"
    edge.get("/title/nine?lang=%22de")
    assert api.seen[-1].path == "/api/v1/pages/title/nine"


def test_what_is_no_title_of_the_public_is_the_plain_app_and_404(edge: nginx.Edge, shell: None) -> None:
    answer = edge.get("/title/hidden")
    assert (answer.status, answer.body.decode()) == (404, SHELL)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_slug_of_before_leads_to_the_one_of_now(edge: nginx.Edge, api: upstream.Upstream) -> None:
    api.moved["/api/v1/pages/title/old-name"] = "/title/new-name"
    answer = edge.get("/title/old-name")
    assert (answer.status, answer.headers["location"]) == (301, "/title/new-name")


def test_while_the_gateway_is_down_the_page_is_the_app(lonely: nginx.Edge) -> None:
    answer = lonely.get("/title/nine-one")
    assert answer.status == 200 and b"<title>Bijou</title>" in answer.body
    assert lonely.get("/sitemap.xml").status == 502


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/robots.txt", "/api/v1/pages/robots.txt"),
        ("/sitemap.xml?x=1", "/api/v1/pages/sitemap.xml"),
        (f"/sitemap-titles-{FIRST}.xml?x=1", f"/api/v1/pages/sitemaps/titles/{FIRST}"),
        (f"/sitemap-people-{FIRST}.xml", f"/api/v1/pages/sitemaps/people/{FIRST}"),
        (f"/sitemap-genres-{FIRST}.xml", f"/api/v1/pages/sitemaps/genres/{FIRST}"),
    ],
)
def test_what_crawlers_ask_for_comes_from_the_gateway(
    edge: nginx.Edge, api: upstream.Upstream, path: str, asked: str
) -> None:
    api.objects[asked] = b"for crawlers"
    assert edge.get(path).body == b"for crawlers"


@pytest.mark.parametrize("path", ["/_head/title/nine-one", "/title/..%2f..%2fetc", "/title/%3Cscript%3E"])
def test_no_other_address_leads_there(edge: nginx.Edge, api: upstream.Upstream, path: str) -> None:
    api.seen.clear()
    answer = edge.get(path)
    assert not [seen.path for seen in api.seen]
    assert b"ld+json" not in answer.body


@pytest.mark.parametrize(
    ("page", "present"),
    [
        ("/title/nine-one/", "/title/nine-one"),
        ("/genre/sci-fi//", "/genre/sci-fi"),
        (f"/person/{PERSON}/", f"/person/{PERSON}"),
    ],
)
def test_an_address_with_a_slash_at_its_end_leads_to_the_one_without(edge: nginx.Edge, page: str, present: str) -> None:
    answer = edge.get(page)
    assert (answer.status, answer.headers["location"]) == (301, present)
    assert edge.get(f"{page}?from=mail").headers["location"] == f"{present}?from=mail"
