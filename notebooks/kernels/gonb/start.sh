#!/bin/sh
# Starts the Go kernel of this module with the gonb, goimports and packages that go.mod pins;
# without an argument it only fetches and builds them, so that the first cell does not wait, and prints where the kernel is.
# To have this kernel in another Jupyter, start that with JUPYTER_PATH=<repository>/notebooks.
root=$(cd "$(dirname "$0")/../../.." && pwd) || exit 1
bin=$root/.bin
mkdir -p "$bin" 2>/dev/null && [ -w "$bin" ] || bin=${XDG_CACHE_HOME:-$HOME/.cache}/gptbook/bin

# A sixth of the speed of pure Go without it; Go 1.27 cannot build it.
case $(go env GOVERSION)-$(go env GOARCH) in
go1.26*-amd64) export GOEXPERIMENT=simd ;;
esac

if ! [ "$bin/gonb" -nt "$root/go.mod" ] || ! [ "$bin/goimports" -nt "$root/go.mod" ]; then
	# Offline, GoNB's `go get` wants every test dependency and the go.mod of every module that any of them names.
	[ $# -gt 0 ] || echo "Building the kernel and the packages of the course (once, a minute or two)" >&2
	cd "$root" && mkdir -p "$bin" && GOBIN=$bin go install tool && go list -deps -test ./... >/dev/null && go mod graph >/dev/null || exit 1
	[ $# -gt 0 ] || go build ./... || : # A chapter that does not compile is the chapter's problem.
fi
[ $# -gt 0 ] || { echo "$bin/gonb"; exit 0; }

# GoNB runs `go get` before every cell, which would leave the versions of go.mod: GOPROXY. Without
# debug information cells link four times as fast: GOFLAGS. XLA maps its memory anew in every
# step: GLIBC_TUNABLES makes the pages huge and keeps them.
GOFLAGS="-ldflags=-w $(go env GOFLAGS)"
export GOFLAGS GOPROXY=off GLIBC_TUNABLES="glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184:glibc.malloc.arena_max=1${GLIBC_TUNABLES:+:$GLIBC_TUNABLES}" PATH="$bin:$PATH"
exec gonb --kernel "$1" -go_work="$root" -logtostderr=false -stderrthreshold=FATAL -log_file=/dev/null
