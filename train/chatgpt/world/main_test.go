package main

import (
	"strings"
	"testing"

	"github.com/janpfeifer/must"

	"gptbook/figures"
)

// The command in little ends with a figure, a record and a model to talk to.
func TestWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("the road in little takes some seconds")
	}
	dir := t.TempDir()
	var out strings.Builder
	must.M(run(t.Context(), []string{"-out", dir, "-size", "small", "-seeds", "1"}, &out))
	for _, part := range []string{"base: judgment", "sft at temperature 0, validation split", "right order where gold differs", "ppo-1 closes", "talk to it: go run ./gpt/chat/repl -model " + dir} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %q in:\n%s", part, out.String())
		}
	}
	record, curves, err := figures.LoadRun(dir + "/record")
	if err != nil || record.Preset != "small world" || len(curves) != 1 || len(curves[0].Points) != 2 {
		t.Errorf("record %+v, %v, %v", record, curves, err)
	}
}

func TestBadInput(t *testing.T) {
	for want, args := range map[string][]string{
		`-size "huge"`:                  {"-size", "huge"},
		"-seeds 0":                      {"-seeds", "0"},
		"1 more arguments":              {"small"},
		"flag provided but not defined": {"-x"},
		"backend":                       {"-backend", "abacus"},
	} {
		err := run(t.Context(), args, &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got error %v, want %q", args, err, want)
		}
	}
}
