package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/figures/curve"
	"gptbook/train"
	"gptbook/train/chatgpt/pipeline"
)

// TestMain lets the tests start this program as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("CHATGPT_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// book writes a text of a few sentences, over and over, and returns its path.
func book(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "book.txt")
	text := strings.Repeat("The Rays of Light differ in Colour. They differ also in degrees of Refrangibility.\n\n", 60)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// tiny is the flags of a run that takes a second or two.
func tiny(t *testing.T, text, out string, more ...string) []string {
	t.Helper()
	return append([]string{"-corpus", text, "-out", out, "-backend", "go", "-vocab", "280", "-layers", "1",
		"-heads", "2", "--width=16", "-context", "16", "-batch", "4", "-steps", "8", "-lr", "0.01"}, more...)
}

func mustRun(t *testing.T, args []string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return out.String()
}

// trained returns the weights, by path, and the training losses that a run left in its folder.
func trained(t *testing.T, out string) (map[string][]float32, []curve.Point) {
	t.Helper()
	store := model.NewStore()
	if _, err := train.Load(store, filepath.Join(out, "pretrain")); err != nil {
		t.Fatal(err)
	}
	weights := map[string][]float32{}
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		weights[v.Path()] = tensors.MustCopyFlatData[float32](value)
	}
	curves, err := curve.ReadCSV(filepath.Join(out, "pretrain", "metrics.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return weights, curves[0].Points
}

func TestBook(t *testing.T) {
	text := book(t)
	for _, tokenizer := range []string{"bpe", "char"} {
		out := filepath.Join(t.TempDir(), "with space")
		said := mustRun(t, tiny(t, text, out, "-tokenizer", tokenizer))
		for _, want := range []string{"a new run", "pure Go (asked for)", "after 8 steps", "bits per byte", "Next:"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the run did not say %q:\n%s", tokenizer, want, said)
			}
		}
		for _, file := range []string{"run.json", "tokenizer/vocab.json",
			"pretrain/loss.png", "pretrain/loss.svg", "sample/samples.txt"} {
			if info, err := os.Stat(filepath.Join(out, file)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %s is missing or empty", tokenizer, file)
			}
		}
		header, _, _ := strings.Cut(read(t, filepath.Join(out, "pretrain", "metrics.csv")), "\n")
		for _, column := range []string{"step", "train_loss", "val_loss", "tokens_per_second"} {
			if !slices.Contains(strings.Split(header, ","), column) {
				t.Errorf("%s: metrics.csv has the columns %s, want %s too", tokenizer, header, column)
			}
		}
		if _, losses := trained(t, out); losses[len(losses)-1].Value >= losses[0].Value {
			t.Errorf("%s: the loss did not fall: %v", tokenizer, losses)
		}
		// Everything is there: the second run trains no further and says the same.
		if again := mustRun(t, []string{"-out", out, "-backend", "go"}); !strings.Contains(again, "began earlier") ||
			last(again, "nats per held-out token") != last(said, "nats per held-out token") {
			t.Errorf("%s: the second run said\n%s", tokenizer, again)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// last returns the last line of text that contains part.
func last(text, part string) (found string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			found = line
		}
	}
	return found
}

// fuse is a context that ends after so many questions whether it has: a Ctrl-C at a fixed step.
type fuse struct {
	context.Context
	left int
}

func (f *fuse) Err() error {
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// An interrupted run, gone on with, ends on the weights of one that was not, bit for bit.
func TestResumeEqualsUninterrupted(t *testing.T) {
	text, whole, parts := book(t), t.TempDir(), t.TempDir()
	mustRun(t, tiny(t, text, whole))

	var out bytes.Buffer
	err := run(&fuse{t.Context(), 6}, tiny(t, text, parts), &out)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want a cancelled context\n%s", err, &out)
	}
	if _, losses := trained(t, parts); len(losses) == 0 || len(losses) >= 8 {
		t.Fatalf("stopped after %d steps, want some of 8", len(losses))
	}
	if _, err := os.Stat(filepath.Join(parts, "pretrain", "loss.png")); err != nil {
		t.Error("the stopped run drew no curve")
	}
	said := mustRun(t, []string{"-out", parts, "-backend", "go"}) // remembers its other flags
	if !strings.Contains(said, "goes on from step") || !strings.Contains(said, "began earlier") {
		t.Errorf("the second run does not say that it goes on:\n%s", said)
	}
	wantWeights, wantLosses := trained(t, whole)
	gotWeights, gotLosses := trained(t, parts)
	if !slices.Equal(gotLosses, wantLosses) {
		t.Errorf("losses %v, want %v", gotLosses, wantLosses)
	}
	for path, want := range wantWeights {
		if !slices.Equal(gotWeights[path], want) {
			t.Errorf("weight %s differs", path)
		}
	}
	if got, want := read(t, filepath.Join(parts, "sample", "samples.txt")),
		read(t, filepath.Join(whole, "sample", "samples.txt")); got != want {
		t.Errorf("samples differ:\n%s\n%s", got, want)
	}
}

// What a stage stands on is made where it is missing.
func TestStagesOneByOne(t *testing.T) {
	text, out := book(t), t.TempDir()
	for _, stage := range []string{"tokenizer", "pretrain", "sample"} {
		mustRun(t, tiny(t, text, out, "-stages", stage))
	}
	at := t.TempDir()
	mustRun(t, tiny(t, text, at, "-stages", "sample"))
	if got, want := read(t, filepath.Join(at, "sample", "samples.txt")),
		read(t, filepath.Join(out, "sample", "samples.txt")); got != want {
		t.Errorf("the last stage at once: %s\none by one: %s", got, want)
	}
	if said := mustRun(t, tiny(t, text, out, "-steps", "12")); !strings.Contains(said, "after 12 steps") {
		t.Errorf("a longer run said\n%s", said)
	}
}

// A log is a picture and nothing else: without it the loss is measured, and the run goes on.
func TestLostLog(t *testing.T) {
	text, out := book(t), t.TempDir()
	said := mustRun(t, tiny(t, text, out))
	log := filepath.Join(out, "pretrain", "metrics.csv")
	if err := os.Remove(log); err != nil {
		t.Fatal(err)
	}
	again := mustRun(t, []string{"-out", out, "-backend", "go"})
	if last(again, "nats per held-out token") != last(said, "nats per held-out token") {
		t.Errorf("without its log the run said\n%s", again)
	}
	if err := os.Remove(log); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	more := mustRun(t, []string{"-out", out, "-backend", "go", "-steps", "9"})
	if !strings.Contains(more, "after 9 steps") {
		t.Errorf("one step more said\n%s", more)
	}
}

// Stopped before the first evaluation, and then asked for no more steps than it made.
func TestStoppedBeforeTheFirstEvaluation(t *testing.T) {
	text, out := book(t), t.TempDir()
	var said bytes.Buffer
	err := run(&fuse{t.Context(), 6}, tiny(t, text, out, "-steps", "1000"), &said)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want a cancelled context\n%s", err, &said)
	}
	_, losses := trained(t, out)
	steps := strconv.Itoa(losses[len(losses)-1].Step)
	again := mustRun(t, []string{"-out", out, "-backend", "go", "-steps", steps})
	if !strings.Contains(again, "after "+steps+" steps: ") {
		t.Errorf("the run said\n%s", again)
	}
}

