// Package jupyter makes and drives the course's own Jupyter: a Python environment with the
// packages of a lock file, the kernel of this module, JupyterLab, and runs without a browser.
//
// Start with [New].
package jupyter

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"gptbook/internal/atomic"
)

// Env is a Python environment with Jupyter, and the kernel of the module at Root.
type Env struct {
	Root      string // of the module
	Lock      string // requirements file with hashes
	dir       string // of the environment
	goVersion string // of the kernel, known when it is prepared
}

// New returns the environment of the module at root; [Env.Prepare] makes it. It lies in
// root/.venv or, if root cannot be written to, in the user's cache.
func New(root, lock string) (*Env, error) {
	e := &Env{Root: root, Lock: lock, dir: filepath.Join(root, ".venv")}
	if Writable(root) {
		return e, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("%s is read-only and there is no user cache: %w", root, err)
	}
	e.dir = filepath.Join(cache, "gptbook", "venv")
	return e, os.MkdirAll(filepath.Dir(e.dir), 0o755)
}

// Writable tells whether files can be made in dir.
func Writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".probe")
	if err != nil {
		return false
	}
	f.Close()
	return os.Remove(f.Name()) == nil
}

// OnWindows refuses where GoNB cannot run.
func OnWindows() error {
	if runtime.GOOS != "windows" {
		return nil
	}
	return errors.New("the Go kernel does not run on Windows: use WSL or Docker for the notebooks; " +
		"`go test ./...` and `go run ./train/chatgpt` run here")
}

// stamp is the file in the environment that holds the digest of the lock file it was made from.
const stamp = "gptbook.lock"

func (e *Env) python() string {
	if runtime.GOOS == "windows" {
		return filepath.Join(e.dir, "Scripts", "python.exe")
	}
	return filepath.Join(e.dir, "bin", "python")
}

// Prepare makes the environment if it is not there as the lock file wants it. What was there
// before is left as it is until the new one is whole.
func (e *Env) Prepare(ctx context.Context) error {
	want, err := e.digest()
	if err != nil || e.Ready() {
		return err
	}
	_, foreign := os.Stat(filepath.Join(e.dir, stamp))
	if _, err := os.Stat(e.dir); err == nil && foreign != nil {
		return fmt.Errorf("%s is there, but not from this course: move it away", e.dir)
	}
	python, err := findPython(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Installing JupyterLab into %s (once, about a minute)\n", e.dir)
	old := e.dir + ".old"
	if _, whole := os.Stat(old); whole == nil { // An earlier start broke off: what it left is no good.
		err = os.RemoveAll(e.dir)
	} else {
		err = moveAway(e.dir, old)
	}
	if err != nil {
		return err
	}
	if err := e.install(ctx, python, want); err != nil {
		return errors.Join(err, os.RemoveAll(e.dir), moveAway(old, e.dir))
	}
	return os.RemoveAll(old)
}

// Ready tells whether the environment is there as the lock file wants it.
func (e *Env) Ready() bool {
	want, err := e.digest()
	have, stamped := os.ReadFile(filepath.Join(e.dir, stamp))
	_, python := os.Stat(e.python())
	return err == nil && stamped == nil && python == nil && string(have) == want
}

// digest identifies the content of the lock file.
func (e *Env) digest() (string, error) {
	lock, err := os.ReadFile(e.Lock)
	sum := sha256.Sum256(lock)
	return hex.EncodeToString(sum[:]), err
}

// moveAway renames a folder if it is there.
func moveAway(from, to string) error {
	if _, err := os.Stat(from); err != nil {
		return nil
	}
	return os.Rename(from, to)
}

func (e *Env) install(ctx context.Context, python, want string) error {
	// An empty stamp says that the folder is ours, even if we do not come to the end.
	if err := errors.Join(os.MkdirAll(e.dir, 0o755), os.WriteFile(filepath.Join(e.dir, stamp), nil, 0o644)); err != nil {
		return err
	}
	if out, complaints, err := output(ctx, exec.Command(python, "-m", "venv", e.dir)); err != nil {
		return fmt.Errorf("%s -m venv: %w: %s", python, err, lastLine(append(out, complaints...)))
	}
	pip := exec.Command(e.python(), "-m", "pip", "install", "--quiet", "--no-input",
		"--disable-pip-version-check", "--require-hashes", "--requirement", e.Lock)
	if out, complaints, err := output(ctx, pip); err != nil {
		return fmt.Errorf("JupyterLab cannot be fetched (no network?): %w: %s\n%s",
			err, lastLine(append(out, complaints...)), withoutJupyter)
	}
	return atomic.WriteFile(filepath.Join(e.dir, stamp), []byte(want))
}

const withoutJupyter = "`go run ./train/chatgpt` walks the same road in a terminal and needs no Python"

// probe prints the version, and whether environments can be made.
const probe = `import sys, importlib.util as u
print(*sys.version_info[:2], u.find_spec("venv") is not None and u.find_spec("ensurepip") is not None)`

// findPython returns a Python that is new enough and can make environments.
func findPython(ctx context.Context) (string, error) {
	problem := "there is no Python here: install Python 3.9 or newer (python.org, apt, brew)"
	names := []string{"python3", "python"}
	for minor := 14; minor >= 9; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	for _, name := range names {
		out, err := exec.CommandContext(ctx, name, "-c", probe).Output()
		var major, minor int
		var venv string
		if _, scan := fmt.Sscan(string(out), &major, &minor, &venv); err != nil || scan != nil {
			continue
		}
		switch {
		case major < 3 || minor < 9:
			problem = fmt.Sprintf("%s is Python %d.%d: install Python 3.9 or newer (python.org, apt, brew)", name, major, minor)
		case venv != "True":
			problem = name + " comes without venv, as on Debian: `apt install python3-venv`"
		default:
			return name, nil
		}
	}
	return "", fmt.Errorf("JupyterLab needs Python, and %s\nor go on without Jupyter: %s", problem, withoutJupyter)
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(lines[i]); strings.HasPrefix(line, "ERROR:") {
			return line
		}
	}
	return lines[len(lines)-1]
}

