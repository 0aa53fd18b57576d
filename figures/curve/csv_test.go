package curve

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	train := Curve{Name: "train_loss", Points: []Point{{1, 6.25}, {2, 1.0 / 3}, {3, math.NaN()}}}
	val := Curve{Name: "val_loss", Points: []Point{{2, 5}}}
	none := Curve{Name: "tokens_per_second"}
	if err := WriteCSV(path, train, val, none); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	want := "step,train_loss,val_loss,tokens_per_second\n1,6.25,,\n2,0.3333333333333333,5,\n3,NaN,,\n"
	if string(data) != want {
		t.Errorf("got\n%swant\n%s", data, want)
	}
	curves, err := ReadCSV(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(curves), fmt.Sprint([]Curve{train, val, none}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A file that is no table of curves gives one short line that names the file and the place.
func TestCSVRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	long := strings.Repeat("x", 1<<20)
	for text, want := range map[string]string{
		"":                          "is empty",
		"\n\n":                      "is empty",
		"a,b\n":                     `first column is "a"`,
		long:                        "first column is",
		"step,a\nx,1\n":             `:2: step "x"`,
		"step,a\n1,1\n2,one\n":      `:3: a "one"`,
		"step,a\n1," + long:         `:2: a "xxx`,
		"step,a\n1,1e999\n":         `:2: a "1e999"`,
		"step,a\n" + long + ",1":    `:2: step "xxx`,
		"step,a\n1,1,1\n":           "line 2: wrong number of fields",
		"step,a\n1,2\n1\n":          "line 3: wrong number of fields",
		"step,a\n1,\"unterminated":  "\"",
		"step,a\n1,b\"c\n":          "\"",
		"step,\"a\nb\"\n1,1\n":      `:1: curve 0 is named "a\nb"`,
		"step,a,a\n1,1,1\n":         `:1: curve 1 is named "a"`,
		"step,,\n1,1,1\n":           `:1: curve 0 is named ""`,
		"step,step\n1,1\n":          `:1: curve 0 is named "step"`,
		"step,\xff\n1,1\n":          `:1: curve 0 is named "\xff"`,
		"step," + long + "\x00\n":   `:1: curve 0 is named "xxx`,
		"step,a\n1,2\n\"\x00\",3\n": ":3: step",
		"\x89PNG\r\n\x1a\n\x00\x00": "first column is",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := ReadCSV(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "metrics.csv") {
			t.Errorf("%.60q: got %v, want an error with %q and the file's name", text, err, want)
		} else if s := err.Error(); strings.Contains(s, "\n") || len(s) > 200+len(path) {
			t.Errorf("%.60q: the error is not one short line: %.400q", text, s)
		}
	}
	if err := os.Truncate(path, maxBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCSV(path); err == nil || !strings.Contains(err.Error(), "1073741825 bytes") {
		t.Errorf("huge file: %v", err)
	}
	for _, missing := range []string{filepath.Join(t.TempDir(), "none.csv"), t.TempDir()} {
		if _, err := ReadCSV(missing); err == nil {
			t.Errorf("no error for %s", missing)
		}
	}
}

// What could not be read back is not written.
func TestCSVNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.csv")
	for _, names := range [][]string{{"a", "a"}, {""}, {"step"}, {"a\r\nb"}, {"\xff"}, {"\ufeffa"}} {
		var curves []Curve
		for _, name := range names {
			curves = append(curves, Curve{Name: name})
		}
		if err := WriteCSV(path, curves...); err == nil || !strings.Contains(err.Error(), "is named") {
			t.Errorf("curves named %q: %v", names, err)
		}
	}
	odd := Curve{Name: ` "a, b" — ü中`, Points: []Point{{math.MinInt, math.MaxFloat64}, {math.MaxInt, -5e-324}}}
	if err := WriteCSV(path, odd); err != nil {
		t.Fatal(err)
	}
	if back, err := ReadCSV(path); err != nil || fmt.Sprint(back) != fmt.Sprint([]Curve{odd}) {
		t.Errorf("%v came back as %v, %v", odd, back, err)
	}
}

// Any file: refused in one line, or read; and what was read is the same after it was written.
func FuzzReadCSV(f *testing.F) {
	for _, text := range []string{
		"step,a,b\n1,2,\n3,NaN,-1e-9\n", "step\n1\n", "step,a\n1,\"2\n", "a", "step,a\n2,1\n1,0x1p4\n2,3\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "metrics.csv")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		curves, err := ReadCSV(path)
		if err != nil {
			if s := err.Error(); strings.Contains(s, "\n") || !strings.HasPrefix(s, "curve: ") || len(s) > 300+len(path) {
				t.Errorf("error %q", s)
			}
			return
		}
		if err := WriteCSV(path, curves...); err != nil {
			t.Fatal(err)
		}
		again, err := ReadCSV(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range curves {
			curves[i].Points = inOrder(curves[i].Points)
		}
		if got, want := fmt.Sprint(again), fmt.Sprint(curves); got != want {
			t.Errorf("read %s, written and read again %s", want, got)
		}
	})
}

// inOrder sorts points by step and keeps of each step the last, as WriteCSV does.
func inOrder(points []Point) []Point {
	latest := map[int]Point{}
	for _, p := range points {
		latest[p.Step] = p
	}
	out := points[:0]
	for _, p := range latest {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Point) int { return cmp.Compare(a.Step, b.Step) })
	return out
}
