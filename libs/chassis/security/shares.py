"""One secret, a share of it for each who is told: no share tells another one, or the secret."""

import hmac


def share_of(secret: str, holder: str) -> str:
    """Return what `holder` is told of `secret`: its HMAC-SHA256 over the holder's name, in hex."""
    return hmac.new(secret.encode(), f"bijou~share~{holder}".encode(), "sha256").hexdigest()
