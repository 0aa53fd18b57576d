package corpus

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// tree makes files below a new folder, and links where the text begins with "-> ".
func tree(t *testing.T, files files) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if target, isLink := strings.CutPrefix(text, "-> "); err == nil && isLink {
			err = os.Symlink(strings.ReplaceAll(target, "ROOT", root), path)
			if err != nil && runtime.GOOS == "windows" {
				t.Skip(err) // it takes a privilege there
			}
		} else if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

type files = map[string]string

// What is read of a folder, in which order, and what is said of the rest.
func TestReadFolder(t *testing.T) {
	for name, c := range map[string]struct {
		files     files
		path      string // below the root
		documents []string
		notes     []string
	}{
		"Jupyter's copies": {
			files{"0.txt": "light", ".ipynb_checkpoints/0-checkpoint.txt": "light",
				"._0.txt": "\x00\x05", ".git/x.md": "x"},
			"", []string{"light"}, []string{"hidden, left out: ._0.txt, and 2 more"},
		},
		"a hidden folder that is asked for": {
			files{".notes/a.txt": "light"}, ".notes", []string{"light"}, nil,
		},
		"a link as root": {
			files{"real/a.txt": "light", "link": "-> real"}, "link", []string{"light"}, nil,
		},
		"a link to a link as root": {
			files{"real/a.txt": "light", "link": "-> real", "again": "-> ROOT/link"}, "again", []string{"light"}, nil,
		},
		"links inside, out of the folder": {
			files{"in/a.txt": "-> ../out/x.txt", "in/b": "-> ROOT/out/more", "out/x.txt": "x", "out/more/y.md": "y"},
			"in", []string{"x", "y"}, nil,
		},
		"nested links": {
			files{"in/a": "-> ../one", "one/b": "-> ../two", "two/c.txt": "light"}, "in", []string{"light"}, nil,
		},
		"a loop": {
			files{"a/b/c.txt": "light", "a/b/loop": "-> ../..", "a/self": "-> ."}, "", []string{"light"},
			[]string{"read by another name, left out: a/b/loop, and 1 more"},
		},
		"a link to the folder above": {
			files{"book/a.txt": "a", "book/up": "-> ..", "z.txt": "z"}, "book", []string{"a", "z"},
			[]string{"read by another name, left out: up/book"},
		},
		"two links to one folder, and to one file": {
			files{"1": "-> 3", "2": "-> ROOT/3", "3/x.txt": "light", "3/y.txt": "-> x.txt"}, "", []string{"light"},
			[]string{"read by another name, left out: 1/y.txt, and 2 more"},
		},
		"a link that leads nowhere": {
			files{"a.txt": "light", "lost": "-> nowhere"}, "", []string{"light"},
			[]string{"of another ending, left out: lost"},
		},
		"equal texts": {
			files{"a.txt": "one\nline", "b.md": "\ufeffone\nline", "c.txt": "one\r\nline\r\n\r\n", "d.txt": "other"},
			"", []string{"one\nline", "other"},
			[]string{"the text of another, counted once: b.md, as a.txt, and 1 more"},
		},
		"endings": {
			files{"a.TXT": "a", "b.Md": "b", "c.JSONL": `{"text":"c"}`, "d.HTM": "<p>d", "e.Html": "e", "f.png": "\x00",
				"g": "g", "h.txt~": "h"},
			"", []string{"a", "b", "c", "d", "e"}, []string{"of another ending, left out: f.png, and 2 more"},
		},
		"empty ones": {
			files{"a.txt": "", "b.md": " \n", "c.txt": "light", "d.html": "<p><br>",
				"e.jsonl": `{"text":""}`, "f/g.png": ""},
			"", []string{"light"},
			[]string{"of another ending, left out: f/g.png", "empty, left out: a.txt, and 3 more"},
		},
		"UTF-16": {
			files{"a.txt": "\xff\xfel\x00\xe9\x00\r\x00\n\x00\x3d\xd8\x00\xde",
				"b.jsonl": "\xfe\xff\x00{\x00\"\x00t\x00e\x00x\x00t\x00\"\x00:\x00\"\x00b\x00\"\x00}"},
			"", []string{"lé\n😀", "b"}, []string{"UTF-16, converted: a.txt, and 1 more"},
		},
		"JSON lines": {
			files{"a.jsonl": "\ufeff{\"text\": \"one\\r\\n\\n\\n\\nand\", \"id\": 1}\r\n\n{\"text\":\"two\"}\n" +
				"{\"text\":\" one\\n\\n\\n\\nand\"}"},
			"", []string{"one\n\n\n\nand", "two"}, []string{"the text of another, counted once: a.jsonl:4, as a.jsonl"},
		},
		"JSON lines alone": {
			files{"a.jsonl": "{\"text\":\"one\"}\n{\"text\":\"two\"}\n{\"text\":\"two\"}"}, "a.jsonl",
			[]string{"one", "two"}, []string{"the text of another, counted once: a.jsonl:3, as a.jsonl"},
		},
		"any ending alone": {
			files{"a.log": "one\n\n\ntwo\n\n\ntwo"}, "a.log", []string{"one", "two", "two"}, nil,
		},
		"a hidden file alone":      {files{".a": "one"}, ".a", []string{"one"}, nil},
		"a link alone":             {files{"a": "-> b.txt", "b.txt": "one"}, "a", []string{"one"}, nil},
		"a folder named as a file": {files{"x.txt/a.txt": "light"}, "", []string{"light"}, nil},
		"brackets":                 {files{"[a]*?/b.txt": "light"}, "[a]*?", []string{"light"}, nil},
		"UTF-16 alone": {
			files{"a.txt": "\xfe\xff\x00a"}, "a.txt", []string{"a"}, []string{"UTF-16, converted: a.txt"},
		},
	} {
		got, err := Load(filepath.Join(tree(t, c.files), c.path))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if documents := got.Documents(); !slices.Equal(documents, c.documents) {
			t.Errorf("%s: documents %q, want %q", name, documents, c.documents)
		}
		if !slices.Equal(got.Notes, c.notes) {
			t.Errorf("%s: notes %q, want %q", name, got.Notes, c.notes)
		}
	}
}