// PrepareKernel fetches and builds what the kernel and the first cell need.
func (e *Env) PrepareKernel(ctx context.Context) error {
	script := filepath.Join(e.Root, "notebooks", "kernels", "gonb", "start.sh")
	cmd := exec.Command("sh", "-c", runScript, script)
	cmd.Stderr = os.Stderr
	out, _, err := output(ctx, cmd)
	if err != nil {
		return fmt.Errorf("the Go kernel cannot be built (no network?), see above: %w", err)
	}
	info, err := buildinfo.ReadFile(lastLine(out))
	if err != nil {
		return fmt.Errorf("%s: the kernel: %w", script, err)
	}
	e.goVersion = info.GoVersion
	return nil
}

// runScript runs the script $0 also where a checkout ended its lines with CR LF, which sh does not read. kernel.json
// says the same.
const runScript = `eval "$(tr -d '\r' < "$0")"`

// command returns Python with args, where Jupyter sees this module's kernel and no settings
// of the user's that could break it. It is a process group of its own: an interrupt reaches it from us alone.
func (e *Env) command(args ...string) (*exec.Cmd, error) {
	config, err := e.config()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(e.python(), args...)
	cmd.Env = append(os.Environ(),
		"JUPYTER_PATH="+filepath.Join(e.Root, "notebooks"),
		"JUPYTER_CONFIG_DIR="+config,
		"PYTHONWARNINGS=ignore",
		"GPTBOOK_GO_VERSION="+e.goVersion, // jupyter_server_config.py asks for it
	)
	ownGroup(cmd)
	return cmd, nil
}

// overrides keeps JupyterLab from asking its questions of a first start, and from the network.
const overrides = `{
  "@jupyterlab/apputils-extension:notification": {"checkForUpdates": false, "doNotDisturbMode": false, "fetchNews": "false"}
}
`

//go:embed jupyter_server_config.py
var serverConfig []byte

// config makes the folder of Jupyter's settings.
func (e *Env) config() (string, error) {
	dir := filepath.Join(e.dir, "etc", "gptbook")
	return dir, errors.Join(
		atomic.WriteFile(filepath.Join(dir, "jupyter_server_config.py"), serverConfig),
		atomic.WriteFile(filepath.Join(dir, "labconfig", "default_setting_overrides.json"), []byte(overrides)))
}
