package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// file puts a header before data, as the format asks.
func file(header string, data ...byte) []byte {
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), []byte(header), data)
}

// one is a file with one tensor, w.
func one(dtype, shape, offsets string, data ...byte) []byte {
	return file(fmt.Sprintf(`{"w":{"dtype":"%s","shape":[%s],"data_offsets":[%s]}}`, dtype, shape, offsets), data...)
}

// save writes content to the model's file in a folder of its own, which it returns.
func save(t testing.TB, content []byte) (folder string) {
	t.Helper()
	return folderOf(t, map[string]string{ModelFile: string(content)})
}

// folderOf writes files into a folder of their own.
func folderOf(t testing.TB, files map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// mentions tells whether err says all of words.
func mentions(err error, words ...string) bool {
	return err != nil && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(err.Error(), w) })
}

func TestReadHalfPrecision(t *testing.T) {
	f, err := Open(save(t, file(`{"half":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},`+
		`"brain":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},`+
		`"long":{"dtype":"I64","shape":[],"data_offsets":[12,20]},"__metadata__":{"format":"pt"}}  `,
		0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, // 1, -2, 65504 (largest), 2⁻²⁴ (smallest)
		0xc0, 0x3f, 0x80, 0xff, // 1.5, -∞
		1, 0, 0, 0, 0, 0, 0, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	half, err := f.Float32("half", 2, 2)
	if want := []float32{1, -2, 65504, 1.0 / (1 << 24)}; err != nil || !slices.Equal(half, want) {
		t.Errorf("half = %v, %v, want %v", half, err, want)
	}
	brain, err := f.Float32("brain", 2)
	if err != nil || brain[0] != 1.5 || !math.IsInf(float64(brain[1]), -1) {
		t.Errorf("brain = %v, %v, want 1.5 and -∞", brain, err)
	}
	if len(f.tensors) != 3 || !f.Has("long") || f.Has("short") {
		t.Errorf("tensors are %v", f.tensors)
	}
	for _, refused := range []struct {
		name string
		dims []int
		says string
	}{
		{"short", []int{1}, `no tensor "short"`},
		{"half", []int{4}, `"half" has shape [2 2], want [4]`},
		{"long", nil, `"long" holds I64 numbers, want F32`},
	} {
		_, err := f.Float32(refused.name, refused.dims...)
		if !mentions(err, refused.says, "model.safetensors") {
			t.Errorf("Float32(%q, %v): error %v does not say %s", refused.name, refused.dims, err, refused.says)
		}
	}
}

func TestHostileFiles(t *testing.T) {
	header := `{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
	for name, hostile := range map[string]struct {
		content []byte
		says    string
	}{
		"empty file":               {nil, "too few"},
		"only a length":            {binary.LittleEndian.AppendUint64(nil, 2), "does not fit"},
		"header beyond the file":   {binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "does not fit"},
		"header of 2^63":           {append(binary.LittleEndian.AppendUint64(nil, 1<<63), header...), "does not fit"},
		"no JSON":                  {file("hello world"), "not a JSON object"},
		"array":                    {file("[]"), "not a JSON object"},
		"cut JSON":                 {file(header[:len(header)-1], 0, 0, 0, 0), "header"},
		"text after JSON":          {file(header+"{}", 0, 0, 0, 0), "after the JSON object"},
		"metadata is a number":     {file(`{"__metadata__":7}`), "__metadata__"},
		"tensor is a list":         {file(`{"w":[1,2]}`), `"w"`},
		"no shape":                 {file(`{"w":{"dtype":"F32","data_offsets":[0,4]}}`, 0, 0, 0, 0), `"w"`},
		"one offset":               {one("F32", "1", "4", 0, 0, 0, 0), `"w"`},
		"three offsets":            {one("F32", "1", "0,4,4", 0, 0, 0, 0), `"w"`},
		"fractional shape":         {one("F32", "1.5", "0,4", 0, 0, 0, 0), `"w"`},
		"offset beyond int64":      {one("F32", "1", "0,9223372036854775808"), `"w"`},
		"negative offset":          {one("F32", "1", "-4,0"), "backwards"},
		"offsets backwards":        {one("F32", "1", "4,0", 0, 0, 0, 0), "backwards"},
		"negative dimension":       {one("F32", "-1,-1", "0,4", 0, 0, 0, 0), "negative dimension"},
		"2^60 elements":            {one("F32", "1152921504606846976", "0,4", 0, 0, 0, 0), `"w"`},
		"product overflows to 4":   {one("F32", "4294967296,4294967296,1", "0,4", 0, 0, 0, 0), `"w"`},
		"2^60 elements, 2^62 long": {one("F32", "1152921504606846976", "0,4611686018427387904"), "truncated"},
		"unknown dtype":            {one("F31", "1", "0,4", 0, 0, 0, 0), "unknown dtype"},
		"shape too small":          {one("F32", "1", "0,8", 0, 0, 0, 0, 0, 0, 0, 0), "needs 4 bytes"},
		"data cut":                 {file(header, 0, 0), "truncated"},
		"data too long":            {file(header, 0, 0, 0, 0, 0), "1 bytes after the last tensor"},
		"gap":                      {one("U8", "1", "1,2", 0, 0), "belong to none"},
		"overlap": {file(`{"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},`+
			`"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 0, 0, 0), `"w" overlaps`},
		"same name twice": {file(`{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},`+
			`"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 0, 0), `"w" appears twice`},
		"digits of a megabyte": {one("F32", strings.Repeat("9", 1<<20), "0,4"), `"w"`},
		"name of a megabyte": {
			file(`{"` + strings.Repeat("w", 1<<20) + `":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`),
			"unknown dtype"},
		"name with newlines": {file(`{"a\nb":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`), `a\nb`},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(save(t, hostile.content))
			if err == nil {
				f.Close()
				t.Fatal("accepted")
			}
			message := strings.Replace(err.Error(), filepath.Dir(t.TempDir()), "", 1)
			if !strings.Contains(message, hostile.says) || !strings.Contains(message, "model.safetensors") {
				t.Errorf("error %q does not say %q and the file", message, hostile.says)
			}
			if strings.Contains(message, "\n") || len(message) > 400 {
				t.Errorf("the error of %d characters is no short line: %.200q", len(message), message)
			}
		})
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, ModelFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); !mentions(err, "not a file") {
		t.Errorf("a folder in the place of the file: %v", err)
	}
	if _, err := Open(t.TempDir()); !mentions(err, "no model.safetensors or model.safetensors.index.json in") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestWriteThenRead(t *testing.T) {
	long := make([]float32, 50_001) // longer than the buffer that reads it
	for i := range long {
		long[i] = float32(math.Sin(float64(i)))
	}
	folder := t.TempDir()
	path := filepath.Join(folder, ModelFile)
	written := []Tensor{
		{"long", []int{3, 16667}, long},
		{"empty", []int{0, 7}, nil},
		{"scalar", nil, []float32{float32(math.Inf(1))}},
	}
	if err := Write(path, written); err != nil {
		t.Fatal(err)
	}
	f, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, w := range written {
		if got, err := f.Float32(w.Name, w.Dims...); err != nil || !slices.Equal(got, w.Values) {
			t.Errorf("%s came back different (%v)", w.Name, err)
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	length := binary.LittleEndian.Uint64(content)
	if length%8 != 0 {
		t.Errorf("a header of %d bytes leaves the numbers unaligned", length)
	}
	var header struct {
		Metadata map[string]string `json:"__metadata__"`
	}
	if err := json.Unmarshal(content[8:8+length], &header); err != nil || header.Metadata["format"] != "pt" {
		t.Errorf("metadata is %v (%v), transformers wants format pt", header.Metadata, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "model.safetensors")
	for says, tensors := range map[string][]Tensor{
		`two tensors are called "w"`: {{"w", nil, []float32{1}}, {"w", nil, []float32{2}}},
		metadataKey:                  {{metadataKey, nil, []float32{1}}},
		"[2 2]":                      {{"w", []int{2, 2}, []float32{1}}},
		"[-1 -1]":                    {{"w", []int{-1, -1}, []float32{1}}},
	} {
		if err := Write(path, tensors); !mentions(err, says) {
			t.Errorf("error %v does not say %s", err, says)
		}
	}
	if err := Write(filepath.Join(save(t, nil), ModelFile, "below"), nil); err == nil {
		t.Error("wrote below a file")
	}
	if err := WriteJSON(filepath.Join(folder, "config.json"), math.NaN()); err == nil {
		t.Error("wrote a number that JSON does not have")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("refused writes left %v (%v)", left, err)
	}
}