// A relative path and one with a link before it name the same folder.
func TestReadFolderByRelativePath(t *testing.T) {
	root := tree(t, files{"book/a.txt": "a", "book/.b.txt": "b", "book/again": "-> ROOT/book", "link": "-> book"})
	t.Chdir(filepath.Join(root, "link"))
	want := []string{"hidden, left out: .b.txt", "read by another name, left out: again"}
	for _, path := range []string{".", "../book", "../link", root + "/link/."} {
		if c := load(t, path); c.Text != "a" || !slices.Equal(c.Notes, want) {
			t.Errorf("%s: %q, %q", path, c.Text, c.Notes)
		}
	}
}

// What cannot be read is named, with what to do.
func TestReadFolderRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		files files
		want  string
	}{
		"nothing":       {files{"sub/a.png": ""}, "no file ending in .txt, .md, .jsonl, .html, .htm with text"},
		"other endings": {files{"sub/a.png": ""}, "of another ending, left out: sub/a.png"},
		"hidden":        {files{".a.txt": "x", ".b/c.txt": "y"}, "hidden, left out: .a.txt, and 1 more"},
		"empty":         {files{"a.txt": " \n"}, "empty, left out: a.txt"},
		"Latin-1": {files{"a": "", "b.txt": "caf\xe9!"},
			"b.txt: invalid UTF-8 at offset 3, byte 0xE9: perhaps Latin"},
		"late": {files{"a.txt": strings.Repeat("é", 10_000) + "\xe9"},
			"a.txt: invalid UTF-8 at offset 20000"},
		"behind a BOM": {files{"a.txt": "\ufeffab\xff"}, "invalid UTF-8 at offset 5"},
		"UTF-16, no BOM": {files{"a.txt": "a\x00b\x00"},
			"a.txt: holds a zero byte at offset 1: binary, UTF-32, or UTF-16"},
		"UTF-32": {files{"a.txt": "\xff\xfe\x00\x00a\x00"},
			"a.txt: holds a zero byte at offset 0: binary, UTF-32"},
		"half UTF-16": {files{"a.txt": "\xff\xfea\x00\x00\xd8"}, "a.txt: is damaged UTF-16"},
		"odd UTF-16":  {files{"a.txt": "\xff\xfea\x00b"}, "a.txt: is damaged UTF-16"},
		"no field": {files{"a.jsonl": "\n\n{\"txt\":\"b\"}"},
			`a.jsonl:3: no field "text"; want {"text": "…"} on`},
		"no string":    {files{"a.jsonl": `{"text":["a"]}`}, "a.jsonl:1: json: cannot unmarshal array"},
		"a list":       {files{"a.jsonl": "[\n{\"text\":\"a\"}\n]"}, "a.jsonl:1: unexpected end of JSON input"},
		"zero in JSON": {files{"a.jsonl": `{"text":"a\u0000"}`}, "a.jsonl:1: holds a zero byte at offset 1"},
		"Latin-1 JSON": {files{"a.jsonl": "{\"text\":\"a\"}\n{\"text\":\"\xe9\"}"},
			"a.jsonl:2: invalid UTF-8 at offset"},
		"Latin-1 page":  {files{"a.html": "<meta charset=iso-8859-1>\xe9"}, "a.html: invalid UTF-8 at offset 25"},
		"a lost link":   {files{"a.txt": "-> nowhere"}, "a.txt: no such file"},
		"a link's loop": {files{"a.txt": "-> b.txt", "b.txt": "-> a.txt"}, "a.txt: too many"},
		"a device":      {files{"a.txt": "-> " + os.DevNull}, "a.txt is not a regular file"},
	} {
		root := tree(t, c.files)
		_, err := Load(root)
		for _, want := range []string{c.want, "corpus: ", root} {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: got %v, want an error with %q", name, err, want)
			}
		}
	}
	if _, err := Load(os.DevNull); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("a device: %v", err)
	}
	pipe := filepath.Join(tree(t, files{"a.txt": "a"}), "b.txt")
	if exec.Command("mkfifo", pipe).Run() == nil { // not on Windows
		_, err := Load(filepath.Dir(pipe))
		if err == nil || !strings.Contains(err.Error(), "b.txt is not a regular file") {
			t.Errorf("a pipe: %v", err)
		}
	}
	if os.Geteuid() == 0 {
		return // who may read everything
	}
	for _, name := range []string{"b.txt", "sub"} {
		root := tree(t, files{"a.txt": "a", "b.txt": "b", "sub/c.txt": "c"})
		if err := os.Chmod(filepath.Join(root, name), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(root); err == nil || !strings.Contains(err.Error(), name+": permission denied") {
			t.Errorf("%s unreadable: %v", name, err)
		}
		_ = os.Chmod(filepath.Join(root, name), 0o755) // so that it can be removed
	}
}

