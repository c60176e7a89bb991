"""From an upload to a resumed play on another device, and everything on the way that must be refused."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.journeys.people import PASSWORD, Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.journey
JSON = dict[str, Any]


def get(url: str, **more: Any) -> httpx.Response:
    return httpx.get(url, timeout=15, trust_env=False, **more)


def test_a_film_goes_from_upload_to_a_resumed_play(bijou: Running, film: JSON, viewer: Viewer) -> None:
    eventually(lambda: viewer.call("GET", "/me")["subscription_status"] in ("trialing", "active"))
    home = viewer.call("GET", "/home")
    assert film["id"] in {item["title_id"] for row in home["rows"] for item in row["items"]}
    assert viewer.call("GET", f"/titles/{film['id']}")["playable_id"] == film["playable_id"]

    session = viewer.play(film["playable_id"])
    assert session["resume_at"] == 0
    assert [gate["ok"] for gate in session["decision"]["gates"]] == [True] * len(session["decision"]["gates"])
    for form in ("hls", "dash"):
        assert get(bijou.url + session["manifests"][form]).status_code == 200
    viewer.beat(session, 1, 4.0)
    renewed = viewer.beat(session, 2, 11.5)
    assert get(bijou.url + re.sub(r"^/media/[^/]+", renewed["grant"], session["manifests"]["hls"])).status_code == 200
    viewer.call("DELETE", f"/playback/sessions/{session['session_id']}", 204)

    tv = viewer.on_another_device("tv")

    # Each beat arrives by an event of its own: what is waited for is the last of them.
    def last_position_arrived() -> bool:
        items = tv.call("GET", "/me/continue-watching")["items"]
        return [(item["playable_id"], item["position"]) for item in items] == [(film["playable_id"], 11.5)]

    eventually(last_position_arrived)
    row = next(row for row in tv.call("GET", "/home")["rows"] if row["kind"] == "continue_watching")
    assert [(i["title_id"], round(i["progress"], 3)) for i in row["items"]] == [(film["id"], round(11.5 / 20, 3))]
    assert abs(tv.play(film["playable_id"])["resume_at"] - 11.5) <= 1
    tv.close()


def test_a_play_right_after_paying_is_admitted(bijou: Running, film: JSON) -> None:
    for _ in range(3):
        person = Viewer.register(bijou.url)
        person.subscribe()
        person.play(film["playable_id"])
        person.close()


def test_who_may_sign_in(bijou: Running) -> None:
    viewer = Viewer.register(bijou.url)
    anyone = httpx.Client(base_url=f"{bijou.url}/api/v1", timeout=15, trust_env=False)
    again = anyone.post("/auth/register", json={"email": viewer.email.upper(), "password": PASSWORD, "name": "Iris"})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    weak = anyone.post("/auth/register", json={"email": "b@example.org", "password": "password", "name": "B"})
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    not_mail = anyone.post("/auth/register", json={"email": "not mail", "password": PASSWORD, "name": "B"})
    assert not_mail.status_code == 422
    wrong = [
        anyone.post("/auth/login", json={"email": viewer.email, "password": "not this one"}),
        anyone.post("/auth/login", json={"email": f"{uuid4().hex}@example.org", "password": PASSWORD}),
    ]
    assert {answer.status_code for answer in wrong} == {401}
    assert wrong[0].json()["detail"] == wrong[1].json()["detail"]
    for token in ("nonsense", viewer.tokens["access_token"][:-4] + "AAAA"):
        assert anyone.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert anyone.get("/home").status_code == 401


def test_a_replayed_refresh_token_signs_everyone_of_the_family_out(bijou: Running) -> None:
    viewer = Viewer.register(bijou.url)
    first = viewer.tokens["refresh_token"]
    second = viewer.call("POST", "/auth/refresh", json={"refresh_token": first})
    third = viewer.call("POST", "/auth/refresh", json={"refresh_token": second["refresh_token"]})
    viewer.call("POST", "/auth/refresh", 401, json={"refresh_token": first})
    viewer.call("POST", "/auth/refresh", 401, json={"refresh_token": third["refresh_token"]})

    def refused() -> bool:
        answer = viewer.http.get("/me", headers={"Authorization": f"Bearer {third['access_token']}"})
        return answer.status_code == 401

    eventually(refused, 5)


def test_another_accounts_profile_is_not_there(bijou: Running, viewer: Viewer) -> None:
    other = Viewer.register(bijou.url)
    theirs = other.call("GET", "/me/profiles")["items"][0]["id"]
    viewer.call("POST", f"/me/profiles/{theirs}/select", 404, json={})
    viewer.call("PATCH", f"/me/profiles/{theirs}", 404, json={"name": "Mine"})
    viewer.call("DELETE", f"/me/profiles/{theirs}", 404)


def test_paying(bijou: Running, film: JSON) -> None:
    viewer = Viewer.register(bijou.url)
    refused = viewer.call("POST", "/playback/sessions", 403, json={"playable_id": film["playable_id"]})
    assert refused["code"] == "no_plan"
    assert next(gate for gate in refused["decision"]["gates"] if not gate["ok"])["gate"] == "plan"
    declined = viewer.subscribe(number="4000000000000002", expect=402)
    assert declined["code"] == "payment_declined"
    assert viewer.call("GET", "/me")["subscription_status"] == "none"

    body = {"plan_id": "basic-month", "payment_method_id": viewer.pay()}
    key = {"Idempotency-Key": uuid4().hex}
    first = viewer.call("POST", "/me/subscription", 201, json=body, headers=key)
    assert viewer.call("POST", "/me/subscription", 201, json=body, headers=key)["id"] == first["id"]
    other = viewer.call("POST", "/me/subscription", 422, json={**body, "plan_id": "premium-month"}, headers=key)
    assert other["code"] == "idempotency_key_reused"


def test_a_third_stream_is_told_who_holds_the_slots(
    bijou: Running, film: JSON, other_film: JSON, viewer: Viewer
) -> None:
    tv, phone = viewer.on_another_device("tv"), viewer.on_another_device("mobile")
    first, second = viewer.play(film["playable_id"]), tv.play(other_film["playable_id"])
    full = phone.play(film["playable_id"], 409)
    assert full["code"] == "streams_exceeded"
    assert {item["session_id"] for item in full["active"]} == {first["session_id"], second["session_id"]}
    taken = phone.http.post(full["takeover"]["href"].removeprefix("/api/v1"))
    assert taken.status_code == 201, taken.text
    assert phone.http.post(full["takeover"]["href"].removeprefix("/api/v1")).status_code in (404, 409, 410)
    lost = viewer.beat(first, 1, 3.0, expect=410)
    assert lost["code"] == "lease_lost"
    active = {item["session_id"] for item in phone.call("GET", "/playback/active")["items"]}
    assert active == {second["session_id"], taken.json()["session_id"]}
    stranger = Viewer.register(bijou.url)
    stranger.call("DELETE", f"/playback/active/{second['session_id']}", 404)


def test_what_may_not_be_shown_is_not_there(bijou: Running, staff: Staff, source: Path, viewer: Viewer) -> None:
    draft = staff.new_film("Not Yet")
    viewer.call("GET", f"/titles/{draft['id']}", 404)
    assert viewer.http.post("/playback/sessions", json={"playable_id": draft["playable_id"]}).status_code in (403, 404)
    refused = staff.call("POST", f"/admin/titles/{draft['id']}/publish", 409)
    assert refused["code"] == "not_playable"
    assert refused["missing"]
    viewer.call("POST", "/admin/titles", 403, json={"type": "movie", "name": "Mine"})


def test_a_film_for_one_country_stays_there(bijou: Running, staff: Staff, other_film: JSON, viewer: Viewer) -> None:
    title = staff.call("GET", f"/admin/titles/{other_film['id']}")
    changed = {"windows": [{"regions": ["FR"]}]}
    headers = {"If-Match": str(title["version"])}
    staff.call("PATCH", f"/admin/titles/{other_film['id']}", json=changed, headers=headers)

    def blocked() -> bool:
        answer = viewer.http.post("/playback/sessions", json={"playable_id": other_film["playable_id"]})
        if answer.status_code == 201:
            viewer.http.delete(f"/playback/sessions/{answer.json()['session_id']}")
        return answer.status_code == 403 and answer.json()["code"] == "not_in_region"

    try:
        eventually(blocked)
        viewer.call("GET", f"/titles/{other_film['id']}", 404)
        french = Viewer.register(bijou.url, country="FR")
        french.subscribe()
        french.play(other_film["playable_id"])
    finally:
        version = staff.call("GET", f"/admin/titles/{other_film['id']}")["version"]
        staff.call(
            "PATCH", f"/admin/titles/{other_film['id']}", json={"windows": []}, headers={"If-Match": str(version)}
        )
        eventually(lambda: not blocked())


def test_segments_open_to_their_own_grant_alone(bijou: Running, film: JSON, other_film: JSON, viewer: Viewer) -> None:
    session, other = viewer.play(film["playable_id"]), viewer.play(other_film["playable_id"])
    playlist = session["manifests"]["hls"]
    variant = re.findall(r"^(?!#)(\S+\.m3u8)$", get(bijou.url + playlist).text, re.M)[0]
    media = playlist.rsplit("/", 1)[0] + "/" + variant
    segment = media.rsplit("/", 1)[0] + "/" + re.findall(r"^(?!#)(\S+\.m4s)$", get(bijou.url + media).text, re.M)[0]
    assert len(get(bijou.url + segment).content) > 1000

    grant, rest = re.fullmatch(r"/media/([^/]+)/(.*)", segment).groups()  # type: ignore[union-attr]
    exp, asset, sid, height, mac = grant.split("~")
    theirs = re.match(r"/media/([^/]+)/", other["manifests"]["hls"]).group(1)  # type: ignore[union-attr]
    forged = {
        "none": f"/media/{rest}",
        "expired": f"/media/{int(time.time()) - 60}~{asset}~{sid}~{height}~{mac}/{rest}",
        "later": f"/media/{int(exp) + 3600}~{asset}~{sid}~{height}~{mac}/{rest}",
        "another title's": f"/media/{theirs}/{rest}",
        "another session's": f"/media/{exp}~{asset}~{uuid4()}~{height}~{mac}/{rest}",
        "a broken one": f"/media/{exp}~{asset}~{sid}~{height}~{'0' * 64}/{rest}",
        "raised": f"/media/{exp}~{asset}~{sid}~{int(height) * 2}~{mac}/{rest}",
        "without its height": f"/media/{exp}~{asset}~{sid}~{mac}/{rest}",
    }
    for name, path in forged.items():
        answer = get(bijou.url + path)
        assert (answer.status_code, len(answer.content)) == (403, 0), name


def test_a_text_file_named_mp4_ends_with_a_reason(staff: Staff, tmp_path: Path) -> None:
    film, file = staff.new_film("Only Words"), tmp_path / "words.mp4"
    file.write_text("This is not a film.\n" * 500)
    upload = staff.begin_upload(film["playable_id"], file)
    staff.send(upload, file)
    asset = staff.wait_for(staff.asset_of(upload), 60)
    assert asset["status"] == "failed"
    assert asset["error"]["code"] == "not_media"
    assert asset["error"]["detail"]
    staff.call("POST", f"/admin/titles/{film['id']}/publish", 409)


def test_an_upload_cut_and_resumed_is_byte_identical(bijou: Running, staff: Staff, source: Path) -> None:
    film = staff.new_film("In Pieces")
    upload = staff.begin_upload(film["playable_id"], source)
    size = source.stat().st_size
    sent = staff.send(upload, source, 0, size // 3)
    lying = staff.http.patch(
        upload,
        content=b"x",
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "7", "Content-Type": "application/offset+octet-stream"},
    )
    assert lying.status_code == 409
    known = staff.http.head(upload, headers={"Tus-Resumable": "1.0.0"})
    assert int(known.headers["Upload-Offset"]) == sent
    while sent < size:
        sent = staff.send(upload, source, sent, size // 4)
    staff.asset_of(upload)
    eventually(lambda: bijou.master(upload) == source.read_bytes())


def test_my_list(film: JSON, viewer: Viewer) -> None:
    viewer.call("POST", "/me/list", 201, json={"title_id": film["id"]})
    assert viewer.call("POST", "/me/list", 409, json={"title_id": film["id"]})["code"] == "already_in_list"
    assert viewer.call("GET", f"/titles/{film['id']}")["in_my_list"] is True
    viewer.http.delete(f"/me/list/{film['id']}")
    assert viewer.call("GET", f"/titles/{film['id']}")["in_my_list"] is False


def test_the_merged_api_describes_itself(bijou: Running) -> None:
    document = get(f"{bijou.url}/api/v1/openapi.json").json()
    for path in ("/api/v1/auth/register", "/api/v1/home", "/api/v1/playback/sessions", "/api/v1/admin/uploads"):
        assert path in document["paths"]
    open_to_all = {
        p for p, ops in document["paths"].items() for op in ops.values() if op.get("x-bijou-policy") == "public"
    }
    closed = [p for p in document["paths"] if p not in open_to_all and "{" not in p]
    for path in closed:
        assert get(bijou.url + path).status_code in (401, 405), path


def test_a_wrong_address_is_a_problem_document(bijou: Running, viewer: Viewer) -> None:
    assert get(f"{bijou.url}/api/v1/nowhere").json()["code"] == "unauthenticated"
    assert viewer.call("GET", "/nowhere", 404)["code"] == "not_found"


def test_no_log_holds_a_secret(bijou: Running) -> None:
    kept = json.loads((bijou.data / "secrets.json").read_text())
    secrets = {name: value for name, value in kept.items() if isinstance(value, str)}
    secrets |= {f"database {name}": value for name, value in kept["databases"].items()}
    secrets |= {name: kept[name]["password"] for name in ("admin", "demo")}
    logs = [*(bijou.data / "log").iterdir(), *(bijou.data / "edge" / "log").iterdir()]
    assert any(path.name == "launcher.log" for path in logs)
    for path in logs:
        text = path.read_text(errors="replace")
        assert [name for name, secret in secrets.items() if secret in text] == [], path.name
