package weights

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"gptbook/internal/atomic"
)

// Tensor is one named array for [Write].
type Tensor struct {
	Name   string
	Dims   []int     // the shape; empty for a scalar
	Values []float32 // row by row, as many as Dims multiply to
}

// Write stores tensors as a safetensors file of F32 numbers that transformers loads. It returns an error,
// and leaves what was at path as it was, if two tensors share a name, if a shape does not fit its values,
// or if the disk refuses.
func Write(path string, tensors []Tensor) error {
	header, err := headerOf(tensors)
	if err != nil {
		return fmt.Errorf("weights: %s: %w", path, err)
	}
	return atomic.Write(path, func(w io.Writer) error { return writeTo(w, header, tensors) })
}

// WriteJSON stores v, indented: for config.json, the file beside the weights that tells transformers how
// to build the model. Like [Write] it leaves no half file.
func WriteJSON(path string, v any) error {
	return atomic.Write(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(v)
	})
}

// headerOf lays the tensors out one after the other and returns the JSON that says so.
func headerOf(tensors []Tensor) ([]byte, error) {
	// Readers of the Hugging Face libraries ask for this key; "pt" means row-major, as in PyTorch.
	header := map[string]any{metadataKey: map[string]string{"format": "pt"}}
	var end int64
	for _, t := range tensors {
		if _, twice := header[t.Name]; twice {
			return nil, fmt.Errorf("two tensors are called %q", t.Name)
		}
		size := 1
		for _, dim := range t.Dims {
			size *= dim
		}
		if size != len(t.Values) || slices.ContainsFunc(t.Dims, func(dim int) bool { return dim < 0 }) {
			return nil, fmt.Errorf("tensor %q: shape %v does not hold %d values", t.Name, t.Dims, len(t.Values))
		}
		begin := end
		end += 4 * int64(size)
		header[t.Name] = entry{DType: "F32", Shape: append([]int{}, t.Dims...), Offsets: []int64{begin, end}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	for len(text)%8 != 0 { // so that the numbers are aligned when the file is mapped into memory
		text = append(text, ' ')
	}
	return text, nil
}

func writeTo(w io.Writer, header []byte, tensors []Tensor) error {
	number := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	if _, err := w.Write(slices.Concat(number, header)); err != nil {
		return err
	}
	for _, t := range tensors {
		for _, v := range t.Values {
			number = binary.LittleEndian.AppendUint32(number[:0], math.Float32bits(v))
			if _, err := w.Write(number); err != nil {
				return err
			}
		}
	}
	return nil
}
