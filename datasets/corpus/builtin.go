package corpus

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// goroot finds the Go source tree: $GOROOT, then what `go env` says. The folder that is baked into
// a program (runtime.GOROOT) is empty with -trimpath and deprecated.
func goroot() (string, error) {
	candidates := []string{os.Getenv("GOROOT")}
	if out, err := exec.Command("go", "env", "GOROOT").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(out)))
	}
	for _, root := range candidates {
		if root == "" {
			continue
		}
		if info, err := os.Stat(filepath.Join(root, "src", "fmt")); err == nil && info.IsDir() {
			return root, nil
		}
	}
	return "", errors.New("corpus: found no Go source tree for the built-in texts: install Go from https://go.dev/dl " +
		"(some distributions ship the sources apart), set GOROOT, or use a file of your own")
}

// opticks is the text with which Go tests its compressors (from Project Gutenberg).
func opticks() (*Corpus, error) {
	root, err := goroot()
	if err != nil {
		return nil, err
	}
	c, err := ReadPath(filepath.Join(root, "src", "testdata", "Isaac.Newton-Opticks.txt"))
	if err != nil {
		return nil, err
	}
	c.Name = "opticks"
	return c, nil
}

// godoc is the documentation of the exported standard library, one document for each package.
func godoc() (*Corpus, error) {
	root, err := goroot()
	if err != nil {
		return nil, err
	}
	paths, err := packages(filepath.Join(root, "src"))
	if err != nil {
		return nil, err
	}
	documents := make([]string, len(paths))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, path := range paths {
		group.Go(func() (err error) {
			documents[i], err = packageDoc(root, path)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	kept := documents[:0]
	for _, d := range documents {
		if d != "" {
			kept = append(kept, d)
		}
	}
	return fromDocuments("godoc", filepath.Join(root, "src"), kept)
}

// packages lists the import paths below src in order, without commands, tests and internals.
func packages(src string) (paths []string, err error) {
	err = filepath.WalkDir(src, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
		if !entry.IsDir() || path == src {
			return nil
		}
		switch name := entry.Name(); {
		case name == "cmd", name == "internal", name == "vendor", name == "testdata",
			strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"):
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return fmt.Errorf("corpus: %w", err)
		}
		paths = append(paths, filepath.ToSlash(rel))
		return nil
	})
	return paths, err
}

// packageDoc returns the comments of one package: its own, then those of its constants,
// variables, functions and types. "" if the folder holds no package. The files are those of one
// fixed platform, so that every reader has the same text.
func packageDoc(root, path string) (string, error) {
	context := build.Context{GOROOT: root, GOOS: "linux", GOARCH: "amd64", Compiler: "gc",
		ReleaseTags: build.Default.ReleaseTags}
	dir := filepath.Join(root, "src", filepath.FromSlash(path))
	pkg, err := context.ImportDir(dir, 0)
	var none *build.NoGoError
	if errors.As(err, &none) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("corpus: package %s: %w", path, err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range pkg.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return "", fmt.Errorf("corpus: %w", err)
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(set, files, path)
	if err != nil {
		return "", fmt.Errorf("corpus: package %s: %w", path, err)
	}
	comments := []string{"package " + path, d.Doc}
	comments = append(comments, valueDocs(d.Consts)...)
	comments = append(comments, valueDocs(d.Vars)...)
	comments = append(comments, funcDocs(d.Funcs)...)
	for _, t := range d.Types {
		comments = append(comments, t.Doc)
		comments = append(comments, valueDocs(t.Consts)...)
		comments = append(comments, valueDocs(t.Vars)...)
		comments = append(comments, funcDocs(t.Funcs)...)
		comments = append(comments, funcDocs(t.Methods)...)
	}
	var b strings.Builder
	for _, c := range comments {
		if c = strings.TrimSpace(c); c != "" {
			b.WriteString(c + "\n\n")
		}
	}
	return b.String(), nil
}

func valueDocs(values []*doc.Value) (comments []string) {
	for _, v := range values {
		comments = append(comments, v.Doc)
	}
	return comments
}

func funcDocs(funcs []*doc.Func) (comments []string) {
	for _, f := range funcs {
		comments = append(comments, f.Doc)
	}
	return comments
}
