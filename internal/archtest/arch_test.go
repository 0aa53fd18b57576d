// Package archtest holds the arrows between the packages of the course: which may import which.
package archtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "gptbook/"

// allowed lists, by the longest prefix that fits a package, what it may import of ours. A trailing slash
// stands for all packages below. Test files may import more.
var allowed = map[string][]string{
	"figures/curve": {},
	"figures":       {"figures/curve"},
	"datasets/":     {"datasets/"},
	"gpt":           {"datasets/tokenizer", "internal/"},
	"bert":          {"datasets/tokenizer", "internal/"},
	"gpt/":          {"gpt", "gpt/", "datasets/", "internal/"},
	"bert/":         {"bert", "bert/", "datasets/", "internal/"},
	"train":         {"figures/curve"},
	"train/": {"train", "gpt", "gpt/", "bert", "bert/", "datasets/", "figures", "figures/curve",
		"internal/"},
	"train/bench": {"internal/", "train/", "train", "gpt", "bert", "gpt/", "datasets/", "figures", "figures/curve"},
	"train/chatgpt": {"train", "train/", "gpt", "gpt/", "bert", "datasets/", "figures", "figures/curve",
		"internal/"},
	"train/chatgpt/": {"train", "train/", "gpt", "gpt/", "datasets/", "figures", "figures/curve", "internal/"},
	"gpt/chat/repl":  {"gpt", "gpt/", "datasets/", "internal/"},
	"notebooks": {"train", "train/", "gpt", "gpt/", "bert", "bert/", "datasets/", "figures",
		"figures/curve", "notebooks/", "internal/"},
	"notebooks/": {"train", "train/", "gpt", "gpt/", "bert", "bert/", "datasets/", "figures",
		"figures/curve", "notebooks/"},
	"notebooks/course": {"notebooks/internal/modroot", "train", "train/", "gpt", "gpt/", "bert", "datasets/", "figures",
		"figures/curve", "internal/"},
	"internal/": {"internal/"},
}

// everybodys are what the standard library lacks: they know nothing of the course.
var everybodys = []string{"internal/atomic", "internal/command"}

func TestImportsFollowTheArrows(t *testing.T) {
	for _, p := range packages(t) {
		for _, to := range ours(p.Imports) {
			if !permits(p.name(), to) {
				t.Errorf("%s imports %s, which the arrows in internal/archtest forbid", p.name(), to)
			}
		}
	}
}

// A cell of a notebook is compiled in another module, where Go forbids what is internal here: a chapter that passes its
// tests with such an import would not run.
func TestChaptersImportNothingInternal(t *testing.T) {
	for _, p := range packages(t) {
		if !chapter.MatchString(p.name()) {
			continue
		}
		for _, to := range ours(slices.Concat(p.Imports, p.TestImports, p.XTestImports)) {
			if strings.Contains("/"+to, "/internal/") {
				t.Errorf("%s imports %s, which its cells cannot", p.name(), to)
			}
		}
	}
}

// Training links no drawing library, not through others either: see train.NewLiveChart.
func TestTrainingDrawsNothing(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"train", module+"figures/curve").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if !strings.Contains(string(out), module+"figures/curve\n") {
		t.Errorf("train does not know figures/curve: is this its list?\n%s", out)
	}
	for path := range strings.Lines(string(out)) {
		if path == module+"figures\n" || strings.HasPrefix(path, "gonum.org/v1/plot") {
			t.Errorf("train links %s", path)
		}
	}
}

// permits says whether the most specific rule for from lets it import to.
func permits(from, to string) bool {
	if slices.Contains(everybodys, to) {
		return true
	}
	best := ""
	for rule := range allowed {
		if matches(rule, from) && len(rule) > len(best) {
			best = rule
		}
	}
	for _, rule := range allowed[best] {
		if matches(rule, to) {
			return true
		}
	}
	return false
}

func matches(rule, path string) bool {
	return rule == path || strings.HasSuffix(rule, "/") && strings.HasPrefix(path, rule)
}

func TestRulesBite(t *testing.T) {
	for _, arrow := range [][2]string{
		{"gpt", "bert"}, {"bert", "gpt"}, {"figures", "train"}, {"datasets/corpus", "gpt"}, {"train", "gpt"},
		{"train/sft", "train/ppo"}, {"train/ppo", "train/chatgpt"}, {"train", "figures"}, {"figures/curve", "figures"},
	} {
		if permits(arrow[0], arrow[1]) {
			t.Errorf("%s may import %s", arrow[0], arrow[1])
		}
	}
	if !permits("train/ppo", "gpt/generate") || !permits("gpt", "datasets/tokenizer") {
		t.Error("a wanted arrow is forbidden")
	}
}
