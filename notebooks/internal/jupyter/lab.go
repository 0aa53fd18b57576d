package jupyter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// Lab runs JupyterLab on page, a path relative to the module's root with slashes, until ctx ends
// or JupyterLab does. It opens a browser if there is a screen, and prints the address. args are
// options of JupyterLab's.
func (e *Env) Lab(ctx context.Context, page string, args ...string) error {
	runtimeDir, err := os.MkdirTemp("", "gptbook-jupyter")
	if err != nil {
		return err
	}
	defer os.RemoveAll(runtimeDir)
	options := []string{"-m", "jupyterlab",
		"--ServerApp.root_dir=" + e.Root,
		"--LabApp.default_url=/lab/tree/" + page,
		"--ServerApp.log_level=WARN",
		"--MultiKernelManager.default_kernel_name=gonb",
	}
	if !hasScreen() {
		options = append(options, "--no-browser")
	}
	if os.Geteuid() == 0 {
		options = append(options, "--allow-root")
	}
	cmd, err := e.command(append(options, args...)...)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "JUPYTER_RUNTIME_DIR="+runtimeDir)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		announce(ctx, runtimeDir, page, done)
	}()
	defer endWith(ctx, cmd, 15*time.Second)()
	err = cmd.Wait()
	close(done)
	if ctx.Err() != nil || err == nil {
		return nil
	}
	return fmt.Errorf("JupyterLab ended: %w\n%s", err, tail(log.Bytes(), 2000))
}

func tail(text []byte, n int) []byte { return text[max(0, len(text)-n):] }

// hasScreen tells whether a browser can be opened.
func hasScreen() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// announce waits for the server to note where it listens and prints the address.
func announce(ctx context.Context, runtimeDir, page string, done <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-done:
			return
		case <-time.After(50 * time.Millisecond):
		}
		if at := address(os.DirFS(runtimeDir), page); at != "" {
			fmt.Printf("The course is open at\n\n    %s\n\nCtrl-C ends it.\n", at)
			return
		}
	}
}

// address returns where a server shows page, or "" if it has not noted that in its folder yet.
func address(runtimeDir fs.FS, page string) string {
	notes, _ := fs.Glob(runtimeDir, "jpserver-*.json")
	for _, note := range notes {
		var server struct{ URL, Token string }
		data, err := fs.ReadFile(runtimeDir, note)
		if err == nil && json.Unmarshal(data, &server) == nil && server.URL != "" { // Else not written to its end yet.
			return fmt.Sprintf("%slab/tree/%s?token=%s", server.URL, page, server.Token)
		}
	}
	return ""
}
