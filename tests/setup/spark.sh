#!/bin/sh
# Fetches Spark (430 MB, from PyPI) and its jars (from Maven) for `make test-spark`, outside the environment that everybody installs.
# The versions belong together: iceberg-spark-runtime-4.1 is for Spark 4.1, on Java 17 or newer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
place=${BIJOU_SPARK:-${XDG_CACHE_HOME:-$HOME/.cache}/bijou/spark}

command -v java >/dev/null 2>&1 || { echo 'Spark needs Java 17 or newer: no java on this machine.'; exit 1; }
if [ ! -d "$place/python/pyspark" ]; then
	echo 'fetching Spark …'
	"$here/../../.venv/bin/uv" pip install --quiet --require-hashes --target "$place/python" -r "$here/../../pipelines/analytics/spark.lock"
fi
if [ ! -e "$place/jars/.complete" ]; then
	command -v mvn >/dev/null 2>&1 || { echo 'The jars of Spark come by Maven: no mvn on this machine.'; exit 1; }
	mvn -q -B -f "$here/spark.xml" dependency:copy-dependencies -DexcludeTransitive=true -DoutputDirectory="$place/jars"
	touch "$place/jars/.complete"
fi
