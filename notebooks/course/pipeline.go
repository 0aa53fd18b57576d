package course

import (
	"os"
	"path/filepath"

	"github.com/janpfeifer/must"

	"gptbook/train/chatgpt/pipeline"
)

// Pipeline opens the pipeline that chapters 9 to 11 share: the world, the tokenizer, and the folder with the models.
// What is not there yet is made when it is asked for. It panics where it cannot be opened.
func Pipeline() *pipeline.Pipeline {
	return must.M1(pipeline.Open(Backend(), PipelineDir(), Pick(pipeline.Small, pipeline.Full), os.Stdout))
}

// PipelineDir returns a place in the pipeline's folder.
func PipelineDir(name ...string) string {
	return filepath.Join(append([]string{Dir("09_sft")}, name...)...)
}
