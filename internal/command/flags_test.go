package command

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
)

// parsed is what a program with every kind of flag makes of a command line.
type parsed struct {
	n     int
	size  string
	only  []string
	dir   string
	quick bool
	rest  []string
}

func parse(args ...string) (p parsed, out string, err error) {
	p = parsed{n: 5, size: "full", only: []string{"a", "b"}}
	flags := flag.NewFlagSet("prog", flag.ContinueOnError)
	flags.Var(AtLeast(1, &p.n), "n", "turns")
	flags.Var(OneOf([]string{"full", "small"}, &p.size), "size", "full or small")
	flags.Var(Some([]string{"a", "b", "c"}, &p.only), "only", "what to do")
	flags.StringVar(&p.dir, "out", "", "`folder` of the results")
	flags.BoolVar(&p.quick, "quick", false, "be quick")
	var b strings.Builder
	p.rest, err = ParseArgs(flags, args, &b, "go run ./prog [flags] [name ...]: does it")
	return p, b.String(), err
}

func TestParseArgs(t *testing.T) {
	for line, want := range map[string]parsed{
		"":                            {5, "full", []string{"a", "b"}, "", false, nil},
		"-n 1 --size=small -only c,a": {1, "small", []string{"c", "a"}, "", false, nil},
		"x -quick y -out dir":         {5, "full", []string{"a", "b"}, "dir", true, []string{"x", "y"}},
		"x -- -n 0 -- y": {5, "full", []string{"a", "b"}, "", false,
			[]string{"x", "-n", "0", "--", "y"}},
		"-quick=true -out=a=b -n=2 -only b": {2, "full", []string{"b"}, "a=b", true, nil},
	} {
		got, out, err := parse(strings.Fields(line)...)
		if err != nil || out != "" || got.n != want.n || got.size != want.size || !slices.Equal(got.only, want.only) ||
			got.dir != want.dir || got.quick != want.quick || !slices.Equal(got.rest, want.rest) {
			t.Errorf("%q: got %+v, %q, %v", line, got, out, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"-nope":        "prog: flag provided but not defined: -nope; see -help",
		"x -out":       "prog: flag needs an argument: -out; see -help",
		"-out --":      "prog: flag needs an argument: -out; see -help",
		"-n 0":         `prog: invalid value "0" for flag -n: want a whole number, 1 or more; see -help`,
		"-n 1e3":       `prog: invalid value "1e3" for flag -n: want a whole number, 1 or more; see -help`,
		"-size tiny":   `prog: invalid value "tiny" for flag -size: no "tiny"; have full, small; see -help`,
		"-only a,nope": `prog: invalid value "a,nope" for flag -only: no "nope"; have a, b, c; see -help`,
		"-only=":       `prog: invalid value "" for flag -only: no ""; have a, b, c; see -help`,
		"-quick=maybe": `prog: invalid boolean value "maybe" for -quick: parse error; see -help`,
		"-n 99999999999999999999": `prog: invalid value "99999999999999999999" for flag -n: ` +
			`want a whole number, 1 or more; see -help`,
	} {
		_, out, err := parse(strings.Fields(line)...)
		if err == nil || err.Error() != want || out != "" || !errors.As(err, &usageError{}) {
			t.Errorf("%q: got %v and %q, want %s", line, err, out, want)
		}
	}
	flags := flag.NewFlagSet("prog", flag.ContinueOnError)
	if err := Parse(flags, []string{"more", "yet"}, nil, ""); err == nil ||
		err.Error() != `prog: unexpected argument "more"; see -help` {
		t.Errorf("an argument: got %v", err)
	}
}

func TestHelp(t *testing.T) {
	want := `go run ./prog [flags] [name ...]: does it
  -n value
    	turns (default 5)
  -only value
    	what to do (default a,b)
  -out folder
    	folder of the results
  -quick
    	be quick
  -size value
    	full or small (default full)
`
	for _, flagName := range []string{"-h", "-help", "--help"} {
		if _, out, err := parse("x", flagName); err != flag.ErrHelp || out != want {
			t.Errorf("%s: got %v and\n%s", flagName, err, out)
		}
	}
}
