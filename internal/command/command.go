// Package command is what the programs of the course share: [Main] with its exit codes and Ctrl-C, [Parse] for their
// flags. [Bounded] stops waiting for a library that cannot be stopped.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Main runs a program with its arguments and ends the process with [Exit]. Ctrl-C ends the context, a second one the
// process; the exit code is then 130, as a shell reports it, and stopped, if not empty, tells how to go on.
func Main(run func(ctx context.Context, args []string, out io.Writer) error, stopped string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Stdout)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, strings.TrimRight("\nStopped. "+stopped, " "))
		os.Exit(130)
	}
	Exit(err)
}

// Exit ends the process: with 0 after success and -help, with 2 where the command line was wrong, else with 1. An
// error is printed.
func Exit(err error) {
	var wrong usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Bounded waits for f, the call of a library that knows no contexts, until ctx or the limit ends. A late f goes on in
// the background.
func Bounded(ctx context.Context, limit time.Duration, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
