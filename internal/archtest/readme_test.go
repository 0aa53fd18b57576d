package archtest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// read reads a text of the repository's root.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// between cuts the text into what stands before, inside and after a fenced block that follows a marker.
func between(t *testing.T, text, marker string) (before, inside, after string) {
	t.Helper()
	start := regexp.MustCompile("<!-- " + marker + "[^\n]*-->\n```\\w*\n").FindStringIndex(text)
	if start == nil {
		t.Fatalf("README.md has no fenced block after <!-- %s -->", marker)
	}
	length := strings.Index(text[start[1]:], "```")
	return text[:start[1]], text[start[1] : start[1]+length], text[start[1]+length:]
}

// chapters stands in the texts for all chapters.
const chapters = "NN_name"

var chapter = regexp.MustCompile(`^notebooks/\d\d_\w+`)

// The annotated tree names folders and files that exist, and every package.
func TestTreeIsTheTruth(t *testing.T) {
	_, tree, _ := between(t, read(t, "README.md"), "tree")
	named := paths(tree)
	for _, p := range named {
		if !exists(p) {
			t.Errorf("the tree in README.md names %s, which is not there", p)
		}
	}
	for _, p := range packages(t) {
		if name := chapter.ReplaceAllString(p.name(), "notebooks/"+chapters) + "/"; !slices.Contains(named, name) {
			t.Errorf("the tree in README.md does not name the package %s", p.name())
		}
	}
}

// paths reads a tree, in which a folder's content stands two blanks further to the right: all its paths.
func paths(tree string) (all []string) {
	var above []string
	for line := range strings.Lines(tree) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if name == "" || depth > len(above) {
			continue // what is said of the folder goes on
		}
		above = append(above[:depth], name)
		all = append(all, strings.Join(above, ""))
	}
	return all
}

var (
	link    = regexp.MustCompile(`\[([^\]\n]+)\]\(([^)\s]+)\)`)
	symbol  = regexp.MustCompile("^`(?:[a-z]\\w*\\.)?([A-Z]\\w*)(?:\\.(\\w+))?`$") // `Loop`, `Loop.Run`, `ppo.Loop`
	program = regexp.MustCompile(`go (?:run|test)(?: -[^.\n]*?)? \./([a-z][\w./]*)`)
)

// What the texts in the root point to is there: files, folders, programs, and the symbol where a link's text is one.
func TestTextsPointToWhatIsThere(t *testing.T) {
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		text := read(t, name)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, section, _ := strings.Cut(m[2], "#")
			s := symbol.FindStringSubmatch(m[1])
			switch {
			case strings.Contains(target, "://"):
			case !exists(target):
				t.Errorf("%s: %s leads to %s, which is not there", name, m[1], target)
			case section != "" && !slices.Contains(sections(read(t, target)), section):
				t.Errorf("%s: %s has no section %s", name, target, section)
			case s != nil && path.Ext(target) == ".go" && !defines(read(t, target), s[1], s[2]):
				t.Errorf("%s: %s is not in %s", name, m[1], target)
			}
		}
		if name == "CHANGELOG.md" {
			continue // names programs that are gone
		}
		for _, m := range program.FindAllStringSubmatch(text, -1) {
			if folder := strings.TrimRight(m[1], "./"); !exists(folder) {
				t.Errorf("%s: `%s`: there is no %s", name, m[0], folder)
			}
		}
	}
}

// sections are the names of a text's headings in links.
func sections(text string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		plain := regexp.MustCompile(`[^\w -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		names = append(names, strings.ReplaceAll(plain, " ", "-"))
	}
	return names
}

// exists says whether a path, from the root, leads somewhere; [chapters] stands for any chapter.
func exists(name string) bool {
	found, err := filepath.Glob(filepath.Join(root, strings.ReplaceAll(name, chapters, "[0-9][0-9]_*")))
	return err == nil && len(found) > 0
}

// defines says whether source defines the function, type, variable or constant, or the method of it.
func defines(source, name, method string) bool {
	pattern := `(?m)^(func |type |var |const |\t)` + name + `\b`
	if method != "" {
		pattern = `(?m)^func \(\w* ?\*?` + name + `\) ` + method + `\b`
	}
	return regexp.MustCompile(pattern).MatchString(source)
}

func TestTextsAreRead(t *testing.T) {
	tree := "gpt/       models\n  chat/    conversations,\n           in turns\n    repl/  in a terminal\n.ci/run    all\n"
	if got, want := paths(tree), []string{"gpt/", "gpt/chat/", "gpt/chat/repl/", ".ci/run"}; !slices.Equal(got, want) {
		t.Errorf("the paths of a tree are %q, want %q", got, want)
	}
	if got, want := sections("# A b\ntext\n## What's C?\n"), []string{"a-b", "whats-c"}; !slices.Equal(got, want) {
		t.Errorf("sections %q, want %q", got, want)
	}
	source := "type Loop struct{}\n\nfunc (l *Loop) Run() {}\n\nvar (\n\tTiny = 1\n)\n"
	for _, s := range [][2]string{{"Loop", ""}, {"Loop", "Run"}, {"Tiny", ""}} {
		if !defines(source, s[0], s[1]) {
			t.Errorf("%s.%s is not found", s[0], s[1])
		}
	}
	if defines(source, "Loo", "") || defines(source, "Loop", "Ru") {
		t.Error("found what is not defined")
	}
	if !exists("notebooks/NN_name/exercises") || exists("notebooks/NN_name/nothing") {
		t.Error("what a chapter has is not found, or what it has not")
	}
}
