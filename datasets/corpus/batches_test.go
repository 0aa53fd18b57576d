package corpus

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	mltrain "github.com/gomlx/gomlx/ml/train"
)

// Batches are what the trainer asks for.
var (
	_ mltrain.Dataset = (*Batches)(nil)
	_ mltrain.Dataset = (*Prefetched)(nil)
)

func counting(n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(i)
	}
	return ids
}

func rows(t *tensors.Tensor) [][]int32 { return t.Value().([][]int32) }

func TestNextToken(t *testing.T) {
	ds := must(NextToken(counting(50), 4, 8, 1))
	seen := map[int32]bool{}
	for n := range 200 {
		batch := ds.At(n)
		x, y := rows(batch.Inputs[0]), rows(batch.Labels[0])
		if len(x) != 4 || len(y) != 4 {
			t.Fatalf("%d rows and %d labels", len(x), len(y))
		}
		for r := range x {
			if len(x[r]) != 8 || len(y[r]) != 8 {
				t.Fatalf("row of %d tokens and %d labels", len(x[r]), len(y[r]))
			}
			for i := range x[r] {
				if y[r][i] != x[r][i]+1 || x[r][i] != x[r][0]+int32(i) {
					t.Fatalf("x %v y %v", x[r], y[r])
				}
			}
			seen[x[r][0]] = true
		}
	}
	// 50 tokens, windows of 8 and one label: 42 places to begin, all of them used.
	if len(seen) != 42 || seen[42] {
		t.Errorf("%d different starts, want 42", len(seen))
	}
	// A text that just fits has one window.
	if x := rows(must(NextToken(counting(9), 1, 8, 5)).At(3).Inputs[0]); x[0][0] != 0 {
		t.Errorf("starts at %d", x[0][0])
	}
}

// Batch n is a function of the seed and n: equal after Seek, different for other seeds.
func TestSeek(t *testing.T) {
	ids := counting(1000)
	all := take(t, must(NextToken(ids, 2, 4, 7)), 20)
	for _, ds := range []interface {
		mltrain.Dataset
		Seeker
	}{must(NextToken(ids, 2, 4, 7)), Prefetch(must(NextToken(ids, 2, 4, 7)))} {
		ds.Seek(13)
		if got := take(t, ds, 7); !slices.Equal(got, all[13:]) {
			t.Errorf("%T: after Seek(13): %v, want %v", ds, got, all[13:])
		}
		if got := take(t, ds, 7); !slices.Equal(got, all[13:]) {
			t.Errorf("%T: the second Iter starts elsewhere", ds)
		}
		ds.Seek(0)
		if got := take(t, ds, 20); !slices.Equal(got, all) {
			t.Errorf("%T: after Seek(0) other batches came", ds)
		}
	}
	if other := take(t, must(NextToken(ids, 2, 4, 8)), 20); slices.Equal(other, all) {
		t.Error("seeds 7 and 8 give the same batches")
	}
}

// take spells out the first n batches of ds.
func take(t *testing.T, ds mltrain.Dataset, n int) (out []string) {
	t.Helper()
	for batch, err := range ds.Iter() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(rows(batch.Inputs[0]), rows(batch.Labels[0])))
		if len(out) == n {
			break
		}
	}
	return out
}

func TestSequential(t *testing.T) {
	// 30 tokens are 29 predictions: 3 batches of 2×4, and 5 left over.
	ds := must(Sequential(counting(30), 2, 4))
	if ds.size != 3 {
		t.Fatalf("%d batches, want 3", ds.size)
	}
	var labels []int32
	for range 2 { // every pass is the same
		labels = nil
		for batch, err := range ds.Iter() {
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows(batch.Labels[0]) {
				labels = append(labels, row...)
			}
		}
	}
	if !slices.Equal(labels, counting(25)[1:]) {
		t.Errorf("labels %v, want 1 to 24 once each", labels)
	}
	if n := must(Sequential(counting(9), 2, 4)).size; n != 1 {
		t.Errorf("9 tokens: %d batches, want 1", n)
	}
}

func TestTake(t *testing.T) {
	endless := must(NextToken(counting(100), 2, 4, 1))
	endless.Seek(50)
	want := take(t, must(NextToken(counting(100), 2, 4, 1)), 3)
	if got := take(t, endless.Take(3), 99); !slices.Equal(got, want) {
		t.Errorf("Take(3) is %v", got)
	}
	if n := must(Sequential(counting(30), 2, 4)).Take(10).size; n != 3 {
		t.Errorf("Take(10) of 3 batches has %d", n)
	}
}

