package jupyter

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

//go:embed execute.py
var executeScript string

// CellError is the failure of one cell.
type CellError struct {
	Cell    int // counted from 1
	Message string
}

func (e *CellError) Error() string { return fmt.Sprintf("cell %d: %s", e.Cell, e.Message) }

// Execute runs the notebook in the file source from top to bottom, in folder, and writes it with
// its outputs to the file output, also up to the cell that fails. progress is called before each
// cell, with its number and how many there are.
func (e *Env) Execute(ctx context.Context, source, output, folder string, progress func(cell, of int)) error {
	cmd, err := e.command("-c", executeScript, source, output, folder)
	if err != nil {
		return err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer endWith(ctx, cmd, 20*time.Second)()
	failed := follow(stdout, progress)
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		return failed
	case err != nil:
		return fmt.Errorf("%w: %s", err, lastLine(stderr.Bytes()))
	}
	return nil
}

// follow reads what execute.py says, a line of JSON for each event, to its end. It returns the last failure.
func follow(stdout io.Reader, progress func(cell, of int)) (failed error) {
	lines := bufio.NewReader(stdout) // Not a Scanner, which stops at a long line.
	for {
		line, err := lines.ReadBytes('\n')
		var event struct {
			Cell, Of int
			Error    string
		}
		switch {
		case json.Unmarshal(line, &event) != nil: // Not ours.
		case event.Error != "":
			failed = &CellError{event.Cell + 1, plain(event.Error)}
		default:
			progress(event.Cell+1, event.Of)
		}
		if err != nil {
			return failed
		}
	}
}

// endWith ends cmd when ctx ends, with force after the given time. The function that it returns
// must be called once cmd has ended.
func endWith(ctx context.Context, cmd *exec.Cmd, patience time.Duration) func() {
	ended := make(chan struct{})
	go func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
			_ = interrupt(cmd)
		}
		select {
		case <-ended:
		case <-time.After(patience):
			_ = kill(cmd)
		}
	}()
	return func() { close(ended) }
}

// output runs cmd to its end, or that of ctx, and returns what it prints.
func output(ctx context.Context, cmd *exec.Cmd) (stdout, stderr []byte, err error) {
	var out, complaints bytes.Buffer
	cmd.Stdout = &out
	if cmd.Stderr == nil {
		cmd.Stderr = &complaints
	}
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	defer endWith(ctx, cmd, 5*time.Second)()
	err = cmd.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out.Bytes(), complaints.Bytes(), err
}

// Script runs a Python program in the environment and returns what it prints.
func (e *Env) Script(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd, err := e.command(append([]string{"-c", program}, args...)...)
	if err != nil {
		return nil, err
	}
	stdout, stderr, err := output(ctx, cmd)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, lastLine(stderr))
	}
	return stdout, nil
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// longest is where a message of a kernel is cut, in bytes.
const longest = 2000

// plain takes the colours off the message of a kernel, and its end if it is very long.
func plain(message string) string {
	message = strings.TrimSpace(escapes.ReplaceAllString(message, ""))
	if len(message) <= longest {
		return message
	}
	return strings.ToValidUTF8(message[:longest], "") + " …"
}
