package course

import (
	"flag"
	"os"
	"testing"
)

// Exercise opens every test of an exercise. The exercises of a chapter are a package of their own,
// notebooks/NN_name/exercises, of three files:
//
//	softmax.go           //go:build !solution    what the reader fills in: compiles, does nothing
//	softmax_solution.go  //go:build solution     the worked solution
//	softmax_test.go                              says what is missing: want, got and a hint
//
// The stub would fail `go test ./...` for everybody, so the test is skipped there. It runs when
// it is asked for by name, which is the reader's command, and for the solution, which is CI's:
//
//	go test -run Softmax ./notebooks/02_ngrams/exercises
//	go test -tags solution ./notebooks/...
func Exercise(t testing.TB) {
	t.Helper()
	if asked := flag.Lookup("test.run"); solved || asked != nil && asked.Value.String() != "" {
		return
	}
	dir, _ := os.Getwd()
	t.Skipf("an exercise: fill it in, then `go test -run %s .` in %s", t.Name(), dir)
}