func TestTooShort(t *testing.T) {
	for want, err := range map[string]error{
		"8 tokens are fewer than a context of 8": second(NextToken(counting(8), 1, 8, 0)),
		"0 tokens":                               second(NextToken(nil, 1, 1, 0)),
		"batch 0":                                second(NextToken(counting(8), 0, 2, 0)),
		"context -1":                             second(Sequential(counting(8), 1, -1)),
		"16 tokens do not fill one batch of 2×8": second(Sequential(counting(16), 2, 8)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// observed counts the batches it has made, and fails at batch fail.
type observed struct {
	*Batches
	made *atomic.Int64
	fail int64
}

func (o observed) Iter() iter.Seq2[mltrain.Batch, error] {
	return func(yield func(mltrain.Batch, error) bool) {
		for batch, err := range o.Batches.Iter() {
			if o.made.Add(1) == o.fail {
				err = errors.New("disk on fire")
			}
			if !yield(batch, err) {
				return
			}
		}
	}
}

// While the device works on the first batch the next ones are made, and not without end.
func TestPrefetchIsAhead(t *testing.T) {
	source := observed{Batches: must(NextToken(counting(100), 2, 4, 1)), made: new(atomic.Int64)}
	next, stop := iter.Pull2(Prefetch(source).Iter())
	defer stop()
	next()
	const ahead = 1 + prefetched + 1 // in use, in the queue, waiting for room in it
	for start := time.Now(); source.made.Load() < ahead; time.Sleep(time.Millisecond) {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%d batches made while one is used, want %d", source.made.Load(), ahead)
		}
	}
	time.Sleep(20 * time.Millisecond)
	if n := source.made.Load(); n != ahead {
		t.Errorf("%d batches made while one is used, want %d", n, ahead)
	}
}

func TestPrefetchPassesErrors(t *testing.T) {
	ds := Prefetch(observed{must(NextToken(counting(100), 2, 4, 1)), new(atomic.Int64), 3})
	n := 0
	for _, err := range ds.Iter() {
		n++
		if err != nil {
			break
		}
	}
	if n != 3 {
		t.Errorf("the error came at batch %d, want 3", n)
	}
}

func TestPrefetchLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	ds := Prefetch(must(NextToken(counting(100), 2, 4, 1)))
	for range 100 {
		for range ds.Iter() {
			break // the source is endless
		}
		next, stop := iter.Pull2(ds.Iter())
		next()
		stop()
		next, stop = iter.Pull2(ds.Iter())
		_ = next
		stop() // never started
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func BenchmarkNextToken(b *testing.B) {
	ds := must(NextToken(counting(1_000_000), 32, 256, 1))
	b.SetBytes(32 * 256)
	for n := range b.N {
		if err := ds.At(n).Finalize(); err != nil {
			b.Fatal(err)
		}
	}
}

// In order each example comes once, the last ones in a smaller batch; drawn, all batches have one size.
func TestRows(t *testing.T) {
	show := func(rows []int) mltrain.Batch {
		return mltrain.Batch{Inputs: []*tensors.Tensor{tensors.FromValue(rows)}}
	}
	inOrder := Rows("in order", 5, 2, nil, show)
	var got []string
	for batch := range inOrder.Iter() {
		got = append(got, fmt.Sprint(batch.Inputs[0].Value()))
	}
	if want := []string{"[0 1]", "[2 3]", "[4]"}; !slices.Equal(got, want) || inOrder.size != 3 {
		t.Errorf("batches %v, want %v", got, want)
	}
	drawn := Rows("drawn", 5, 2, Epochs(5, 1), show)
	for n := range 5 {
		if rows := drawn.At(n).Inputs[0].Shape().Dim(0); rows != 2 || drawn.size != 0 {
			t.Errorf("batch %d has %d rows, want 2", n, rows)
		}
	}
}

// Every epoch holds every example once, in an order of its own.
func TestEpochs(t *testing.T) {
	draw := Epochs(7, 3)
	orders := make(map[string]bool)
	for epoch := range 3 {
		var seen []int
		for i := range 7 {
			seen = append(seen, draw(7*epoch+i))
		}
		orders[fmt.Sprint(seen)] = true
		if slices.Sort(seen); !slices.Equal(seen, []int{0, 1, 2, 3, 4, 5, 6}) {
			t.Errorf("epoch %d holds %v", epoch, seen)
		}
	}
	if len(orders) != 3 {
		t.Errorf("three epochs have the orders %v", orders)
	}
}
