//go:build !(cgo && linux && (amd64 || arm64) && !noxla)

package backend

import (
	"context"
	"errors"
	"runtime"

	"github.com/gomlx/compute"
)

const (
	linked   = false
	unlinked = "this " + runtime.GOOS + "/" + runtime.GOARCH + " build has no XLA, which needs Linux and a C compiler"
)

func newXLA(plugin, string) (compute.Backend, error) { return nil, errors.New(unlinked) }

func installGoXLA(context.Context, string) error { return errors.New(unlinked) }
