"""The configuration is text made from settings, and refuses settings that would change its meaning."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.edge import files
from deploy.edge.render import content_security_policy, render
from deploy.edge.settings import DirectoryStore, EdgeSettings, S3Store

SETTINGS = EdgeSettings(
    public_port=8080,
    gateway="127.0.0.1:8001",
    store=DirectoryStore(Path("/srv/a folder/store")),
    web_dist=Path("/srv/web"),
    run_dir=Path("/srv/run"),
    grant_secrets=("0123456789abcdef", "fedcba9876543210"),
)


def test_no_placeholder_is_left_and_both_keys_are_there() -> None:
    text = render(SETTINGS)

    assert "%{" not in text
    assert 'js_var $grant_secrets "0123456789abcdef fedcba9876543210";' in text
    assert 'root "/srv/a folder/store";' in text
    assert "listen 127.0.0.1:8080 " in text
    assert "load_module" not in text


def test_a_distribution_nginx_loads_njs_and_trusts_named_proxies() -> None:
    module = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
    text = render(replace(SETTINGS, njs_module=module, trusted_proxies=("10.0.0.0/8",), user="www-data"))

    assert f'load_module "{module}";' in text
    assert "set_real_ip_from 10.0.0.0/8;" in text
    assert "user www-data;" in text


def test_every_problem_that_the_edge_answers_with_itself_is_in_the_catalogue() -> None:
    """The web app has a sentence for every code of the catalogue, in every language."""
    codes = set(re.findall(r'"code":"(\w+)"', render(SETTINGS)))
    catalogue = (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text()
    assert {
        "address_too_long",
        "bad_request",
        "gateway_unreachable",
        "gateway_slow",
        "headers_too_large",
        "method_not_allowed",
        "too_large",
    } == codes
    assert [code for code in codes if f"| `{code}` |" not in catalogue] == []


def test_no_proxy_is_trusted_unless_named() -> None:
    assert "real_ip" not in render(SETTINGS)


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, grant_secrets=()),
        replace(SETTINGS, grant_secrets=("short",)),
        replace(SETTINGS, grant_secrets=('0123456789abcdef"; return 200; #',)),
        replace(SETTINGS, gateway="127.0.0.1:1; }"),
        replace(SETTINGS, web_dist=Path('/srv/"; autoindex on; #')),
        replace(SETTINGS, web_dist=Path("/srv/$document_root")),
        replace(SETTINGS, web_dist=Path("relative")),
        replace(SETTINGS, user="root; load_module /tmp/x.so"),
        replace(SETTINGS, trusted_proxies=("0.0.0.0/0;",)),
        replace(SETTINGS, media_origins=("https://cdn.example; script-src *",)),
        replace(SETTINGS, store=S3Store("ftp://x", "b"), cache_dir=Path("/c")),
        replace(SETTINGS, store=S3Store("http://x/path", "b"), cache_dir=Path("/c")),
        replace(SETTINGS, store=S3Store("http://x", "b", prefix="$host"), cache_dir=Path("/c")),
    ],
)
def test_what_would_change_the_configuration_is_refused(settings: EdgeSettings) -> None:
    with pytest.raises(ValueError, match=r"cannot be written|secret|must look like"):
        render(settings)


def test_media_may_come_from_named_origins_only() -> None:
    policy = content_security_policy(("https://edge2.example:8443",))

    assert "connect-src 'self' data: blob: https://edge2.example:8443" in policy
    assert "script-src 'self';" in policy


def test_the_file_with_the_keys_is_its_owners(tmp_path: Path) -> None:
    path = files.write(replace(SETTINGS, run_dir=tmp_path / "run", log_dir=tmp_path / "log"))

    assert path.stat().st_mode & 0o777 == 0o600
    assert files.write(replace(SETTINGS, run_dir=tmp_path / "run")) == path
