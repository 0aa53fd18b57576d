package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	root, dir := t.TempDir(), filepath.Join(t.TempDir(), "site")
	var chapters []Chapter
	for i, name := range []string{"01_one", "02_two"} {
		nb := filepath.Join(root, "notebooks", name, name[3:]+".ipynb")
		put(t, nb, "{}")
		chapters = append(chapters, Chapter{Number: string(rune('1' + i)), Title: "Title & " + name, Summary: "Why?",
			Notebook: nb})
	}
	put(t, filepath.Join(root, "gpt", "config.go"), "package gpt\n")
	bodies := []string{
		`<h2 id="a">A <b>x</b><a class="anchor-link" href="#a">#</a></h2>` +
			`<a href="../02_two/two.ipynb#end">on</a> <a href="../../gpt/config.go">code</a> <a href="../../gpt">folder</a>` +
			` <a href="../../../secret">outside</a> <a href="https://go.dev/x">web</a> <a href="../09_none/none.ipynb">gone</a>`,
		"second",
	}
	render := func([]string) ([]string, string, error) { return bodies, ".code .k { color: red }", nil }
	if err := Write(dir, root, "Course", chapters, render); err != nil {
		t.Fatal(err)
	}
	for file, wants := range map[string][]string{
		"index.html": {`<a href="01_one.html">Title &amp; 01_one</a>`, "<dd>Why?</dd>"},
		"01_one.html": {`<a href="02_two.html#end">on</a>`, `<a href="source/gpt/config.go.txt">code</a>`, " folder ",
			" outside ", " gone",
			`<a href="https://go.dev/x">web</a>`, `<a href="#a">A <b>x</b></a>`, `rel="prev" href="index.html"`,
			`rel="next" href="02_two.html"`},
		"02_two.html":              {`rel="prev" href="01_one.html"`, `rel="next" href="index.html"`, "second"},
		"style.css":                {"color: red"},
		"source/gpt/config.go.txt": {"package gpt"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Error(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %s:\n%s", file, want, text)
			}
		}
		if file != "01_one.html" && strings.Contains(string(text), "http") {
			t.Errorf("%s needs the network:\n%s", file, text)
		}
	}
}
