package generate

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"gptbook/gpt"
)

// New returns the generator to use. store holds the model's weights.
func New(backend compute.Backend, store *model.Store, cfg gpt.Config) (*Generator, error) {
	return NewUncached(backend, store, cfg)
}
