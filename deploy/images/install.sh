#!/bin/sh
# install.sh NAME FOLDER: installs the packages of NAME.txt, which lies beside it, into FOLDER, at the versions and hashes of
# requirements.lock in the working directory. uv comes from the same lock.
set -eu
here=$(dirname "$0")
chosen=$(mktemp)
trap 'rm -f "$chosen"' EXIT

# choose FILE: the lines of the lock that belong to the names in FILE
choose() {
	awk 'FNR == NR { wanted[$1]; next } /^[^ #]/ { split($1, at, /[[=]/); keep = at[1] in wanted } keep' "$1" requirements.lock
}

if ! command -v uv >/dev/null 2>&1; then
	echo uv | choose - >"$chosen"
	python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes -r "$chosen"
fi
choose "$here/$1.txt" >"$chosen"
uv pip install --quiet --python python --no-deps --require-hashes --target "$2" -r "$chosen"
