package main

import (
	"cmp"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gomlx/compute"
	"github.com/janpfeifer/must"

	"gptbook/figures/curve"
	"gptbook/train"
)

// GPT-3's depth on a small machine: 96 layers train within 1 GiB, layer by layer.
func TestNinetySixLayers(t *testing.T) {
	out := t.TempDir()
	command := exec.Command(os.Args[0], "-layers", "96", "-width", "64", "-heads", "2", "-context", "64", "-batch", "2",
		"-steps", "2", "-vocab", "280", "-corpus", book(t), "-stages", "pretrain", "-out", out)
	spec := cmp.Or(os.Getenv(compute.ConfigEnvVar), "go") // the process does not know that it is a test
	command.Env = append(os.Environ(), "CHATGPT_TEST_MAIN=1", compute.ConfigEnvVar+"="+spec)
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	want := "pretrain: gradients by layer by layer:"
	if !strings.Contains(string(said), want) {
		t.Errorf("the run did not say %q:\n%s", want, said)
	}
	_, losses := trained(t, out)
	if len(losses) != 2 || math.Abs(losses[0].Value-math.Log(280)) > 0.5 {
		t.Errorf("losses %v, want two, the first near ln 280", losses)
	}
	speed := curve.Named(must.M1(curve.ReadCSV(filepath.Join(out, "pretrain", "metrics.csv"))), train.TokensPerSecond)
	t.Logf("first step %.1f s", 2*64/speed.Points[0].Value)
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok { // in KiB
		t.Logf("peak memory %d MiB", usage.Maxrss>>10)
		if usage.Maxrss >= 1<<20 {
			t.Errorf("96 layers took %d MiB, want less than 1024", usage.Maxrss>>10)
		}
	}
}
