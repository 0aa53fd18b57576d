package corpus

import (
	"iter"

	mltrain "github.com/gomlx/gomlx/ml/train"
)

// prefetched is how many batches are made ahead of the one that is being trained on.
const prefetched = 4

// Prefetch makes the batches of ds in a goroutine while the device computes, so that it never
// waits for them. The order does not change. The goroutine ends with the iteration, early or not,
// before Iter returns. Seek passes through if ds is a [Seeker].
func Prefetch(ds mltrain.Dataset) *Prefetched { return &Prefetched{ds} }

// Prefetched is a dataset whose next batches are ready.
type Prefetched struct{ ds mltrain.Dataset }

// Name is the name of the dataset behind it.
func (p *Prefetched) Name() string { return p.ds.Name() }

// Seek sets where every later Iter starts, if the dataset behind has such a place.
func (p *Prefetched) Seek(batch int) {
	if s, ok := p.ds.(Seeker); ok {
		s.Seek(batch)
	}
}

// Iter yields what the dataset behind yields.
func (p *Prefetched) Iter() iter.Seq2[mltrain.Batch, error] {
	type item struct {
		batch mltrain.Batch
		err   error
	}
	source := p.ds.Iter()
	return func(yield func(mltrain.Batch, error) bool) {
		ready := make(chan item, prefetched)
		stop := make(chan struct{})
		go func() {
			defer close(ready)
			for batch, err := range source {
				select {
				case ready <- item{batch, err}:
				case <-stop:
					_ = batch.Finalize() // nobody will use it
					return
				}
			}
		}()
		defer func() { // wait for the goroutine and free what it made in vain
			close(stop)
			for it := range ready {
				_ = it.batch.Finalize()
			}
		}()
		for it := range ready {
			if !yield(it.batch, it.err) {
				return
			}
		}
	}
}
