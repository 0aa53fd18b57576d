package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gptbook/notebooks/internal/jupyter"
	"gptbook/notebooks/internal/modroot"
	"gptbook/notebooks/internal/nbformat"
	"gptbook/notebooks/internal/paired"
)

// kernelCourse returns the demo course with this module's kernel, if the environment is there.
func kernelCourse(t *testing.T, chapter string) *course {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a kernel")
	}
	c := demoCourse(t)
	put(t, c.all[0].Go, chapter)
	if err := c.sync(nil, paired.Pair.Sync); err != nil {
		t.Fatal(err)
	}
	var err error
	if c.root, err = modroot.Above("."); err != nil {
		t.Fatal(err)
	}
	env, err := jupyter.New(c.root, filepath.Join(c.root, "notebooks", "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if !env.Ready() {
		t.Skip("no Jupyter yet: `go run ./notebooks` installs it")
	}
	return c
}

func TestExecute(t *testing.T) {
	c := kernelCourse(t, strings.Replace(demoChapter, "import \"fmt\"\n", "import (\n\t\"fmt\"\n\n\t\"gptbook/notebooks/course\"\n)\n", 1)+`
func Example_size() {
	fmt.Println(course.Pick("little", "much"))
}
`)
	before, err := os.ReadFile(c.all[0].Notebook)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GPTBOOK_SIZE", "small")
	out := t.TempDir()
	if err := c.execute(t.Context(), nil, out); err != nil {
		t.Fatal(err)
	}
	nb, err := nbformat.Read(filepath.Join(out, "01_demo", "demo.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	last := nb.Cells[len(nb.Cells)-1]
	if last.Stdout() != "little\n" || last.Count == nil {
		t.Errorf("the last cell shows %q, want %q", last.Stdout(), "little\n")
	}
	if run, _ := nb.Run(); run.Size != "small" || run.Code != paired.CodeOf(nb) {
		t.Errorf("the run is not noted: %+v", run)
	}
	if after, err := os.ReadFile(c.all[0].Notebook); err != nil || string(after) != string(before) {
		t.Errorf("a small run changed the chapter: %v", err)
	}
}

// A failing run names chapter and cell, and leaves the notebook of the chapter as it was.
func TestExecuteFails(t *testing.T) {
	for body, want := range map[string]string{
		`greet("")`:     "01_demo: cell 6: nobody to greet",
		`undefined()`:   "01_demo: cell 6: line 2: undefined: undefined",
		`fmt.Print(42)`: `01_demo: cell 6: printed "42", but its Output comment says "hello you"`,
	} {
		c := kernelCourse(t, strings.Replace(demoChapter, `fmt.Println(greet("you"))`, body, 1))
		before, err := os.ReadFile(c.all[0].Notebook)
		if err != nil {
			t.Fatal(err)
		}
		err = c.execute(t.Context(), nil, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", body, err, want)
		}
		if after, err := os.ReadFile(c.all[0].Notebook); err != nil || string(after) != string(before) {
			t.Errorf("%s: the chapter changed: %v", body, err)
		}
	}
}

// openAndSave reads notebooks as Jupyter's server does for JupyterLab, checks that they hold already what JupyterLab
// would write into them when the kernel has started, and saves them.
const openAndSave = `
import asyncio, os, sys
from jupyter_client.manager import start_new_kernel
from traitlets.config.loader import PyFileConfigLoader

config = PyFileConfigLoader("jupyter_server_config.py", path=os.environ["JUPYTER_CONFIG_DIR"]).load_config()
manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=120)
language = client.kernel_info(reply=True, timeout=120)["content"]["language_info"]
client.stop_channels()
manager.shutdown_kernel(now=True)

async def save(path):
    contents = config.ServerApp.contents_manager_class(root_dir=os.path.dirname(path))
    model = await contents.get(os.path.basename(path), content=True, type="notebook")
    metadata = model["content"]["metadata"]
    if metadata["language_info"] != language:
        print(path, "says", metadata["language_info"], "and the kernel", language)
    if metadata["kernelspec"] != {"name": "gonb", "display_name": manager.kernel_spec.display_name, "language": manager.kernel_spec.language}:
        print(path, "has the kernel", metadata["kernelspec"])
    await contents.save(model, os.path.basename(path))

for path in sys.argv[1:]:
    asyncio.run(save(path))
`

// JupyterLab does not mark a notebook as changed that is only opened, and saving it changes nothing.
func TestJupyterChangesNothing(t *testing.T) {
	c := kernelCourse(t, demoChapter)
	chapters, err := paired.Chapters(filepath.Join(c.root, "notebooks"))
	if err != nil {
		t.Fatal(err)
	}
	dir, saved := t.TempDir(), map[string]string{}
	for _, path := range append([]string{c.all[0].Notebook}, filepath.Join(c.root, "notebooks", "README.ipynb"),
		chapters[0].Notebook, chapters[1].Notebook) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, filepath.Base(path))
		put(t, copied, string(data))
		saved[copied] = string(data)
	}
	env, err := jupyter.New(c.root, filepath.Join(c.root, "notebooks", "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := env.PrepareKernel(t.Context()); err != nil {
		t.Fatal(err)
	}
	complaints, err := env.Script(t.Context(), openAndSave, slices.Collect(maps.Keys(saved))...)
	if err != nil || len(complaints) > 0 {
		t.Errorf("%v\n%s", err, complaints)
	}
	for path, before := range saved {
		if after, err := os.ReadFile(path); err != nil || string(after) != before {
			t.Errorf("%s is another file after saving: %v", path, err)
		}
	}
}

// The site colours Go as Go, draws formulas and needs no network.
func TestSite(t *testing.T) {
	c := kernelCourse(t, strings.Replace(demoChapter, "// The greeting.\n",
		"// The greeting $x_1$ of\n//\n// $$ \\frac{a}{b} $$\n", 1))
	dir := t.TempDir()
	if err := c.writeSite(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "01_demo.html"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, want := range []string{"<msub>", "<mfrac>", `<math display="block"`, `<span class="kd">func</span>`,
		`<pre class="stdout">hello you`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, bad := range []string{"<script", "https://", "$x_1$"} {
		if strings.Contains(text, bad) {
			t.Errorf("there is %s in\n%s", bad, text)
		}
	}
}
