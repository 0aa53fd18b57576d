package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]string{
		"":                     "",
		"-- --ip=0.0.0.0 -x":   "",
		"-run":                 "",
		"05 -run 06 -out x":    "",
		"--sync 01_tokenizer":  "",
		"-format 01":           "",
		"-check=true":          "",
		"-html site":           "",
		"-run=false":           "",
		"-run -sync":           "-run and -sync do not go together",
		"-pull -check -html x": "-check and -html and -pull do not go together",
		"-out x":               "-out goes with -run",
		"-sync -out x":         "-out goes with -run",
		"-html=":               "-html wants a folder and no chapters",
		"-html site 05":        "-html wants a folder and no chapters",
		"--port=1":             "flag provided but not defined: -port",
		"-sync=01":             `invalid boolean value "01" for -sync`,
	} {
		task, err := parse(strings.Fields(line), io.Discard)
		if want == "" && (err != nil || task == nil) {
			t.Errorf("%q: got %v", line, err)
		}
		if want != "" && (err == nil || !strings.HasPrefix(err.Error(), "notebooks: "+want) ||
			!strings.HasSuffix(err.Error(), "; see -help")) {
			t.Errorf("%q: got %v, want %s", line, err, want)
		}
	}
	var help strings.Builder
	if _, err := parse([]string{"-help"}, &help); !errors.Is(err, flag.ErrHelp) ||
		!strings.HasPrefix(help.String(), synopsis) {
		t.Errorf("-help: %v\n%s", err, help.String())
	}
}
