package weights

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// entry is what the header says of one tensor.
type entry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // begin and end in bytes, counted from the first number of the file
}

// metadataKey is the one name in a header that is not a tensor's.
const metadataKey = "__metadata__"

// maxHeader is the limit of the reference implementation, in bytes.
const maxHeader = 100_000_000

// widths are the bytes per number of the types that we may meet (and skip) in a checkpoint.
var widths = map[string]int64{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
	"I32": 4, "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8,
}

// parse reads the header of a safetensors file of size bytes; start is where the numbers begin.
func parse(r io.ReaderAt, size int64) (tensors map[string]entry, start int64, err error) {
	var prefix [8]byte
	if size < int64(len(prefix)) {
		return nil, 0, fmt.Errorf("%d bytes are too few for a safetensors file", size)
	}
	if _, err := r.ReadAt(prefix[:], 0); err != nil {
		return nil, 0, fmt.Errorf("header length: %w", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if limit := uint64(min(size-8, maxHeader)); length > limit {
		return nil, 0, fmt.Errorf("a header of %d bytes does not fit (at most %d): "+
			"not a safetensors file, or truncated", length, limit)
	}
	header := make([]byte, length)
	if _, err := r.ReadAt(header, 8); err != nil {
		return nil, 0, fmt.Errorf("header: %w", err)
	}
	if tensors, err = entries(header); err != nil {
		return nil, 0, fmt.Errorf("header: %w", err)
	}
	start = int64(8 + length)
	return tensors, start, layout(tensors, size-start)
}

// entries decodes the header.
func entries(header []byte) (map[string]entry, error) {
	tensors := make(map[string]entry)
	var raw json.RawMessage
	err := object(header, func(name string, decoder *json.Decoder) error {
		if name == metadataKey {
			if err := decoder.Decode(new(struct{})); err != nil { // an object, of which we need nothing
				return fmt.Errorf("%s: %w", metadataKey, err)
			}
			return nil
		}
		var t entry
		if err := decoder.Decode(&raw); err != nil {
			return fmt.Errorf("tensor %.80q: %w", name, err)
		}
		if len(raw) > 1000 {
			return fmt.Errorf("tensor %.80q has an entry of %d bytes, want a dtype, a shape and two offsets",
				name, len(raw))
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			return fmt.Errorf("tensor %.80q: %.200w", name, err)
		}
		if _, twice := tensors[name]; twice {
			return fmt.Errorf("tensor %.80q appears twice", name)
		}
		if err := t.check(); err != nil {
			return fmt.Errorf("tensor %.80q: %w", name, err)
		}
		tensors[name] = t
		return nil
	})
	return tensors, err
}

// check compares the bytes that a tensor claims with those that its shape needs.
func (t entry) check() error {
	need, ok := widths[t.DType] // bytes
	if !ok {
		return fmt.Errorf("unknown dtype %.20q", t.DType)
	}
	if t.Shape == nil || len(t.Offsets) != 2 {
		return errors.New("shape or data_offsets are missing")
	}
	begin, end := t.Offsets[0], t.Offsets[1]
	if begin < 0 || end < begin {
		return fmt.Errorf("data_offsets %v run backwards", t.Offsets)
	}
	for _, dim := range t.Shape { // need stays at most end-begin, so it cannot overflow
		if dim < 0 {
			return fmt.Errorf("negative dimension %d", dim)
		}
		if dim > 0 && need > (end-begin)/int64(dim) {
			return fmt.Errorf("its shape needs more than the %d bytes it has", end-begin)
		}
		need *= int64(dim)
	}
	if need != end-begin {
		return fmt.Errorf("its shape needs %d bytes, data_offsets give %d", need, end-begin)
	}
	return nil
}

// layout checks that the tensors fill the size bytes after the header, one after the
// other, as the format demands: then no two share memory and nothing hides between them.
func layout(tensors map[string]entry, size int64) error {
	type span struct {
		name       string
		begin, end int64
	}
	spans := make([]span, 0, len(tensors))
	for name, t := range tensors {
		spans = append(spans, span{name, t.Offsets[0], t.Offsets[1]})
	}
	slices.SortFunc(spans, func(a, b span) int {
		if order := cmp.Compare(a.begin, b.begin); order != 0 {
			return order
		}
		return cmp.Compare(a.end, b.end) // an empty tensor before the one that starts where it ends
	})
	var end int64
	for _, s := range spans {
		switch {
		case s.end > size:
			return fmt.Errorf("tensor %.80q ends at byte %d of %d: the file is truncated", s.name, s.end, size)
		case s.begin < end:
			return fmt.Errorf("tensor %.80q overlaps the one before it", s.name)
		case s.begin > end:
			return fmt.Errorf("%d bytes before tensor %.80q belong to none", s.begin-end, s.name)
		}
		end = s.end
	}
	if end != size {
		return fmt.Errorf("%d bytes after the last tensor belong to none", size-end)
	}
	return nil
}
