// Package weights moves model weights between a store and Hugging Face's
// checkpoints, whose format is safetensors:
//
//	8 bytes   N, the length of the header, little-endian
//	N bytes   JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
//	the rest  the numbers, little-endian, row by row, at the offsets given
//
// Start with [Load] and [Save], what packages gpt and bert share; [Open] and
// [File.Float32] read the file below them. A checkpoint comes from strangers, so
// nothing in a file is believed: every length is compared with the size of the
// file before memory is reserved for it. The reader of go-huggingface slices a
// memory map at whatever offsets it finds and opens only repositories of its
// hub, so it fetches files for us (its DownloadFile returns a path for Open),
// but does not parse them.
package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
)

// File is an open safetensors file: the header is in memory, the numbers are not.
// Its methods may be called from several goroutines at once.
type File struct {
	path    string
	r       io.ReaderAt
	close   func() error
	start   int64 // where the numbers start in the file, in bytes
	tensors map[string]entry
}

// Open reads and checks the header of the safetensors file at path. It refuses a file
// that is truncated, whose header is not what the format asks for, or whose tensors
// overlap, leave gaps or do not fill the file exactly; the error names file and tensor.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("not a file")
	}
	var file *File
	if err == nil {
		file, err = parse(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("weights: %s: %w", path, err)
	}
	file.path, file.close = path, f.Close
	return file, nil
}

// Close closes the file; the slices that were read from it stay valid.
func (f *File) Close() error { return f.close() }

// Names lists the tensors in the file, sorted.
func (f *File) Names() []string { return slices.Sorted(maps.Keys(f.tensors)) }

// Has tells whether the file holds a tensor called name.
func (f *File) Has(name string) bool { _, ok := f.tensors[name]; return ok }

// Float32 reads one tensor, row by row. It returns an error if the file has no tensor of
// that name, if its shape is not dims, or if its numbers are not F32, F16 or BF16; the
// two short forms are widened without loss.
func (f *File) Float32(name string, dims ...int) ([]float32, error) {
	t, ok := f.tensors[name]
	if !ok {
		return nil, fmt.Errorf("weights: %s: no tensor %q among its %d", f.path, name, len(f.tensors))
	}
	if !slices.Equal(t.Shape, dims) {
		return nil, fmt.Errorf("weights: %s: tensor %q has shape %v, want %v", f.path, name, t.Shape, dims)
	}
	width, number := decoder(t.DType)
	if number == nil {
		return nil, fmt.Errorf("weights: %s: tensor %q holds %s numbers, want F32, F16 or BF16", f.path, name, t.DType)
	}
	section := io.NewSectionReader(f.r, f.start+t.Offsets[0], t.Offsets[1]-t.Offsets[0])
	values := make([]float32, section.Size()/width)
	buffer := make([]byte, min(section.Size(), 1<<16)) // 1<<16 is a multiple of every width
	for done := int64(0); done < int64(len(values)); {
		n := min(int64(len(buffer)), (int64(len(values))-done)*width)
		if _, err := io.ReadFull(section, buffer[:n]); err != nil {
			return nil, fmt.Errorf("weights: %s: tensor %q: %w", f.path, name, err)
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