// More than fits is refused before it is read, be it one file or many.
func TestReadPathRefusesTooMuch(t *testing.T) {
	root := tree(t, files{"a.txt": "a", "sub/b.txt": "b"})
	for _, name := range []string{"a.txt", "sub/b.txt"} {
		if err := os.Truncate(filepath.Join(root, name), maxBytes*2/3); err != nil { // without writing so much
			t.Fatal(err)
		}
	}
	const tooMuch = "sub/b.txt there are 1431655764 bytes, more than the 1073741824"
	if _, err := Load(root); err == nil || !strings.Contains(err.Error(), tooMuch) {
		t.Errorf("got %v", err)
	}
	if err := os.Truncate(filepath.Join(root, "a.txt"), maxBytes+1); err != nil {
		t.Fatal(err)
	}
	_, err := Load(filepath.Join(root, "a.txt"))
	if err == nil || !strings.Contains(err.Error(), "more than the 1073741824") {
		t.Errorf("got %v", err)
	}
}

// Reading takes memory for the text once, and for the largest file of a folder or its lines once more.
func TestReadPathIsFrugal(t *testing.T) {
	const size = 8 << 20
	line := strings.Repeat("Light is bent by glass.\r\n", 400)
	files := files{"one.txt": strings.Repeat(line, size/len(line))}
	for i := range 8 {
		files[fmt.Sprintf("many/%d.txt", i)] = fmt.Sprint(i, strings.Repeat(line, size/8/len(line)))
	}
	root := tree(t, files)
	for name, atMost := range map[string]float64{"one.txt": 1.3, "many": 2.3} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := load(t, filepath.Join(root, name))
		runtime.ReadMemStats(&after)
		if times := float64(after.TotalAlloc-before.TotalAlloc) / size; times > atMost {
			t.Errorf("%s: %.2f times the size, want %.2f at most", name, times, atMost)
		}
		if strings.Contains(c.Text, "\r") || len(c.Text) < size*9/10 {
			t.Errorf("%s: %d bytes", name, len(c.Text))
		}
	}
}

