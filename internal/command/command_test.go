package command

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestBounded(t *testing.T) {
	broken := errors.New("broken")
	if err := Bounded(t.Context(), time.Minute, func() error { return broken }); err != broken {
		t.Errorf("of f: %v", err)
	}
	forever := make(chan bool)
	defer close(forever)
	wait := func() error { <-forever; return nil }
	if err := Bounded(t.Context(), time.Millisecond, wait); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Bounded(ctx, time.Minute, wait); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestMain makes this test binary the program that the tests below run.
func TestMain(m *testing.M) {
	if os.Getenv("COMMAND_TEST") == "" {
		os.Exit(m.Run())
	}
	Main(program, "Go on from here.")
}

// program does what its argument says.
func program(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("prog", flag.ContinueOnError)
	rest, err := ParseArgs(flags, args, out, "prog: does it")
	if err != nil {
		return err
	}
	switch rest[0] {
	case "fail":
		return errors.New("prog: it failed")
	case "refuse":
		return fmt.Errorf("%w", Usagef(flags, "-x goes with -y"))
	case "foreign":
		return fmt.Errorf("a server: %w", context.Canceled) // not our Ctrl-C
	case "wait":
		fmt.Fprintln(out, "waiting")
		<-ctx.Done()
		return fmt.Errorf("prog: %w", ctx.Err())
	}
	fmt.Fprintln(out, "done")
	return nil
}

func TestExitCodes(t *testing.T) {
	for _, test := range []struct {
		arg, stdout, stderr string
		code                int
	}{
		{"succeed", "done\n", "", 0},
		{"-help", "prog: does it\n", "", 0},
		{"fail", "", "prog: it failed\n", 1},
		{"foreign", "", "a server: context canceled\n", 1},
		{"refuse", "", "prog: -x goes with -y; see -help\n", 2},
		{"-x", "", "prog: flag provided but not defined: -x; see -help\n", 2},
		{"wait", "waiting\n", "\nStopped. Go on from here.\n", 130},
	} {
		if test.code == 130 && runtime.GOOS == "windows" {
			continue // which has no signal to send
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0], test.arg)
		cmd.Env = append(os.Environ(), "COMMAND_TEST=yes")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		pipe, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		stdout := ""
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			stdout += lines.Text() + "\n"
			if lines.Text() == "waiting" {
				_ = cmd.Process.Signal(os.Interrupt)
			}
		}
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != test.code || stdout != test.stdout ||
			stderr.String() != test.stderr {
			t.Errorf("%s: code %d, stdout %q, stderr %q, want %+v", test.arg, code, stdout, stderr.String(), test)
		}
	}
}
