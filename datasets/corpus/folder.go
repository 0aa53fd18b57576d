package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxBytes is how much is read: the text and its token ids must fit in memory.
const maxBytes = 1 << 30

// ReadPath reads a file, or all text files below a folder in the order of their paths:
//
//   - .txt and .md: plain text, a document
//   - .html and .htm: the text between the tags, a document
//   - .jsonl: a document in the field "text" of the object on each line
//
// Given alone, a file of any ending but .jsonl may hold several documents: each begins after two or more blank lines.
//
// Files are read by [UTF8] and links are followed, but nothing is read twice: what is held out must not stand in the
// training text too. So documents count once that are equal but for the blank space around them. [Corpus.Notes] say
// what is left out: these, empty ones, files and folders whose names begin with a dot (such as .ipynb_checkpoints,
// where Jupyter keeps copies) and files of other endings. What cannot be read as text is an error that names the file,
// and so is more than 1 GiB.
func ReadPath(path string) (*Corpus, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("corpus: there is no corpus, file or folder %q; have %s",
			path, strings.Join(Names(), ", "))
	}
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	var c *Corpus
	g := gathering{root: path, met: map[string]bool{}, stands: map[string]string{}}
	if info.IsDir() {
		c, err = g.folder()
	} else {
		g.root = filepath.Dir(path)
		c, err = g.alone(path, info)
	}
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	c.Name, c.Source, c.Notes = path, path, g.said()
	return c, nil
}

// gathering collects the documents of the files below root.
type gathering struct {
	joiner
	root   string
	files  []file
	size   int64             // of these files, in bytes
	met    map[string]bool   // real paths of the files and folders so far
	stands map[string]string // for each document, the file that holds it
	notes  []note
}

type file struct {
	path string
	size int64 // in bytes
}

// folder reads all text files below root.
func (g *gathering) folder() (*Corpus, error) {
	if err := g.walk(g.root); err != nil {
		return nil, err
	}
	c, err := g.join()
	if err == nil && c.Text == "" {
		err = fmt.Errorf("no file ending in %s with text in folder %s", strings.Join(endings, ", "), g.root)
		for _, left := range g.said() {
			err = fmt.Errorf("%w; %s", err, left)
		}
	}
	return c, err
}

// alone reads one file.
func (g *gathering) alone(path string, info fs.FileInfo) (*Corpus, error) {
	err := g.take(path, info)
	if err != nil {
		return nil, err
	}
	c := &Corpus{}
	if ending(path) == ".jsonl" {
		c, err = g.join()
	} else {
		err = g.read(g.files[0], func(_, text string) { c.Text, c.starts = text, after(text, between) })
	}
	if err == nil && strings.TrimSpace(c.Text) == "" {
		err = fmt.Errorf("%s is empty", path)
	}
	return c, err
}

// walk takes the text files below a folder.
func (g *gathering) walk(folder string) error {
	if again, err := g.again(folder); again || err != nil {
		return err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") {
			g.note("hidden, left out", path)
			continue
		}
		info, err := os.Stat(path) // follows a link
		switch isText := slices.Contains(endings, ending(path)); {
		case err == nil && info.IsDir():
			err = g.walk(path)
		case !isText:
			g.note("of another ending, left out", path)
			continue
		case err == nil:
			err = g.take(path, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// again says whether a file or folder was met before, then by another name.
func (g *gathering) again(path string) (bool, error) {
	target, err := filepath.Abs(path)
	if err == nil {
		target, err = filepath.EvalSymlinks(target)
	}
	if err != nil || !g.met[target] {
		g.met[target] = true
		return false, err
	}
	g.note("read by another name, left out", path)
	return true, nil
}

// take puts a file on the list.
func (g *gathering) take(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	if again, err := g.again(path); again || err != nil {
		return err
	}
	if g.size += info.Size(); g.size > maxBytes {
		return fmt.Errorf("with %s there are %d bytes, more than the %d that are read; use a part of them",
			path, g.size, maxBytes)
	}
	g.files = append(g.files, file{path, info.Size()})
	return nil
}

// join makes one text of all files.
func (g *gathering) join() (*Corpus, error) {
	g.text.Grow(int(g.size) + len(between)*len(g.files))
	for _, f := range g.files {
		err := g.read(f, func(where, document string) {
			switch document = strings.TrimSpace(document); {
			case document == "":
				g.note("empty, left out", where)
			case g.stands[document] != "":
				g.note("the text of another, counted once", where+", as "+g.short(g.stands[document]))
			default:
				g.stands[g.add(document)] = f.path
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return &Corpus{Text: g.text.String(), starts: g.starts}, nil
}

// read calls add with each document of a file and the place where it stands.
func (g *gathering) read(f file, add func(where, document string)) error {
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer in.Close()
	text := newText(in)
	if text.utf16 {
		g.note("UTF-16, converted", f.path)
	}
	return documents(f.path, text, f.size, add)
}

// note is something to say of a number of files or documents.
type note struct {
	what, first string
	count       int
}

func (g *gathering) note(what, where string) {
	i := slices.IndexFunc(g.notes, func(n note) bool { return n.what == what })
	if i < 0 {
		i, g.notes = len(g.notes), append(g.notes, note{what: what, first: g.short(where)})
	}
	g.notes[i].count++
}

// said writes the notes, a line each.
func (g *gathering) said() (lines []string) {
	for _, n := range g.notes {
		line := n.what + ": " + n.first
		if n.count > 1 {
			line += fmt.Sprintf(", and %d more", n.count-1)
		}
		lines = append(lines, line)
	}
	return lines
}

// short is a place as seen from root.
func (g *gathering) short(where string) string {
	if short, err := filepath.Rel(g.root, where); err == nil {
		return filepath.ToSlash(short)
	}
	return where
}
