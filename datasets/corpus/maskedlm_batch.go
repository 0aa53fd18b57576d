package corpus

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// maskedBatch collects rows of a [MaskedLM] batch.
type maskedBatch struct {
	batch, length, places int

	tokens, segments, mask, positions []int32
	targets, next                     []int32
	weights                           []float32
}

// add appends the row [CLS] a [SEP] b [SEP] with its masks and labels.
func (m *maskedBatch) add(rng *rand.Rand, special Special, a, b []int32, next int32) {
	row := slices.Concat([]int32{special.CLS}, a, []int32{special.SEP}, b, []int32{special.SEP})
	first := len(a) + 2 // of B
	for i := range m.length {
		segment, real, id := int32(0), int32(0), special.Pad
		if i < len(row) {
			real, id = 1, row[i]
			if i >= first {
				segment = 1
			}
		}
		m.tokens = append(m.tokens, id)
		m.segments = append(m.segments, segment)
		m.mask = append(m.mask, real)
	}
	m.next = append(m.next, next)
	tokens := m.tokens[len(m.tokens)-m.length:]
	places := pick(rng, special, row)
	for i := range m.places {
		position, target, weight := int32(0), int32(0), float32(0)
		if i < len(places) {
			position, target, weight = int32(places[i]), row[places[i]], 1
			tokens[position] = replace(rng, special, target)
		}
		m.positions = append(m.positions, position)
		m.targets = append(m.targets, target)
		m.weights = append(m.weights, weight)
	}
}

// pick returns 15 % of the places in row that hold words, at least one if there is any, in
// ascending order.
func pick(rng *rand.Rand, special Special, row []int32) []int {
	var words []int
	for i, id := range row {
		if !special.has(id) {
			words = append(words, i)
		}
	}
	rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	n := min(len(words), max(1, int(math.Round(picked*float64(len(words))))))
	slices.Sort(words[:n])
	return words[:n]
}

// replace returns what the model sees in place of a picked token.
func replace(rng *rand.Rand, special Special, id int32) int32 {
	switch u := rng.Float64(); {
	case u < 0.8:
		return special.Mask
	case u < 0.9:
		return id
	}
	for {
		if other := rng.Int32N(int32(special.Vocab)); !special.has(other) {
			return other
		}
	}
}

func (m *maskedBatch) tensors() mltrain.Batch {
	ids := func(flat []int32, shape ...int) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(flat, shape...)
	}
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{
			ids(m.tokens, m.batch, m.length), ids(m.segments, m.batch, m.length), ids(m.mask, m.batch, m.length),
			ids(m.positions, m.batch, m.places),
		},
		Labels: []*tensors.Tensor{
			ids(m.targets, m.batch, m.places), tensors.FromFlatDataAndDimensions(m.weights, m.batch, m.places),
			ids(m.next, m.batch),
		},
	}
}
