"""Turns EdgeSettings into the text of an nginx configuration: pure, so that it is tested without nginx."""

import hashlib
import re
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from deploy.edge.settings import DirectoryStore, EdgeSettings, S3Store

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
# Stored objects never run: an SVG or a caption with a script in it opens as an inert picture or text.
_INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# The microphone is for searching by voice; the browser asks its owner first.
_PERMISSIONS = "camera=(), microphone=(self), geolocation=(), payment=(), usb=(), interest-cohort=()"


# Name servers of engines give ten minutes to addresses that change with each new container.
ASKED_AGAIN = "10s"

# What the app has pages for, as its router names them (`web/src/app/router.tsx`); titles, people, genres and collections have
# locations of their own.
PLACES = (
    "account(?:/security)?",
    "browse",
    "forgot",
    "home",
    "my-list",
    "pick",
    "plans(?:/[^/]+)?",
    "profiles",
    "register",
    "reset",
    "search",
    "sign-in",
    "staff/(?:data-quality|experiments(?:/[^/]+)?|flags|live|moderation|search-gaps)",
    "verify",
    "watch/[0-9A-Fa-f-]{36}",
)
_RUN_FILES = ("pid", "body", "proxy", "fastcgi", "uwsgi", "scgi")


class CannotBeWritten(ValueError):
    """A value holds what nginx would read as syntax."""


class _Template(Template):
    """nginx owns the dollar, so placeholders are `%{name}`."""

    delimiter = "%"


def render(settings: EdgeSettings) -> str:
    """The whole nginx configuration. It holds the grant's keys: keep it readable by its owner only.

    Raises CannotBeWritten for a value that nginx would read as syntax, ValueError for other wrong ones.
    """
    headers = _headers(_api_headers())
    return _fill(
        "nginx.conf",
        modules=f"load_module {_quoted(settings.njs_module)};" if settings.njs_module else "",
        user=f"user {_word(settings.user, ' ')};" if settings.user else "",
        workers=_word(settings.workers),
        **{name: _quoted(settings.run_dir / name) for name in _RUN_FILES},
        error_log=_quoted(settings.log_dir / "edge.error.log") if settings.log_dir else "stderr",
        error_level="warn",
        access_log=_access_log(settings),
        grant_js=_quoted(HERE / "grant.js"),
        pages_js=_quoted(HERE / "pages.js"),
        mime_types=_quoted(TEMPLATES / "mime.types"),
        secrets=" ".join(_secret(s) for s in _at_least_one(settings.grant_secrets)),
        keys=hashlib.sha256(" ".join(settings.grant_secrets).encode()).hexdigest()[:8],
        real_ip=_real_ip(settings.trusted_proxies),
        gateway=_server("gateway", _word(settings.gateway, ":[]"), settings.resolver),
        store_http=_store_http(settings),
        listen=_word(f"{settings.host}:{settings.public_port}", ":[]*"),
        media_headers=_headers(_media_headers("$media_caching")),
        image_headers=_headers(_media_headers("$image_caching")),
        api_headers=headers,
        web_headers=_headers(_COMMON),
        worker_headers=_headers(_worker_headers()),
        page_headers=_headers(_page_headers(settings.media_origins)),
        media=_fill(
            "media.conf",
            headers=_headers(_media_headers("$media_caching")),
            location=_store_location(settings, "media", "$media_path", "30d"),
        ),
        learning=_learning(settings),
        images_location=_store_location(settings, "images", "$image_path", "5m"),
        gateway_location=_fill(
            "gateway_location.conf",
            headers=headers,
            request_buffering="on",
            read_timeout="75s",
            unreachable="gateway_unreachable",
            slow="gateway_slow",
        ),
        # A page waits for its head no longer than a reader would notice.
        head_location=_fill(
            "gateway_location.conf",
            headers=headers,
            request_buffering="on",
            read_timeout="2s",
            unreachable="gateway_unreachable",
            slow="gateway_slow",
        ),
        upload_location=_fill(
            "gateway_location.conf",
            headers=headers,
            request_buffering="off",
            read_timeout="150s",
            unreachable="uploads_wait",
            slow="uploads_wait",
        ),
        places="|".join(PLACES),
        web_dist=_quoted(settings.web_dist),
    )


def content_security_policy(media_origins: tuple[str, ...] = ()) -> str:
    """For the web app: Shaka plays from `blob:` and works in a `blob:` worker; everything else is our own origin."""
    elsewhere = "".join(f" {_word(origin, ':/')}" for origin in media_origins)
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob:{elsewhere}",
            f"media-src 'self' blob:{elsewhere}",
            "worker-src 'self' blob:",
            f"connect-src 'self' data: blob:{elsewhere}",
            "font-src 'self' data:",
            "manifest-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _media_headers(caching: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
        "Access-Control-Allow-Headers": "Range, If-None-Match, If-Modified-Since, CMCD-Request, CMCD-Object, "
        "CMCD-Status, CMCD-Session",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, Date, ETag",
        "Access-Control-Max-Age": "86400",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Timing-Allow-Origin": "*",
        "Content-Security-Policy": _INERT,
        "Cache-Control": caching,
        "Allow": "$allowed",
        "X-Content-Type-Options": "nosniff",
    }


