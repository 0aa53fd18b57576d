package archtest

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw the picture in the README anew")

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

// chapters stands in the tree for all chapters.
const chapters = "NN_name"

// The annotated tree names folders and files that exist, and every package.
func TestTreeIsTheTruth(t *testing.T) {
	_, tree, _ := between(t, read(t, "README.md"), "tree")
	named := paths(tree)
	for _, p := range named {
		pattern := filepath.Join(root, strings.ReplaceAll(p, chapters, "[0-9][0-9]_*"))
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Errorf("the tree in README.md names %s, which is not there", p)
			continue
		}
		if info, err := os.Stat(found[0]); err != nil || info.IsDir() != strings.HasSuffix(p, "/") {
			t.Errorf("the tree in README.md writes %s: folders end in a slash, files do not", p)
		}
	}
	chapter := regexp.MustCompile(`^notebooks/\d\d_\w+`)
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

// rooms are what the picture shows, from top to bottom: packages that belong together, by the rules of [matches].
// What is left out knows nothing of the course.
var rooms = []struct {
	name     string
	packages []string
}{
	{"notebooks", []string{"notebooks", "notebooks/"}},
	{"train/chatgpt, train/bench", []string{"train/chatgpt", "train/chatgpt/ablations", "train/bench"}},
	{"train/chatgpt/pipeline", []string{"train/chatgpt/pipeline"}},
	{"train/ppo", []string{"train/ppo"}},
	{"train/pretrain, sft, reward, finetune",
		[]string{"train/pretrain", "train/sft", "train/reward", "train/finetune"}},
	{"train", []string{"train"}},
	{"gpt/chat", []string{"gpt/chat", "gpt/chat/"}},
	{"gpt/generate", []string{"gpt/generate"}},
	{"gpt/scale, gpt/hub", []string{"gpt/scale", "gpt/hub"}},
	{"gpt", []string{"gpt"}},
	{"bert", []string{"bert", "bert/"}},
	{"datasets", []string{"datasets/"}},
	{"figures", []string{"figures"}},
	{"figures/curve", []string{"figures/curve"}},
	{"", []string{"internal/", "notebooks/internal/", "train/backend"}},
}

// room names the room of a package.
func room(t *testing.T, name string) string {
	t.Helper()
	best, in := "", ""
	for _, r := range rooms {
		for _, rule := range r.packages {
			if matches(rule, name) && len(rule) > len(best) {
				best, in = rule, r.name
			}
		}
	}
	if best == "" {
		t.Errorf("internal/archtest has no room for the package %s in the picture of the README", name)
	}
	return in
}

// The picture in the README is what the packages import today.
func TestPictureIsTheTruth(t *testing.T) {
	arrows := map[string]map[string]bool{}
	for _, p := range packages(t) {
		imports := p.Imports
		if strings.HasPrefix(p.name(), "notebooks/") { // chapters are test files
			imports = slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		}
		from := room(t, p.name())
		for _, name := range ours(imports) {
			if to := room(t, name); from != "" && to != "" && from != to {
				if arrows[from] == nil {
					arrows[from] = map[string]bool{}
				}
				arrows[from][to] = true
			}
		}
	}
	text := read(t, "README.md")
	before, got, after := between(t, text, "arrows")
	want := mermaid(t, arrows)
	if got == want {
		return
	}
	if !*update {
		t.Errorf("README.md shows other arrows than the packages have; `go test ./internal/archtest -update` draws\n%s",
			want)
		return
	}
	if err := os.WriteFile(filepath.Join(root, "README.md"), []byte(before+want+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// mermaid draws the arrows, but for those that follow from others.
func mermaid(t *testing.T, arrows map[string]map[string]bool) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("flowchart TD\n")
	ids := map[string]string{}
	for i, r := range rooms {
		if r.name != "" {
			ids[r.name] = string(rune('a' + i))
			fmt.Fprintf(&out, "  %s[\"%s\"]\n", ids[r.name], r.name)
		}
	}
	for _, r := range rooms {
		if reaches(arrows, r.name, r.name, nil) {
			t.Fatalf("the rooms' arrows run in a circle through %s", r.name)
		}
		for _, to := range slices.Sorted(maps.Keys(arrows[r.name])) {
			follows := false
			for via := range arrows[r.name] {
				follows = follows || via != to && reaches(arrows, via, to, nil)
			}
			if !follows {
				fmt.Fprintf(&out, "  %s --> %s\n", ids[r.name], ids[to])
			}
		}
	}
	return out.String()
}

// reaches says whether one or more arrows lead from one room to another.
func reaches(arrows map[string]map[string]bool, from, to string, seen map[string]bool) bool {
	if seen == nil {
		seen = map[string]bool{}
	}
	for next := range arrows[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if reaches(arrows, next, to, seen) {
				return true
			}
		}
	}
	return false
}

var (
	link    = regexp.MustCompile(`\[(` + "`?" + `)([^\]\n]*?)` + "`?" + `\]\(([^)\s]+)\)`)
	program = regexp.MustCompile(`go (?:run|test)(?: -[^.\n]*?)? \./([\w./]*)`)
)

// What README and its neighbours point to is there: files, folders, programs, and the symbol where a link is written
// as code.
func TestTextsPointToWhatIsThere(t *testing.T) {
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		text := read(t, name)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			code, label, target := m[1] != "", m[2], m[3]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "#") {
				continue
			}
			target, _, _ = strings.Cut(target, "#")
			file := filepath.Join(root, filepath.FromSlash(target))
			content, err := os.ReadFile(file)
			if _, statErr := os.Stat(file); statErr != nil {
				t.Errorf("%s: [%s] leads to %s, which is not there", name, label, target)
			} else if err == nil && code && path.Ext(target) == ".go" && !mentions(string(content), label) {
				t.Errorf("%s: %s does not define %s", name, target, label)
			}
		}
		for _, m := range program.FindAllStringSubmatch(text, -1) {
			folder := strings.TrimRight(strings.TrimSuffix(m[1], "..."), "/.")
			if _, err := os.Stat(filepath.Join(root, folder)); err != nil {
				t.Errorf("%s: `%s`: there is no %s", name, m[0], folder)
			}
		}
	}
}

// mentions says whether Go source defines a function, method, type, variable or field of that name, such as Loop.Run.
func mentions(source, name string) bool {
	last := regexp.QuoteMeta(name[strings.LastIndex(name, ".")+1:])
	return regexp.MustCompile(`(?m)^(func (\([^)]*\) )?|type |var |const |\t)` + last + `\b`).MatchString(source)
}
