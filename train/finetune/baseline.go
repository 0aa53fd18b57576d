package finetune

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Majority is the accuracy on test of always answering the class that is the most frequent in train.
func Majority(train, test []Text) float64 {
	counts := make(map[int32]int)
	best := int32(0)
	for _, t := range train {
		counts[t.Class]++
		if counts[t.Class] > counts[best] {
			best = t.Class
		}
	}
	return share(test, func(Text) int32 { return best })
}

// NaiveBayes is the accuracy on test of a bag of words, which forgets their order: the class with the highest
//
//	log P(class) + Σ log P(word | class)
//
// counted in train, with one more of every word of the vocabulary in every class so that none has
// probability 0 (Manning, Raghavan and Schütze 2008, §13.2).
func NaiveBayes(train, test []Text, vocab int) float64 {
	classes := int32(0)
	for _, t := range train {
		classes = max(classes, t.Class+1)
	}
	texts, words := make([]float64, classes), make([]float64, classes)
	counts := make([]map[int32]float64, classes)
	for _, t := range train {
		if counts[t.Class] == nil {
			counts[t.Class] = make(map[int32]float64)
		}
		texts[t.Class]++
		for _, id := range t.IDs {
			counts[t.Class][id]++
			words[t.Class]++
		}
	}
	return share(test, func(t Text) (best int32) {
		top := math.Inf(-1)
		for c := range classes {
			score := math.Log(texts[c] / float64(len(train)))
			for _, id := range t.IDs {
				score += math.Log((counts[c][id] + 1) / (words[c] + float64(vocab)))
			}
			if score > top {
				best, top = c, score
			}
		}
		return best
	})
}

// share is the accuracy of guess on texts.
func share(texts []Text, guess func(Text) int32) float64 {
	hits := 0
	for _, t := range texts {
		if guess(t) == t.Class {
			hits++
		}
	}
	return float64(hits) / float64(len(texts))
}

// Mean is the mean of several runs and their standard deviation, written "0.81 ± 0.02". One run with its
// lucky seed is an anecdote.
type Mean struct{ Mean, StdDev float64 }

// MeanOf summarises runs with different seeds; the standard deviation of a single run is not known, NaN.
func MeanOf(runs ...float64) Mean {
	mean, std := stat.MeanStdDev(runs, nil)
	return Mean{mean, std}
}

func (m Mean) String() string { return fmt.Sprintf("%.3f ± %.3f", m.Mean, m.StdDev) }
