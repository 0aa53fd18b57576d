package corpus

import (
	"fmt"
	"iter"
	"math/rand/v2"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Seeker is a dataset that can begin anywhere. Seek sets the number of the batch with which every later Iter begins: a
// training run that is resumed goes on with the batch that comes next. Whoever wraps a dataset passes Seek on. (The
// trainer, which knows nothing of this package, asks for the method and not for this type.)
type Seeker interface {
	Seek(batch int)
}

// Batches is a dataset for GoMLX's trainer. Its batch n is a pure function of n (and of the seed
// it was made with), so that a run that is resumed at step n sees what it would have seen.
//
// Where not all places of a row count, here and in the batches of the other packages, a float32 label says which: 1
// where a place counts and 0 where not, such as in padding. It comes right behind the label whose shape it has. So a
// loss can be a sum over what counts that is divided once, however the rows are dealt to batches.
type Batches struct {
	name string
	size int // number of batches, 0 for no end
	next int // where Iter starts
	at   func(n int) mltrain.Batch
}

// Name names the dataset in messages.
func (b *Batches) Name() string { return b.name }

// At returns batch n. Its tensors belong to the caller.
func (b *Batches) At(n int) mltrain.Batch { return b.at(n) }

// Seek sets the number of the batch with which every later Iter starts, 0 or more.
func (b *Batches) Seek(batch int) { b.next = max(batch, 0) }

// Iter yields the batches from where Seek set it, at first 0.
func (b *Batches) Iter() iter.Seq2[mltrain.Batch, error] {
	start := b.next
	return func(yield func(mltrain.Batch, error) bool) {
		for n := start; b.size == 0 || n < b.size; n++ {
			if !yield(b.at(n), nil) {
				return
			}
		}
	}
}

// Take returns the first n batches only: the same ones at every evaluation.
func (b *Batches) Take(n int) *Batches {
	out := *b
	out.next = 0
	if b.size == 0 || n < b.size {
		out.size = n
	}
	return &out
}

// Rows returns batches of examples known by their numbers; build makes one of the numbers of its rows. draw says which
// example comes at place i of an endless run, see [Epochs]; without it each of count examples comes once, in order,
// and the last batch is smaller where they do not fill it: whoever takes means over batches weighs them.
func Rows(name string, count, batch int, draw func(i int) int, build func(rows []int) mltrain.Batch) *Batches {
	b := &Batches{name: name}
	if draw == nil {
		b.size = (count + batch - 1) / batch
		draw = func(i int) int { return i }
	}
	b.at = func(n int) mltrain.Batch {
		var rows []int
		for i := n * batch; i < (n+1)*batch && (b.size == 0 || i < count); i++ {
			rows = append(rows, draw(i))
		}
		return build(rows)
	}
	return b
}

// Epochs returns a function that says which of n items comes at place i of an endless run through all of
// them, in a new random order each time. It depends on the seed and i alone, so a resumed run goes on
// as if it had not stopped.
func Epochs(n int, seed int64) func(i int) int {
	epoch, order := -1, []int(nil)
	return func(i int) int {
		if i/n != epoch {
			epoch = i / n
			order = rand.New(rand.NewPCG(uint64(seed), uint64(epoch))).Perm(n)
		}
		return order[i%n]
	}
}

// NextToken returns endless training batches: rows begin at random places of ids. The input x is
// int32 [batch, context], the label y likewise: y is the token after each x. Batch n depends on
// seed and n alone. It returns an error if ids has fewer than context+1 tokens.
func NextToken(ids []int32, batch, context int, seed int64) (*Batches, error) {
	if err := checkSizes("NextToken", ids, batch, context); err != nil {
		return nil, err
	}
	at := func(n int) mltrain.Batch {
		rng := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
		starts := make([]int, batch)
		for row := range starts {
			starts[row] = rng.IntN(len(ids) - context)
		}
		return window(ids, starts, context)
	}
	return &Batches{name: "next token", at: at}, nil
}

// Sequential returns batches for evaluation: windows of context tokens, one after the other,
// each token predicted once, shapes as in [NextToken]. The last windows, which do not fill a
// batch, are left out, so that every batch has the same shape and weight: as many as
// (len(ids)-1) mod (batch*context) tokens at the end are not predicted. It returns an error if ids
// does not fill one batch.
func Sequential(ids []int32, batch, context int) (*Batches, error) {
	if err := checkSizes("Sequential", ids, batch, context); err != nil {
		return nil, err
	}
	size := (len(ids) - 1) / (batch * context)
	if size == 0 {
		return nil, fmt.Errorf("corpus: Sequential: %d tokens do not fill one batch of %d×%d and its last label; "+
			"want a longer text, a smaller batch or a shorter context", len(ids), batch, context)
	}
	at := func(n int) mltrain.Batch {
		starts := make([]int, batch)
		for row := range starts {
			starts[row] = (n*batch + row) * context
		}
		return window(ids, starts, context)
	}
	return &Batches{name: "sequential", size: size, at: at}, nil
}

// window copies the tokens behind each start: x [rows, context] and, one later, y.
func window(ids []int32, starts []int, context int) mltrain.Batch {
	x := make([]int32, 0, len(starts)*context)
	y := make([]int32, 0, len(starts)*context)
	for _, s := range starts {
		x = append(x, ids[s:s+context]...)
		y = append(y, ids[s+1:s+context+1]...)
	}
	return mltrain.Batch{
		Inputs: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(x, len(starts), context)},
		Labels: []*tensors.Tensor{tensors.FromFlatDataAndDimensions(y, len(starts), context)},
	}
}

func checkSizes(who string, ids []int32, batch, context int) error {
	if batch < 1 || context < 1 {
		return fmt.Errorf("corpus: %s: batch %d and context %d, want 1 or more of each", who, batch, context)
	}
	if len(ids) < context+1 {
		return fmt.Errorf("corpus: %s: %d tokens are fewer than a context of %d and the label after it; "+
			"want a longer text or a shorter context", who, len(ids), context)
	}
	return nil
}
