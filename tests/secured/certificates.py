"""An authority of a test's own, and what it signs, as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization


@dataclass(frozen=True)
class Certificate:
    """A certificate with its chain, and its key in PKCS 8, which every server here reads."""

    file: Path
    key: Path


class Authority:
    """Signs for one test; `file` is what a client is told to trust."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._ca = trustme.CA()
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def server(self, *names: str, into: Path | None = None) -> Certificate:
        """A certificate for these names or addresses."""
        return self._write(into or self._folder, names[0], self._ca.issue_cert(*names))

    def client(self, name: str) -> Certificate:
        """A certificate that says who a client is."""
        return self._write(self._folder, name, self._ca.issue_cert(f"{name}.test", common_name=name))

    def _write(self, folder: Path, name: str, signed: trustme.LeafCert) -> Certificate:
        made = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
        made.file.write_bytes(b"".join(blob.bytes() for blob in signed.cert_chain_pems))
        key = serialization.load_pem_private_key(signed.private_key_pem.bytes(), None)
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        made.key.chmod(0o600)
        return made
