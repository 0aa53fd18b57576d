//go:build solution

package exercises

// order is n: the model reads n-1 characters of context.
const order = 6

// tally is what Learn counts about a context.
type tally struct {
	total int          // how often anything followed
	next  map[rune]int // how often each character did
}

// Learn is interpolated Kneser-Ney smoothing (Kneser and Ney 1995; Chen and Goodman 1998, §2.7):
//
//	p(x|h) = (max(c(hx)-d, 0) + d·T(h)·p(x|h')) / c(h)
//
// Every count gives the fixed discount d away, and what is collected goes to the shorter context
// h'. There, c(h'x) is not how often h'x occurs but how many different characters stand before it:
// what a short context is asked for is what follows in places that were never seen.
func Learn(text string, alphabet []rune) func(context []rune, next rune) float64 {
	var tables [order]map[string]*tally // by number of characters of context
	for k := range tables {
		tables[k] = make(map[string]*tally)
	}
	add := func(context []rune, next rune) (isNew bool) {
		t := tables[len(context)][string(context)]
		if t == nil {
			t = &tally{next: make(map[rune]int)}
			tables[len(context)][string(context)] = t
		}
		t.total++
		t.next[next]++
		return t.next[next] == 1
	}
	characters := []rune(text)
	for i, next := range characters {
		// A sequence counts for the shorter one only when it is met for the first time.
		for k := min(i, order-1); k >= 0; k-- {
			if !add(characters[i-k:i], next) {
				break
			}
		}
	}
	return func(context []rune, next rune) float64 {
		p := 1 / float64(len(alphabet))
		for k := 0; k < order && k <= len(context); k++ {
			t := tables[k][string(context[len(context)-k:])]
			if t == nil {
				break
			}
			const discount = 0.8
			p *= discount * float64(len(t.next))
			p += max(float64(t.next[next])-discount, 0)
			p /= float64(t.total)
		}
		return p
	}
}
