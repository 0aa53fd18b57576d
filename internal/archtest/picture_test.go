package archtest

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw the picture in the README anew")

// rooms are what the picture shows, from top to bottom: packages that belong together, by the rules of [matches].
// What has no name is left out: it knows nothing of the course.
var rooms = []struct {
	name     string
	packages []string
}{
	{"notebooks", []string{"notebooks", "notebooks/"}},
	{"train/chatgpt, train/bench", []string{"train/chatgpt", "train/chatgpt/ablations", "train/bench"}},
	{"train/chatgpt/pipeline", []string{"train/chatgpt/pipeline"}},
	{"train/ppo", []string{"train/ppo"}},
	{"train/pretrain, sft, reward, finetune", []string{"train/pretrain", "train/sft", "train/reward", "train/finetune"}},
	{"train", []string{"train"}},
	{"gpt/chat", []string{"gpt/chat", "gpt/chat/"}},
	{"gpt/generate", []string{"gpt/generate"}},
	{"gpt/scale, gpt/hub", []string{"gpt/scale", "gpt/hub"}},
	{"gpt", []string{"gpt"}},
	{"bert", []string{"bert", "bert/"}},
	{"datasets", []string{"datasets/"}},
	{"figures", []string{"figures"}},
	{"figures/curve", []string{"figures/curve"}},
	{"", []string{"internal/", "notebooks/internal/"}},
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
		t.Errorf("the picture of the README has no room for %s; name it in internal/archtest", name)
	}
	return in
}

// The picture in the README is what the packages import today.
func TestPictureIsTheTruth(t *testing.T) {
	arrows := graph{}
	for _, p := range packages(t) {
		imports := p.Imports
		if chapter.MatchString(p.name()) { // all of it is test files
			imports = slices.Concat(imports, p.TestImports, p.XTestImports)
		}
		from := room(t, p.name())
		for _, name := range ours(imports) {
			if to := room(t, name); from != "" && to != "" && from != to {
				arrows.add(from, to)
			}
		}
	}
	for _, r := range rooms {
		if arrows.leads(r.name, r.name) {
			t.Fatalf("the arrows run in a circle through %s", r.name)
		}
	}
	before, got, after := between(t, read(t, "README.md"), "arrows")
	want := mermaid(arrows)
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("README.md shows other arrows than the packages have; `go test ./internal/archtest -update` draws\n%s", want)
	}
	if err := os.WriteFile(filepath.Join(root, "README.md"), []byte(before+want+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// mermaid draws the arrows, but for those that follow from others.
func mermaid(arrows graph) string {
	id := func(room string) string {
		first, _, _ := strings.Cut(room, ",")
		return strings.ReplaceAll(first, "/", "_")
	}
	var nodes, edges strings.Builder
	for _, r := range rooms {
		if r.name != "" {
			fmt.Fprintf(&nodes, "  %s[\"%s\"]\n", id(r.name), r.name)
		}
		for _, to := range arrows.needed(r.name) {
			fmt.Fprintf(&edges, "  %s --> %s\n", id(r.name), id(to))
		}
	}
	return "flowchart TD\n" + nodes.String() + edges.String()
}

// graph holds arrows by where they begin and where they end.
type graph map[string]map[string]bool

func (g graph) add(from, to string) {
	if g[from] == nil {
		g[from] = map[string]bool{}
	}
	g[from][to] = true
}

// leads says whether one or more arrows lead from one room to another.
func (g graph) leads(from, to string) bool {
	seen := map[string]bool{}
	var visit func(at string) bool
	visit = func(at string) bool {
		for next := range g[at] {
			if next == to {
				return true
			}
			if !seen[next] {
				seen[next] = true
				if visit(next) {
					return true
				}
			}
		}
		return false
	}
	return visit(from)
}

// needed lists where arrows lead that do not follow from others; there must be no circle.
func (g graph) needed(from string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(g[from])), func(to string) bool {
		for via := range g[from] {
			if via != to && g.leads(via, to) {
				return true
			}
		}
		return false
	})
}

func TestArrowsThatFollow(t *testing.T) {
	g := graph{}
	for _, arrow := range []string{"ab", "bc", "cd", "ad", "ac", "ae"} {
		g.add(arrow[:1], arrow[1:])
	}
	if got := g.needed("a"); !slices.Equal(got, []string{"b", "e"}) {
		t.Errorf("a needs arrows to %v, want b and e", got)
	}
	if g.leads("a", "a") {
		t.Error("a circle where there is none")
	}
	if g.add("d", "b"); !g.leads("b", "b") || g.leads("a", "a") {
		t.Error("the circle b, c, d is not found, or a is in it")
	}
}
