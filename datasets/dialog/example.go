package dialog

import "fmt"

// Example is one conversation as a model trains on it. Position i reads IDs[i] and is asked for
// IDs[i+1]; Mask[i] is 1 where that next id belongs to an assistant's turn, the End that closes it
// included, and else 0. The last position has no next id, its mask is 0.
type Example struct {
	IDs  []int32
	Mask []float32
}

// Example encodes a whole conversation, which must hold an assistant's turn. With lastOnly the mask
// covers only the last of the assistant's turns: where the earlier ones are part of the prompt, perhaps
// wrong on purpose.
func (t *Template) Example(turns []Turn, lastOnly bool) (Example, error) {
	if err := Validate(turns); err != nil {
		return Example{}, err
	}
	last := -1
	for i, turn := range turns {
		if turn.Role == Assistant {
			last = i
		}
	}
	if last < 0 {
		return Example{}, fmt.Errorf("dialog: no assistant's turn to learn from in %d turns", len(turns))
	}
	var e Example
	for i, turn := range turns {
		ids, err := t.turn(i, turn)
		if err != nil {
			return Example{}, err
		}
		mask := make([]float32, len(ids))
		if turn.Role == Assistant && (!lastOnly || i == last) {
			for j := range len(ids) - 1 { // the mark is given, the End is learned
				mask[j] = 1
			}
		}
		e.IDs, e.Mask = append(e.IDs, ids...), append(e.Mask, mask...)
	}
	return e, nil
}

// Pair encodes a prompt and an answer to it, with the mask on the answer alone.
func (t *Template) Pair(prompt []Turn, answer string) (Example, error) {
	return t.Example(append(prompt[:len(prompt):len(prompt)], Turn{Assistant, answer}), true)
}
