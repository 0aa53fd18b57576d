package course

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/must"

	"gptbook/figures/curve"
	"gptbook/train"
)

// Keep passes a value on to later cells of a chapter, under a name:
//
//	course.Keep("scaling", "family", results)
//	results := course.Recall[[]result]("scaling", "family")
//
// Of a struct the exported fields are kept. It panics if there are none or the file cannot be written.
func Keep(chapter, name string, value any) {
	file := must.M1(os.Create(kept(chapter, name)))
	defer file.Close()
	must.M(gob.NewEncoder(file).Encode(value)) // unlike JSON, gob knows NaN
}

// Recall returns what an earlier cell of the chapter has kept under a name. It panics if none has, or something else.
func Recall[T any](chapter, name string) (value T) {
	file, err := os.Open(kept(chapter, name))
	if errors.Is(err, fs.ErrNotExist) {
		panic(fmt.Errorf("course: %s has kept no %q yet: run the cells above first", chapter, name))
	}
	must.M(err)
	defer file.Close()
	must.M(gob.NewDecoder(file).Decode(&value))
	return value
}

func kept(chapter, name string) string { return filepath.Join(Dir(chapter), name+".gob") }

// Weights returns the weights that an earlier cell has trained with [Dir] of the same names as its folder. It panics if
// none has.
func Weights(chapter string, name ...string) *model.Store {
	store := model.NewStore()
	must.M1(train.Load(store, Dir(chapter, name...)))
	return store
}

// Logged returns a column of what a training has logged in the folder dir, such as [train.TrainLoss], as a curve that a
// chart shows under name. It panics if there is no log or it lacks the column.
func Logged(dir, column, name string) curve.Curve {
	path := filepath.Join(dir, "metrics.csv")
	c := curve.Named(must.M1(curve.ReadCSV(path)), column)
	if len(c.Points) == 0 {
		panic(fmt.Errorf("course: %s has nothing in a column %q", path, column))
	}
	c.Name = name
	return c
}