def _api_headers() -> dict[str, str]:
    return {**_COMMON, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


def _page_headers(media_origins: tuple[str, ...]) -> dict[str, str]:
    return {
        **_COMMON,
        "Content-Security-Policy": content_security_policy(media_origins),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": _PERMISSIONS,
        "X-Frame-Options": "DENY",
    }


def _worker_headers() -> dict[str, str]:
    policy = "default-src 'none'; script-src 'self'; connect-src 'self'"
    return {**_COMMON, "Content-Security-Policy": policy}


def _headers(headers: dict[str, str]) -> str:
    return "\n".join(f'add_header {name} "{value}" always;' for name, value in headers.items())


def _access_log(settings: EdgeSettings) -> str:
    file = settings.access_log_file or (settings.log_dir and settings.log_dir / "edge.access.log")
    if not settings.access_log or file is None:
        return "off"
    return f"{_quoted(file)} json buffer=32k flush=1s"


def _real_ip(networks: tuple[str, ...]) -> str:
    if not networks:
        return ""
    trusted = [f"set_real_ip_from {_word(network, ':/')};" for network in networks]
    return "\n".join([*trusted, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;"])


def _learning(settings: EdgeSettings) -> str:
    """How the edge learns which sessions have ended; nothing where it was not told whom to ask."""
    if settings.playback is None:
        return ""
    resolver = f"resolver {_word(settings.resolver, ':[]')};" if settings.resolver else ""
    return _fill("learning.conf", playback=_word(settings.playback, ":[]"), resolver=resolver)


def _store_http(settings: EdgeSettings) -> str:
    store = settings.store
    if isinstance(store, DirectoryStore):
        return ""
    if settings.cache_dir is None:
        raise ValueError("an edge in front of a bucket needs a cache_dir")
    _, host, server = _endpoint(store)
    return _fill(
        "s3_http.conf",
        key_id=_word(store.key_id or "", "/+="),
        secret=_word(store.secret or "", "/+="),
        region=_word(store.region),
        host=host,
        server=_server("store", server, settings.resolver),
        cache_dir=_quoted(settings.cache_dir),
        cache_size=_word(store.cache_size),
    )


def _server(upstream: str, address: str, resolver: str | None) -> str:
    """Who is behind an upstream. A name is asked for again and again where it is known whom to ask (nginx 1.27.3 or newer)."""
    host = address.rpartition(":")[0]
    if resolver is None or host == "localhost" or re.fullmatch(r"[0-9.]+|\[.*\]", host):
        return f"server {address} max_fails=0;"
    asked = f"resolver {_word(resolver, ':[]')} valid={ASKED_AGAIN};"
    return "\n".join((f"zone {upstream}_addresses 256k;", asked, f"server {address} resolve max_fails=0;"))


def _store_location(settings: EdgeSettings, folder: str, variable: str, kept: str) -> str:
    """Where objects of a folder come from; those of a bucket are `kept` here for so long before it is asked again."""
    store = settings.store
    if isinstance(store, DirectoryStore):
        directory = _quoted(store.path)
        return _fill("directory_location.conf", directory=directory, folder=folder, variable=variable)
    scheme, host, _server = _endpoint(store)
    signed = {
        "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
        "X-Amz-Date": "$origin_date",
        "Authorization": "$origin_authorization",
    }
    trust = [
        "proxy_ssl_server_name on;",
        f"proxy_ssl_name {host.rsplit(':', 1)[0]};",
        "proxy_ssl_verify on;",
        "proxy_ssl_verify_depth 4;",
        f"proxy_ssl_trusted_certificate {_quoted(store.ca_file)};",
    ]
    return _fill(
        "s3_location.conf",
        base="/" + "/".join(part for part in (_word(store.bucket), _word(store.prefix, "/").strip("/")) if part),
        folder=folder,
        variable=variable,
        kept=kept,
        authorization="\n".join(f"proxy_set_header {k} {v};" for k, v in signed.items() if store.key_id),
        trust="\n".join(trust if scheme == "https" else []),
        scheme=scheme,
    )


def _endpoint(store: S3Store) -> tuple[str, str, str]:
    """(scheme, the Host header, host:port to connect to)."""
    url = urlsplit(store.endpoint)
    if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/"):
        raise ValueError(f"the store's endpoint must look like https://host or http://host:port, not {store.endpoint}")
    port = url.port or (443 if url.scheme == "https" else 80)
    host = _word(url.netloc.rpartition("@")[2], ":")
    return url.scheme, host, _word(store.address, ":") or f"{_word(url.hostname)}:{port}"


def _fill(name: str, **values: str) -> str:
    """A template with its values; a value of several lines keeps the indentation of its placeholder."""
    lines = []
    for line in (TEMPLATES / name).read_text(encoding="utf-8").splitlines():
        only = re.fullmatch(r"( *)%\{(\w+)\}", line)
        if only:
            lines += [only[1] + part if part else "" for part in values[only[2]].splitlines()]
        else:
            lines.append(_Template(line).substitute(values))
    return "\n".join(lines) + "\n"


def _word(value: object, also: str = "") -> str:
    """The value, when it holds nothing that nginx would read as syntax."""
    text = str(value)
    if not re.fullmatch(f"[A-Za-z0-9_.{re.escape(also)}-]*", text):
        raise CannotBeWritten(f"{text!r} cannot be written into the edge's configuration")
    return text


def _quoted(path: Path | None) -> str:
    text = str(path)
    if not text.startswith("/") or re.search(r'["\\$\x00-\x1f]', text):
        raise CannotBeWritten(
            f"The path {text!r} cannot be written into the edge's configuration: choose one without \" \\ and $."
        )
    return f'"{text}"'


def _secret(secret: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.=+/-]{16,}", secret):
        raise ValueError("a grant secret needs at least 16 characters of A-Z a-z 0-9 _ . = + / -")
    return secret


def _at_least_one(secrets: tuple[str, ...]) -> tuple[str, ...]:
    if not secrets:
        raise ValueError("the edge needs at least one grant secret")
    return secrets
