package nbformat

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// As Python's nbformat writes it.
const written = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "a",
   "metadata": {},
   "source": [
    "# é <b> & 日本\n",
    "\\frac \\u2028 \u001b` + "\u2028" + `",
    "form\f",
    "feed\r\n",
    "\r",
    "last"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 3,
   "id": "b",
   "metadata": {
    "tags": [
     "notest"
    ]
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "1\n"
     ]
    },
    {
     "data": {
      "application/json": {
       "x": 1.50
      }
     },
     "metadata": {},
     "output_type": "display_data"
    }
   ],
   "source": []
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "c",
   "metadata": {},
   "outputs": [],
   "source": [
    "x"
   ]
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`

func TestReadWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ipynb")
	if err := os.WriteFile(path, []byte(written), 0o644); err != nil {
		t.Fatal(err)
	}
	nb, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := nb.Bytes()
	if err != nil || string(data) != written {
		t.Errorf("%v\n%s", err, data)
	}
	if changed, err := nb.Write(path); changed || err != nil {
		t.Errorf("writing the same: changed %v, %v", changed, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{"{": "is not a notebook", "{}": "notebook format 0, want 4"} {
		path := filepath.Join(t.TempDir(), "x.ipynb")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestNormalise(t *testing.T) {
	nb := &Notebook{Metadata: map[string]any{"widgets": 1}, Cells: []Cell{{Type: Code,
		Metadata: map[string]any{"execution": 1, "tags": []any{"x"}},
		Outputs: []Output{Stream("stdout", "10%\r50"), Stream("stdout", "%\r100%\nd"), Stream("stderr", "e\r\n"),
			Stream("stdout", "one\n")}}}}
	nb.SetRun(Run{Code: "abc", Size: "full", Minutes: 2.5})
	nb.Normalise()
	c := nb.Cells[0]
	if len(c.Outputs) != 3 || c.Outputs[0].Text() != "100%\nd" || c.Outputs[1].Text() != "e\n" ||
		c.Stdout() != "100%\ndone\n" {
		t.Errorf("outputs %q", c.Outputs)
	}
	if _, noise := c.Metadata["execution"]; noise || len(c.Tags()) != 1 {
		t.Errorf("metadata %v", c.Metadata)
	}
	if run, ok := nb.Run(); !ok || run != (Run{"abc", "full", 2.5}) || nb.Metadata["widgets"] != nil {
		t.Errorf("notebook metadata %v", nb.Metadata)
	}
}

func TestFailure(t *testing.T) {
	compile := Output{"output_type": "display_data", "data": map[string]any{
		"text/html": `<span class="gonb-cell-line-info">Cell[1]: Line 2</span> ` +
			`<span class="gonb-err-location">./main.go:10:1: </span></span>` +
			`undefined: &#34;x&#34;<div class="gonb-err-context">`}}
	for want, outputs := range map[string][]Output{
		`line 2: undefined: "x"`: {compile},
		"nobody": {Stream("stdout", "panic: no\n"),
			Stream("stderr", "panic: nobody\n\ngoroutine 1 [running]:\n")},
		"a file is missing": {Stream("stderr", "2026/11/24 09:10:22 Must not error: a file is missing\n")},
		"":                  {Stream("stderr", "a warning\n")},
	} {
		if got := (&Cell{Outputs: outputs}).Failure(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
