package tokenizer

// rankTable is a map[pair]int32, but faster: encoding a word that was not met
// before does little else than look up ranks. It is a hash table with linear
// probing: a multiplication gives the place of a pair, and where another pair is
// already there, it goes to the next free one.
type rankTable struct {
	slots []rankSlot // a power of two, at most half full
	shift int        // 64 minus the logarithm of that power
	used  int
}

type rankSlot struct {
	pair
	rank int32 // plus 1; 0 if the slot is free
}

func newRankTable() *rankTable { return &rankTable{slots: make([]rankSlot, 1<<10), shift: 64 - 10} }

// find returns the slot of p, or the free slot where it belongs.
func (t *rankTable) find(p pair) *rankSlot {
	const golden = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio (Knuth, TAOCP 6.4): neighbours scatter
	key := uint64(uint32(p.left))<<32 | uint64(uint32(p.right))
	for i := key * golden >> t.shift; ; i++ {
		slot := &t.slots[i&uint64(len(t.slots)-1)]
		if slot.rank == 0 || slot.pair == p {
			return slot
		}
	}
}

// set gives p its rank; a pair gets only one.
func (t *rankTable) set(p pair, rank int32) {
	if 2*t.used >= len(t.slots) {
		old := t.slots
		t.slots = make([]rankSlot, 2*len(old))
		t.shift--
		for _, slot := range old {
			if slot.rank != 0 {
				*t.find(slot.pair) = slot
			}
		}
	}
	*t.find(p) = rankSlot{p, rank + 1}
	t.used++
}