func TestPageText(t *testing.T) {
	for _, c := range [][2]string{
		{"<p>Light\n  is <b>bent</b>\tby <a href=x>glass</a>.<p>Why?", "Light is bent by glass.\n\nWhy?"},
		{"<!doctype html><html><head><title>T</title><style>p{x}</style>" +
			"<script>if (a<b) {}</script></head><body>a", "a"},
		{"<h1>Light</h1>text<hr>more", "Light\n\ntext\n\nmore"},
		{"a<br>b<br/>c", "a\nb\nc"},
		{"<ul><li>a</li>\n<li> b </li></ul>c", "a\nb\n\nc"},
		{"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		{"&lt;p&gt; &amp; &eacute; &#x5149; &nbsp;x", "<p> & é 光 \u00a0x"},
		{"x<pre>\nif a {\n\tb\n}\n</pre>y", "x\n\nif a {\n\tb\n}\n\ny"},
		{"<pre>a\r\n<b>\n\n\n\n b</b></pre>", "a\n\n\n\n\n b"},
		{"a<!-- no -->b<p", "ab"},
		{"a < b and b > c", "a < b and b > c"},
		{"</pre>a  b", "a b"},
		{"<script>never closed", ""},
	} {
		got, err := pageText(strings.NewReader(c[0]))
		if got != c[1] || (err != nil) != (c[1] == "") {
			t.Errorf("%s: got %q, %v, want %q", c[0], got, err, c[1])
		}
	}
}

// Whatever bytes a file holds, what comes out is text: its own, with \n for \r\n, or an error that says what is wrong.
func FuzzUTF8(f *testing.F) {
	for _, seed := range []string{"\ufeffa\r\n", "\xff\xfea\x00\x00\xd8", "\xfe\xff\x00a",
		"\xe9", "a\x00", "\r\r\n\r"} {
		f.Add(seed)
	}
	f.Add(strings.Repeat("\r", 4096) + "\n" + strings.Repeat("光", 4096)) // more than a buffer holds
	f.Fuzz(func(t *testing.T, data string) {
		text, err := readAll(UTF8(iotest.HalfReader(strings.NewReader(data))), int64(len(data)))
		body := strings.TrimPrefix(data, "\ufeff")
		isUTF16 := strings.HasPrefix(data, "\xff\xfe") || strings.HasPrefix(data, "\xfe\xff")
		switch isText := utf8.ValidString(body) && !strings.Contains(body, "\x00"); {
		case !utf8.ValidString(text) || strings.Contains(text, "\x00"):
			t.Errorf("%q became %q", data, text)
		case !isUTF16 && isText != (err == nil):
			t.Errorf("%q: %v", data, err)
		case isText && text != strings.ReplaceAll(body, "\r\n", "\n"):
			t.Errorf("%q became %q", data, text)
		}
	})
}

// Whatever a file holds, its documents are text without blank space around, or the error names the file.
func FuzzReadPath(f *testing.F) {
	f.Add(0, "one\n\n\n\ntwo")
	f.Add(1, "{\"text\":\"a\"}\n{\"text\":\"\\ud800\\r\\n\"}")
	f.Add(2, "<p>a<pre>\n b &#13;&#10;<td></pre><script>")
	f.Fuzz(func(t *testing.T, kind int, data string) {
		name := []string{"a.txt", "a.jsonl", "a.html"}[uint(kind)%3]
		root := tree(t, files{"b.md": "some text", name: strings.TrimPrefix(data, "-> ")})
		c, err := Load(root)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "corpus: "+filepath.Join(root, name)) {
				t.Error(err)
			}
			return
		}
		documents := c.Documents()
		for _, d := range documents {
			if d == "" || d != strings.TrimSpace(d) || !utf8.ValidString(d) || strings.Contains(d, "\x00") {
				t.Errorf("document %q", d)
			}
		}
		slices.Sort(documents)
		if len(slices.Compact(documents)) != len(c.starts) || !slices.Contains(documents, "some text") {
			t.Errorf("documents %q, %d starts", documents, len(c.starts))
		}
	})
}
