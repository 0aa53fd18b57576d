package weights

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// shards are two files and the index that names them.
func shards() map[string]string {
	return map[string]string{
		"a.safetensors": string(file(`{"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1)),
		"b.safetensors": string(file(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0x80, 0x3f)),
		IndexFile:       `{"metadata": {"total_size": 5}, "weight_map": {"v": "a.safetensors", "w": "b.safetensors"}}`,
	}
}

func TestShards(t *testing.T) {
	folder := folderOf(t, shards())
	c, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if w, err := c.Float32("w", 1); err != nil || w[0] != 1 || !c.Has("v") {
		t.Errorf("w is %v (%v), want [1], and v is there: %t", w, err, c.Has("v"))
	}
	if names, err := Shards(folder); err != nil || !slices.Equal(names, []string{"a.safetensors", "b.safetensors"}) {
		t.Errorf("shards are %q (%v)", names, err)
	}
	for _, c := range []struct{ file, content, says string }{
		{"a.safetensors", shards()["b.safetensors"], `tensor "w" is there already, as "w" in a.safetensors`},
		{"a.safetensors", string(file(`{}`)), `tensor "v" is not in a.safetensors`},
		{"a.safetensors", "", "a.safetensors: 0 bytes are too few"},
		{IndexFile, `{"weight_map": {"v": "a.safetensors", "w": "c.safetensors"}}`, "c.safetensors"},
		{IndexFile, `{"weight_map": {"v": "b.safetensors", "w": "a.safetensors"}}`, "is not in"},
		{IndexFile, `{"weight_map": {"v": "../a.safetensors"}}`, `"../a.safetensors", want a file like model-00001`},
		{IndexFile, `{"weight_map": {"v": "/dev/zero"}}`, `"/dev/zero", want a file like`},
		{IndexFile, `{"weight_map": {"v": "..\\a.safetensors"}}`, "want a file like"},
		{IndexFile, `{"weight_map": {"v": "` + strings.Repeat("a", 1<<20) + `.safetensors"}}`, "want a file like"},
		{IndexFile, `{"weight_map": {"v": 7}}`, `tensor "v": json`},
		{IndexFile, `{"weight_map": {"v": "a.safetensors", "v": "b.safetensors"}}`, `tensor "v" appears twice`},
		{IndexFile, `{"weight_map": []}`, "not a JSON object"},
		{IndexFile, `{"weight_map": {}}`, "no weight_map"},
		{IndexFile, `{"metadata": {}}`, "no weight_map"},
		{IndexFile, `{"weight_map": {"v": "a.safetensors"`, "unexpected EOF"},
		{IndexFile, "", "not a JSON object"},
		{IndexFile, strings.Repeat(" ", 1<<24+1), "more than 16777216 bytes"},
	} {
		files := shards()
		files[c.file] = c.content
		_, err := Open(folderOf(t, files))
		shortLine(t, err)
		if !mentions(err, c.says) {
			t.Errorf("%s: error %.600v does not say %q", c.file, err, c.says)
		}
	}
}

// What training tools put into names is not part of them.
func TestWrappers(t *testing.T) {
	header := `{"_orig_mod.a.b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},` +
		`"module._orig_mod.h.0._checkpoint_wrapped_module.c":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},` +
		`"the_module.d":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`
	c, err := Open(save(t, file(header, 1, 2, 3)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if names := slices.Sorted(maps.Keys(c.tensors)); !slices.Equal(names, []string{"a.b", "h.0.c", "the_module.d"}) {
		t.Errorf("names are %q", names)
	}
	_, err = Open(save(t, file(strings.Replace(header, "the_module.d", "module.a.b", 1), 1, 2, 3)))
	if !mentions(err, "is there already") {
		t.Errorf("two names of one weight: %v", err)
	}
}

func TestReadConfig(t *testing.T) {
	fixed := Fixed{"act": {"gelu", "gelu_new"}, "eps": {1e-5}, "decoder": {false}, "pruned": {map[string]any{}, nil}}
	for text, says := range map[string]string{
		`{"n": 3}`: "",
		`{"n": 3, "act": "gelu_new", "eps": 1e-05, "decoder": false, "pruned": {}, "other": [1]}`: "",
		`{"pruned": null, "n": 3}`:       "",
		`{"act": "relu"}`:                `act is "relu", want "gelu" or "gelu_new"`,
		`{"act": null}`:                  `act is null`,
		`{"act": "gelu", "act": "relu"}`: `relu`,
		`{"act": [` + "\n" + `1]}`:       `act is [1]`,
		`{"eps": 0.00002}`:               `eps is 0.00002, want 0.00001`,
		`{"decoder": true}`:              `decoder is true, want false`,
		`{"pruned": {"0": [1]}}`:         `pruned is {"0":[1]}, want {} or null`,
		`{"n": 3} {}`:                    "after top-level value",
		`[]`:                             "cannot unmarshal array",
		`null`:                           "not a JSON object",
		`{"n": 1` + strings.Repeat("0", 999) + `}`:    "cannot unmarshal number",
		`{"act": "` + strings.Repeat("a", 999) + `"}`: "act is",
		strings.Repeat(" ", 1<<20) + `{"n": 3}`:       "more than 1048576 bytes",
		strings.Repeat(`{"a":`, 10001):                "depth",
	} {
		var config struct{ N int }
		err := ReadConfig(folderOf(t, map[string]string{ConfigFile: text}), &config, fixed)
		switch {
		case says == "" && (err != nil || config.N != 3):
			t.Errorf("%.80s gives %+v, %v", text, config, err)
		case says != "" && (!mentions(err, says, ConfigFile)):
			t.Errorf("%.80s: error %v does not say %s", text, err, says)
		}
		shortLine(t, err)
	}
	if err := ReadConfig(t.TempDir(), nil, nil); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}

// What a file makes us reserve is in proportion to its size, whatever it says.
func TestMemory(t *testing.T) {
	repeat := func(form string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	const n = 20_000
	header := func(text string) map[string]string { return map[string]string{ModelFile: string(file(text))} }
	for name, files := range map[string]map[string]string{
		"empty tensors": header("{" + repeat(`"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},`, n) + "}"),
		"one shape":     header(`{"w":{"dtype":"U8","shape":[` + strings.Repeat("0,", n) + `0],"data_offsets":[0,0]}}`),
		"offsets":       header(`{"w":{"dtype":"U8","shape":[0],"data_offsets":[` + strings.Repeat("0,", n) + `0]}}`),
		"metadata":      header(`{"__metadata__":{` + repeat(`"%d":"",`, n) + "}}"),
		"dots":          header(`{"` + strings.Repeat(".", n) + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`),
		"wrappers": header(`{"` + strings.Repeat("module.", n) +
			`":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`),
		"nesting":      header(strings.Repeat(`{"w":`, n)),
		"index":        {IndexFile: `{"weight_map": {` + repeat(`"%d":"a.safetensors",`, n) + "}}"},
		"short names":  {IndexFile: `{"weight_map": {` + repeat(`"%d":"",`, n) + "}}"},
		"config list":  {ConfigFile: `{"act": [` + strings.Repeat("0,", n) + "0]}"},
		"config names": {ConfigFile: `{` + repeat(`"%d":0,`, n) + "}"},
	} {
		size := 0
		for _, content := range files {
			size += len(content)
		}
		folder := folderOf(t, files)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if c, err := Open(folder); err == nil {
			c.Close()
		}
		_ = ReadConfig(folder, new(struct{ Heads int }), Fixed{"act": {"gelu"}})
		runtime.ReadMemStats(&after)
		// All of it together: most was given back before the next was reserved.
		if total := int(after.TotalAlloc - before.TotalAlloc); total > 25*size+100_000 {
			t.Errorf("%s: %d bytes made us reserve %d", name, size, total)
		}
	}
}

// shortLine fails the test if err is not one line of a reasonable length.
func shortLine(t *testing.T, err error) {
	if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 500) {
		t.Errorf("error of %d characters: %q", len(err.Error()), err)
	}
}

// FuzzParse feeds arbitrary bytes to the reader: it must answer with an error or with
// tensors that lie in the file, and never panic or reserve more than the file holds.
func FuzzParse(f *testing.F) {
	f.Add(file(`{"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},`+
		`"v":{"dtype":"F32","shape":[0,3],"data_offsets":[4,4]}}`, 1, 2, 3, 4))
	f.Add(file(`{"w":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4611686018427387904]}}`))
	f.Add(file(`{"module.w":{"dtype":"BF16","shape":[],"data_offsets":[0,2]},"__metadata__":{"format":"pt"}}`, 0, 0))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		c := &Checkpoint{tensors: make(map[string]tensor)}
		if err := c.parse("path", bytes.NewReader(content), int64(len(content))); err != nil {
			shortLine(t, err)
			return
		}
		total := 0
		for name, tensor := range c.tensors {
			values, err := c.Float32(name, tensor.Shape...)
			if _, number := decoder(tensor.DType); err != nil && number != nil {
				t.Errorf("a checked tensor cannot be read: %v", err)
			}
			total += len(values)
		}
		if 2*total > len(content) {
			t.Errorf("%d numbers out of %d bytes", total, len(content))
		}
	})
}

// FuzzIndex: an error, or files beside the index.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(shards()[IndexFile]))
	f.Add([]byte(`{"weight_map": {"v": "../a.safetensors"}}`))
	f.Add([]byte(`{"weight_map": {"v": "a.safetensors"}, "weight_map": {"w": "a.safetensors"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		index, err := parseIndex(text)
		shortLine(t, err)
		for _, shard := range index {
			if err == nil && (filepath.Base(shard) != shard || !filepath.IsLocal(shard)) {
				t.Errorf("shard %q is not beside the index", shard)
			}
		}
	})
}