// The pipeline on the world in little: all stages, a model to talk to, and nothing learned twice.
func TestWorld(t *testing.T) {
	out := t.TempDir()
	args := []string{"-out", out, "-size", "small", "-backend", "go"}
	said := mustRun(t, append(args, "-stages", "tokenizer,pretrain"))
	for _, want := range []string{"a new run", "30 people", "pretrain: 20 steps",
		"comparison: ", "Next: go run ./train/chatgpt -out " + out} {
		if !strings.Contains(said, want) {
			t.Errorf("the first stages did not say %q:\n%s", want, said)
		}
	}
	said = mustRun(t, args)
	for _, want := range []string{"a run that began earlier", "[4/6] sft", "Careful: the reward model puts",
		"Why did Christopher Columbus come to America in 2015?", "base      SFT      PPO", "declines to do harm",
		"go run ./gpt/chat/repl -model " + filepath.Join(out, "ppo", "model")} {
		if !strings.Contains(said, want) {
			t.Errorf("the run did not say %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "pretrain: 20 steps") {
		t.Errorf("the second run pretrained again:\n%s", said)
	}
	for _, file := range []string{"ppo.png", "scorecard.txt", "rankings.jsonl",
		"ppo-1/ppo.csv", "ppo/model/model.safetensors", "ppo/model/vocab.json"} {
		if info, err := os.Stat(filepath.Join(out, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty", file)
		}
	}
	if again := mustRun(t, args); strings.Contains(again, "steps in") {
		t.Errorf("the third run learned again:\n%s", again)
	}
	deep := pipeline.Full
	deep.GPT.Layers = 96
	if names := deep.Usual(); !slices.Equal(names, []string{"tokenizer", "pretrain"}) {
		t.Errorf("with 96 layers: %v, want no stage that compiles all of them at once", names)
	}
}

func TestRefusals(t *testing.T) {
	text, out := book(t), t.TempDir()
	mustRun(t, tiny(t, text, out, "-stages", "tokenizer"))
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"other layers":    {tiny(t, text, out, "-layers", "3"), "has -layers 1, not 3"},
		"other tokenizer": {tiny(t, text, out, "-tokenizer", "char"), "has -tokenizer bpe, not char"},
		"damaged record":  {[]string{"-out", filepath.Dir(file("run.json", "{"))}, "run.json"},
		"unknown flag":    {[]string{"-layer", "3"}, "-layer"},
		"no number":       {[]string{"-layers", "many"}, "-layers"},
		"argument":        {[]string{"book.txt"}, `unexpected argument "book.txt"`},
		"stage": {tiny(t, text, t.TempDir(), "-stages", "pretrain,fly"),
			`no "fly"; have tokenizer, pretrain`},
		"no stage":         {tiny(t, text, t.TempDir(), "-stages", ","), `no ""; have tokenizer`},
		"tokenizer":        {tiny(t, text, t.TempDir(), "-tokenizer", "words"), "have bpe, char"},
		"heads":            {tiny(t, text, t.TempDir(), "-heads", "3"), "3 heads"},
		"no layers":        {tiny(t, text, t.TempDir(), "-layers", "-1"), "Layers is -1"},
		"bands":            {[]string{"-window", "8", "-out", t.TempDir()}, "has no bands"},
		"no band":          {tiny(t, text, t.TempDir(), "-window", "-2"), "Window is -2"},
		"batch":            {tiny(t, text, t.TempDir(), "-batch", "-1"), "-batch -1"},
		"steps":            {tiny(t, text, t.TempDir(), "-steps", "-1"), "-steps -1"},
		"rate":             {tiny(t, text, t.TempDir(), "-lr", "NaN"), "-lr NaN"},
		"questions":        {tiny(t, text, t.TempDir(), "-stages", "sft"), "it wants -corpus world"},
		"size":             {tiny(t, text, t.TempDir(), "-size", "huge"), "have full, small"},
		"world in letters": {[]string{"-tokenizer", "char", "-out", t.TempDir()}, "use bpe"},
		"giant":            {tiny(t, text, t.TempDir(), "-width", "1000000000"), "smaller -width"},
		"small vocabulary": {tiny(t, text, t.TempDir(), "-vocab", "100"), "vocabulary size 100"},
		"long context":     {tiny(t, text, t.TempDir(), "-context", "5000"), "shorter context"},
		"backend":          {tiny(t, text, t.TempDir(), "-backend", "tpu"), `no backend "tpu"`},
		"no corpus":        {tiny(t, "/no/such/file", t.TempDir()), "/no/such/file"},
		"empty corpus":     {tiny(t, file("empty.txt", " \n"), t.TempDir()), "is empty"},
		"binary corpus":    {tiny(t, file("image.txt", "a\x00b"), t.TempDir()), "zero byte"},
		"one word":         {tiny(t, file("word.txt", "word"), t.TempDir()), "too short"},
		"out is a file":    {tiny(t, text, file("file", "")), "-out"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), test.args, new(bytes.Buffer))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line with %q", err, test.want)
			}
		})
	}
	if err := os.WriteFile(text, []byte("Another text.\n\nWith a second paragraph.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-out", out}, new(bytes.Buffer)); err == nil ||
		!strings.Contains(err.Error(), "has changed") {
		t.Errorf("a changed text: error %v", err)
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, &out); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("error %v", err)
	}
	for _, name := range strings.Fields("stages corpus size tokenizer vocab layers heads width context window batch " +
		"accumulate steps lr seed backend out") {
		if !strings.Contains(out.String(), "  -"+name+" ") {
			t.Errorf("the help does not name -%s", name)
		}
	}
}

// Ctrl-C in the middle of a training: the process saves, says how to go on and leaves with the shell's code for it.
func TestInterruptedProcess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals between processes")
	}
	text, out := book(t), t.TempDir()
	cmd := exec.Command(os.Args[0], tiny(t, text, out, "-steps", "1000000")...)
	cmd.Env = append(os.Environ(), "CHATGPT_TEST_MAIN=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if strings.Contains(lines.Text(), "compiles the graph") {
			// A second run in the same folder must keep out.
			if err := run(t.Context(), tiny(t, text, out), new(bytes.Buffer)); err == nil ||
				!strings.Contains(err.Error(), "another run") {
				t.Errorf("a second run beside the first: error %v", err)
			}
			time.Sleep(300 * time.Millisecond)
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("the process ended with %v, want exit code 130", err)
	}
	if !strings.Contains(stderr.String(), "The same command goes on") {
		t.Errorf("it said %q", &stderr)
	}
	if !train.HasCheckpoint(filepath.Join(out, "pretrain")) {
		t.Error("it did not save")
	}
}
