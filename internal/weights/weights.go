// Package weights moves model weights between a store and Hugging Face's
// checkpoints, whose format is safetensors:
//
//	8 bytes   N, the length of the header, little-endian
//	N bytes   JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//	the rest  the numbers, little-endian, row by row, at the offsets given
//
// A large model is cut into several such files ("shards"), which an index lists.
//
// Start with [Load] and [Save], what packages gpt and bert share; [Open] and
// [Checkpoint.Float32] read the files below them. A checkpoint comes from strangers,
// so nothing in a file is believed: every length is compared with the size of the
// file before memory is reserved for it. The reader of go-huggingface slices a
// memory map at whatever offsets it finds and opens only repositories of its
// hub, so it lists files for us, but does not parse them.
package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// Checkpoint is an open model: the headers of its files are in memory, the numbers are not.
// Its methods may be called from several goroutines at once.
type Checkpoint struct {
	path    string // of the file, or of the index where there are several
	files   []*os.File
	tensors map[string]tensor // by name, without wrappers
}

// tensor is one array in a file.
type tensor struct {
	entry
	name string // in the file
	file *source
}

// source is where the numbers of a file are read from.
type source struct {
	io.ReaderAt
	path  string
	start int64 // of the numbers, in bytes
}

// wrapper matches what torch.compile, data parallelism and activation checkpointing put into the names of what they
// wrap: "_orig_mod.h.0.ln_1.weight" is the weight "h.0.ln_1.weight".
var wrapper = regexp.MustCompile(`(^|\.)(?:(?:_orig_mod|module|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.)+`)

// Open reads and checks the headers of the model in folder: model.safetensors, or the shards that
// model.safetensors.index.json names. It refuses a file that is truncated, whose header is not what the format asks
// for, or whose tensors overlap, leave gaps or do not fill the file exactly; an index that the shards
// contradict; and two tensors of one name. The error names file and tensor.
func Open(folder string) (*Checkpoint, error) {
	shards, index, err := contents(folder)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	c := &Checkpoint{path: filepath.Join(folder, ModelFile), tensors: make(map[string]tensor)}
	if index != nil {
		c.path = filepath.Join(folder, IndexFile)
	}
	for _, name := range shards {
		if err := c.add(filepath.Join(folder, name)); err != nil {
			return nil, errors.Join(fmt.Errorf("weights: %w", err), c.Close())
		}
	}
	for name, shard := range index {
		if t, ok := c.tensors[wrapper.ReplaceAllString(name, "$1")]; !ok ||
			t.file.path != filepath.Join(folder, shard) {
			err := fmt.Errorf("weights: %s: tensor %.80q is not in %s", c.path, name, shard)
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// add opens the file at path and takes up its tensors.
func (c *Checkpoint) add(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	c.files = append(c.files, file)
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a file")
	}
	if err == nil {
		err = c.parse(path, file, info.Size())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// parse takes up the tensors of a safetensors file of size bytes.
func (c *Checkpoint) parse(path string, r io.ReaderAt, size int64) error {
	entries, start, err := parse(r, size)
	if err != nil {
		return err
	}
	file := &source{r, path, start}
	for name, e := range entries {
		plain := wrapper.ReplaceAllString(name, "$1")
		if other, twice := c.tensors[plain]; twice {
			return fmt.Errorf("tensor %.80q is there already, as %.80q in %s",
				name, other.name, filepath.Base(other.file.path))
		}
		c.tensors[plain] = tensor{e, name, file}
	}
	return nil
}

// Close closes the files; the slices that were read from them stay valid.
func (c *Checkpoint) Close() error {
	var err error
	for _, file := range c.files {
		err = errors.Join(err, file.Close())
	}
	return err
}

// Has tells whether there is a tensor called name.
func (c *Checkpoint) Has(name string) bool { _, ok := c.tensors[name]; return ok }

// Float32 reads one tensor, row by row. It returns an error if there is no tensor of
// that name, if its shape is not dims, or if its numbers are not F32, F16 or BF16; the
// two short forms are widened without loss.
func (c *Checkpoint) Float32(name string, dims ...int) ([]float32, error) {
	t, ok := c.tensors[name]
	if !ok {
		return nil, fmt.Errorf("weights: %s: no tensor %q among its %d", c.path, name, len(c.tensors))
	}
	if !slices.Equal(t.Shape, dims) {
		return nil, fmt.Errorf("weights: %s: tensor %q has shape %v, want %v", t.file.path, t.name, t.Shape, dims)
	}
	width, number := decoder(t.DType)
	if number == nil {
		return nil, fmt.Errorf("weights: %s: tensor %q holds %s numbers, want F32, F16 or BF16",
			t.file.path, t.name, t.DType)
	}
	section := io.NewSectionReader(t.file, t.file.start+t.Offsets[0], t.Offsets[1]-t.Offsets[0])
	values := make([]float32, section.Size()/width)
	buffer := make([]byte, min(section.Size(), 1<<16)) // 1<<16 is a multiple of every width
	for done := int64(0); done < int64(len(values)); {
		n := min(int64(len(buffer)), (int64(len(values))-done)*width)
		if _, err := io.ReadFull(section, buffer[:n]); err != nil {
			return nil, fmt.Errorf("weights: %s: tensor %q: %w", t.file.path, t.name, err)
		}
		for at := int64(0); at < n; at += width {
			values[done] = number(buffer[at:])
			done++
		}
	}
	return values, nil
}

// decoder returns the bytes per number of dtype and a function that reads one; nil if
// the numbers are not floating point of at most 32 bits.
func decoder(dtype string) (width int64, number func([]byte) float32) {
	switch dtype {
	case "F32":
		return 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }
	case "F16":
		return 2, func(b []byte) float32 { return float16.FromBits(binary.LittleEndian.Uint16(b)).Float32() }
	case "BF16":
		return 2, func(b []byte) float32 { return bfloat16.FromBits(binary.LittleEndian.Uint16(b)).Float32() }
	}
	return 0, nil
}
