"""What the bodies of identity are made of, and who their examples are about."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from libs.chassis import countries, faults, text
from services.identity.domain import PASSWORD_MAX

Name = Annotated[str, text.name(60)]
Password = Annotated[str, text.password(PASSWORD_MAX)]
EmailText = Annotated[str, text.token(320, shortest=0)]
Token = Annotated[str, text.token(256)]
Avatar = Annotated[str, text.token(200, shortest=0)]
Code = Annotated[str, text.token(32)]
Pin = Annotated[str, faults.form(r"^[0-9]{4}$", "must be four digits")]
EnteredPin = Annotated[str, text.token(16, shortest=0)]
Country = Annotated[
    str,
    countries.WRITTEN,
    AfterValidator(countries.known),
]
Language = Annotated[
    str, faults.form(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "must be the tag of a language, as en or pt-BR (BCP 47)", 35)
]
Maturity = Annotated[Literal[0, 7, 12, 16, 18], Field(description="Nothing for above this age.")]
DeviceType = Literal["web", "mobile", "tablet", "tv", "console", "other"]
SubscriptionStatus = Literal["trialing", "active", "past_due", "canceled", "none"]

# Who the examples are about.
EMAIL = "iris@example.org"
PASSWORD = "three quiet otters"
ACCOUNT = "01993b7e-5c1d-7a42-9d3e-8f2b6c4a1e70"
PROFILE = "01993b7e-5c22-7b19-8a6f-3c5d7e9f1b24"
DEVICE = "01993b7e-5c20-7f03-b1c8-6d4e2a9c7f58"
SESSION = "01993b7e-5c1f-7d66-8e05-1a2b3c4d5e6f"
ACCESS = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiIwMTk5M2I3ZSJ9.MEUCIQDx"
REFRESH = "r1.9QmJ2bXo3cV7dLw0yT5sKfHn8uE4aGzR"
LINK = "Zk3Wv7yQmB1nXc8tRf5hJ2pLs9dGa4eUo6iKq0xYwTM"
