//go:build cgo && linux && (amd64 || arm64) && !noxla

package backend

import (
	"context"
	"io"
	"runtime"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/installer"
	"github.com/gomlx/go-xla/pjrt"
	"k8s.io/klog/v2"

	"gptbook/internal/command"
)

// go-xla is C++ behind cgo, so it is linked only where there is a C compiler. Only Linux: on macOS
// a plugin that is loaded at run time crashes when it compiles (go-xla's own notes say so), and
// Windows needs a C compiler that few have.
const (
	linked   = true
	unlinked = ""
)

// newXLA loads p. The absolute path makes go-xla load that file and look for no other.
func newXLA(p plugin, options string) (compute.Backend, error) {
	config := p.path
	if p.kind != "cpu" && p.kind != "plugin" {
		config += ",noshared_buffers" // go-xla would share host memory with any path that says "cpu"
	}
	if options != "" {
		config += "," + options
	}
	// What goes wrong comes back as an error; go-xla would print it too.
	defer klog.CaptureState().Restore()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	return xla.New(config)
}

// Limits on go-xla's installer, which knows neither contexts nor time-outs.
const (
	lookupLimit  = 10 * time.Second
	installLimit = 10 * time.Minute
)

// installGoXLA runs go-xla's own installer for every device of the machine. Where its source cannot be reached the
// first, short question already fails. A late installer harms nobody: it renames finished files into place.
func installGoXLA(ctx context.Context, _ string) error {
	err := command.Bounded(ctx, lookupLimit, func() error {
		_, err := installer.CPUGetDownloadURL(runtime.GOOS+"_"+runtime.GOARCH, pjrt.DefaultCPUVersion)
		return err
	})
	if err != nil {
		return err
	}
	return command.Bounded(ctx, installLimit, func() error { return installer.AutoInstall("", true, installer.Normal) })
}
