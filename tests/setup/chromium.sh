#!/bin/sh
# Makes sure that a Chromium is there for the browser tests: the system's, else Debian's where we may install it, else
# Playwright's own. Usage: chromium.sh PYTHON
set -eu
python=$1

for name in chromium chromium-browser google-chrome; do
	command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo 'installing Chromium …'
	if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1; then
		exit 0
	fi
fi
"$python" -m playwright install chromium >/dev/null
