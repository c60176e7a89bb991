"""Logs and metrics: structured lines on standard error, Prometheus metrics in one registry."""

from __future__ import annotations

import logging
import sys
from typing import Any, cast

import structlog
from prometheus_client import Counter, Gauge, Histogram

# Shared by every service: what was asked, how it ended, how long it took.
REQUESTS = Counter("bijou_http_requests_total", "HTTP requests", ["method", "route", "status"])
SECONDS = Histogram("bijou_http_request_seconds", "Time to the last byte", ["method", "route"])
OUTBOX_PUBLISHED = Counter("bijou_outbox_published_total", "Events published", ["topic"])
OUTBOX_PENDING = Gauge("bijou_outbox_pending", "Events committed and not yet published")
CONSUMED = Counter("bijou_events_consumed_total", "Events applied", ["group", "type"])
TIDIED = Counter("bijou_rows_tidied_total", "Rows deleted because their time was up", ["table"])
DEAD_LETTERS = Counter("bijou_dead_letters_total", "Events put aside", ["group", "type"])


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger; first argument an event name in snake_case, the rest as keywords."""
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(name))


def configure(service: str, level: str = "info", fmt: str = "json") -> None:
    """Send every log line of this process to standard error as JSON (or text), library logs included."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if fmt == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        # First of all, so that a line nobody wants to see costs nothing more.
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[*shared, lambda _logger, _name, event: {"service": service, **event}],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These say at INFO what our own lines say better.
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn.access", "uvicorn.error", "botocore", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own).handlers[:] = []
        logging.getLogger(own).propagate = True
