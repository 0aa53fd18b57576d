// Package hub fetches published GPTs from the Hugging Face hub.
//
// Start with [Fetch]; the folder that it returns is what gpt.ReadConfig and gpt.Load read.
package hub

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/gomlx/go-huggingface/hub"

	"gptbook/datasets/download"
	"gptbook/internal/command"
)

// published maps the presets of package gpt to their places on the hub.
var published = map[string]string{
	"gpt1":        "openai-community/openai-gpt",
	"gpt2-small":  "openai-community/gpt2",
	"gpt2-medium": "openai-community/gpt2-medium",
	"gpt2-large":  "openai-community/gpt2-large",
	"gpt2-xl":     "openai-community/gpt2-xl",
}

const weightsFile = "model.safetensors"

// The files of a model. The needed ones come last: a folder that has them is complete.
var (
	needed   = []string{"config.json", weightsFile}
	optional = []string{"vocab.json", "merges.txt"} // of the tokenizer
)

// listLimit is how long the hub may take to list the files of a model.
const listLimit = 30 * time.Second

// Fetch brings a model from the hub to the user's cache and returns its folder. name is a preset of package gpt that OpenAI
// published, such as "gpt2-small", or the hub's own name for a model, "owner/model". What has been fetched once
// needs no network. An interrupted download goes on where it stopped, and every file is compared with the
// checksum that the hub gives. $HF_ENDPOINT names another hub. progress shows how far it is.
func Fetch(ctx context.Context, name string, progress io.Writer) (folder string, err error) {
	id := name
	if known, ok := published[name]; ok {
		id = known
	}
	if !regexp.MustCompile(`^\w[\w.-]*/\w[\w.-]*$`).MatchString(id) {
		return "", fmt.Errorf("hub: %q is no model: want gpt1, gpt2-small, gpt2-medium, gpt2-large, gpt2-xl or owner/name", name)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("hub: no place for downloads: %w", err)
	}
	folder = filepath.Join(cache, "gptbook", "hub", filepath.FromSlash(id))
	if !slices.ContainsFunc(needed, func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err != nil
	}) {
		return folder, nil
	}
	if err := fetch(ctx, id, folder, progress); err != nil {
		return "", fmt.Errorf("hub: fetching %s: %w; files fetched by hand can be read from any folder", id, err)
	}
	return folder, nil
}

// fetch asks the hub for its list of files and brings those that a GPT needs. (go-huggingface's own download starts
// anew after an interruption, compares no checksum, and takes a connection that breaks for the end of the file.)
func fetch(ctx context.Context, id, folder string, progress io.Writer) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "hub") // for what go-huggingface keeps, which we do not need again
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	repo := hub.New(id).WithCacheDir(temp)
	repo.Verbosity = 0
	err = command.Bounded(ctx, listLimit, func() error {
		if err := repo.DownloadInfo(true); err != nil {
			return err
		}
		repo.WithRevision(repo.Info().CommitHash) // of which list and files are, should the model change meanwhile
		return repo.DownloadInfo(true)
	})
	if err != nil {
		return fmt.Errorf("no list of its files: %w", err)
	}
	files := make(map[string]*hub.FileInfo)
	for _, f := range repo.Info().Siblings {
		files[f.Name] = f
	}
	for _, name := range slices.Concat(optional, needed) {
		f := files[name]
		if f == nil && slices.Contains(needed, name) {
			return fmt.Errorf("it has no %s", name)
		}
		if f == nil {
			continue
		}
		url, err := repo.FileURL(name)
		if err != nil {
			return err
		}
		if _, err := wanted(f).Fetch(ctx, folder, url, progress); err != nil {
			return err
		}
	}
	return nil
}

// wanted is what the hub's list says of a file: the SHA-256 of a large one, git's own SHA-1 of a small one.
func wanted(f *hub.FileInfo) download.File {
	if f.LFS != nil {
		return download.File{Name: f.Name, Sum: f.LFS.SHA256, Size: f.LFS.Size}
	}
	return download.File{Name: f.Name, Sum: f.BlobID, Size: f.Size}
}
