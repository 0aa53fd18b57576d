package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

//go:embed torch.py
var torchScript string

// torch is a Python process that does what a subject is: a line with a number of steps asks for them, a line
// comes back when they are done.
type torch struct {
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
	parts   parts
}

// startTorch starts the process and makes sure that its model has as many parameters as ours.
func startTorch(ctx context.Context, python string, threads int, s subject) (*torch, error) {
	config, err := json.Marshal(s.torch)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, python, "-c", torchScript, strconv.Itoa(threads), strconv.Itoa(s.batch),
		string(config))
	cmd.Stderr = os.Stderr
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("bench: %s: %w; the package comment says how to get torch", python, err)
	}
	t := &torch{cmd: cmd, orders: orders, answers: bufio.NewReader(out)}
	params, err := t.answer()
	if err != nil {
		t.close()
		return nil, fmt.Errorf("bench: %s does not start (%w); the package comment says how to get torch", python, err)
	}
	if params != strconv.Itoa(s.params) {
		t.close()
		return nil, fmt.Errorf("bench: %s has %d parameters here and %s in torch.py", s.name, s.params, params)
	}
	return t, nil
}

func (t *torch) answer() (string, error) {
	line, err := t.answers.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (t *torch) run(_ context.Context, steps int) error {
	if _, err := fmt.Fprintln(t.orders, steps); err != nil {
		return err
	}
	line, err := t.answer()
	if quarters := strings.Fields(line); len(quarters) == len(t.parts) { // of a subject that writes
		for i, text := range quarters {
			ms, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return fmt.Errorf("torch.py answers %q", line)
			}
			t.parts.note(i, ms)
		}
	}
	return err
}

func (t *torch) byLength() parts { return t.parts }

// close ends the process: at the end of its orders it stops by itself.
func (t *torch) close() {
	t.orders.Close()
	t.cmd.Wait()
}
