"""Makes the secrets of an installation in containers, once, and shows them as files or as objects of Kubernetes.

`python3 -m deploy.secrets FOLDER` needs Python 3.11 or newer and openssl, and nothing that has to be installed. FOLDER then has
`secrets.json`, which is the installation's memory of them, and a file for each container and setting. What is there stays; what
the table names anew is added. With `--kubernetes` the same is printed as Secret objects, for `kubectl apply -f -`.

The addresses are those of compose and of the development overlay: there the host of a backend is called as the backend.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.containers import Deployable, deployables, told
from deploy.deployable import Backend, MailUrl, PrivateKey, Secret, Service, Share, Value
from deploy.topology import EDGE, OBJECTS, POSTGRES, SERVICES, VALKEY, database, owns_database, symbols
from libs.chassis.security.shares import share_of

MEMORY = "secrets.json"
SERVERS = (POSTGRES.name, VALKEY.name, "grafana")
# Who may do what in the bucket: everyone of ours, and the edge, which only reads.
BUCKET, KEEPER, READER = "bijou", "bijou", "edge"
# Shows what it is handed, and passes it on where it is told to.
MAILPIT, MAILPIT_PORT = "mailpit", 1025
ADMIN = "admin@bijou.local"

Memory = dict[str, Any]


class NotMade(Exception):
    """The secrets could not be made; what is there is as it was."""


def unmade() -> Memory:
    """What `remembered` would make, with nothing in it: for who wants to know which files there are."""
    return {
        "named": {each.name: "" for each in symbols(Secret)},
        "servers": dict.fromkeys(SERVERS, ""),
        "databases": {each.name: "" for each in SERVICES if owns_database(each)},
        "buckets": dict.fromkeys((KEEPER, READER), ""),
        "admin": {"password": ""},
        "keys": {each.name: "" for each in symbols(PrivateKey)},
    }


def remembered(folder: Path) -> Memory:
    """Return all that is secret, made where it is missing, and remember it. Raises NotMade."""
    path = folder / MEMORY
    try:
        known: Memory = json.loads(path.read_text()) if path.exists() else {}
    except ValueError as error:
        raise NotMade(f"{path}, which holds all secrets, cannot be read: {error}. Restore it from a copy.") from None
    made: Memory = {
        "named": {each.name: secrets.token_urlsafe(48) for each in symbols(Secret)},
        "servers": {name: secrets.token_urlsafe(32) for name in SERVERS},
        "databases": {each.name: secrets.token_urlsafe(32) for each in SERVICES if owns_database(each)},
        "buckets": {name: secrets.token_hex(20) for name in (KEEPER, READER)},
        "admin": {"password": secrets.token_urlsafe(15)},
        "keys": {},
    }
    whole = {kind: {**values, **known.get(kind, {})} for kind, values in made.items()}
    for key in symbols(PrivateKey):
        if key.name not in whole["keys"]:
            whole["keys"][key.name] = new_key()
    if whole != known:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        write(path, json.dumps(whole, indent=1) + "\n", 0o600)
    return whole


def new_key() -> str:
    """A new private key on the curve P-256, as PEM."""
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise NotMade("openssl, which makes the key that signs tokens, is not installed") from None


def content(value: Value | Backend, each: Deployable, memory: Memory) -> str:
    """What the file of a confidential setting holds."""
    match value:
        case Secret(name):
            return str(memory["named"][name])
        case Share(of, holder):
            return share_of(memory["named"][of], holder)
        case PrivateKey(name):
            return str(memory["keys"][name])
        case MailUrl():
            return f"smtp+plain://{MAILPIT}:{MAILPIT_PORT}"
        case Backend() if value is POSTGRES and isinstance(each, Service):
            name = str(database(each))
            return f"postgresql://{name}:{memory['databases'][name]}@{value.name}:{value.port}/{name}"
        case Backend() if value is VALKEY:
            return f"redis://:{memory['servers'][value.name]}@{value.name}:{value.port}/0"
        case Backend() if value is OBJECTS:
            who = READER if each is EDGE else KEEPER
            return f"[default]\naws_access_key_id = {who}\naws_secret_access_key = {memory['buckets'][who]}\n"
    raise NotMade(f"nobody knows what {value} is")


def files(memory: Memory) -> dict[str, dict[str, str]]:
    """Every file, by the container that reads it and its name."""
    found = {
        each.name: {name: content(value, each, memory) for name, value in told(each, "").files.items()}
        for each in deployables()
    }
    account = {"email": ADMIN, "password": memory["admin"]["password"], "name": "Admin", "roles": ["super_admin"]}
    found["seed"] = {**found["identity"], "BIJOU_SEED_ACCOUNTS": json.dumps([account])}
    found["postgres"] = {"password": memory["servers"][POSTGRES.name]}
    found["databases"] = {"password": memory["servers"][POSTGRES.name], **memory["databases"]}
    found["grafana"] = {"password": memory["servers"]["grafana"]}
    found["valkey"] = {"password": memory["servers"][VALKEY.name]}
    found["objects"] = {"s3.json": json.dumps(bucket_rights(memory), indent=1) + "\n"}
    return found


def bucket_rights(memory: Memory) -> dict[str, Any]:
    """Who may do what in the bucket, as SeaweedFS reads it."""
    rights = {KEEPER: ["Read", "Write", "List", "Tagging"], READER: ["Read"]}
    return {
        "identities": [
            {
                "name": name,
                "credentials": [{"accessKey": name, "secretKey": memory["buckets"][name]}],
                "actions": [f"{right}:{BUCKET}" for right in granted],
            }
            for name, granted in rights.items()
        ]
    }


def write(path: Path, text: str, mode: int) -> None:
    """Put a file in place whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.chmod(mode)
    fresh.replace(path)


def objects(made: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The same as Secret objects of Kubernetes."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "bijou"}},
            "type": "Opaque",
            "data": {file: base64.b64encode(text.encode()).decode() for file, text in held.items()},
        }
        for name, held in made.items()
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def main() -> None:
    """Make what is missing, and write or print it."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.secrets", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kubernetes", action="store_true", help="print Secret objects instead of writing files")
    given = parser.parse_args()
    try:
        made = files(remembered(given.folder))
    except (NotMade, OSError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    if given.kubernetes:
        print(json.dumps(objects(made), indent=1))  # noqa: T201
        return
    for container, held in made.items():
        for name, text in held.items():
            # Containers run as users of their own and must read them; nobody else comes past the folder above.
            write(given.folder / container / name, text, 0o444)
    print(f"{sum(map(len, made.values()))} files in {given.folder}; {ADMIN} signs in with the password in {MEMORY}")  # noqa: T201


if __name__ == "__main__":
    main()
