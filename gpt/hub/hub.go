// Package hub fetches published models from the Hugging Face hub.
//
// Start with [Fetch]; the folder that it returns is what gpt.ReadConfig and gpt.Load, or those of package bert, read.
package hub

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/go-huggingface/hub"

	"gptbook/datasets/download"
	"gptbook/internal/command"
	"gptbook/internal/weights"
)

// published maps the presets of package gpt to their places on the hub.
var published = map[string]string{
	"gpt1":        "openai-community/openai-gpt",
	"gpt2-small":  "openai-community/gpt2",
	"gpt2-medium": "openai-community/gpt2-medium",
	"gpt2-large":  "openai-community/gpt2-large",
	"gpt2-xl":     "openai-community/gpt2-xl",
}

// tokenizerFiles are all that a tokenizer may need; a model has some of them.
var tokenizerFiles = []string{"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
	"vocab.json", "merges.txt", "vocab.txt"}

// listLimit is how long the hub may take to list the files of a model.
const listLimit = 30 * time.Second

// Fetch brings a model from the hub to the user's cache and returns its folder. name is a preset of package gpt that
// OpenAI published, such as "gpt2-small", or the hub's own name for a model, "owner/model". What has been fetched once
// needs no network. An interrupted download goes on where it stopped, and every file is compared with the
// checksum that the hub gives. $HF_ENDPOINT names another hub. progress shows how far it is.
func Fetch(ctx context.Context, name string, progress io.Writer) (folder string, err error) {
	id := name
	if known, ok := published[name]; ok {
		id = known
	}
	if !regexp.MustCompile(`^\w[\w.-]*/\w[\w.-]*$`).MatchString(id) {
		return "", fmt.Errorf("hub: %q is no model: want owner/name, or %s",
			name, strings.Join(slices.Sorted(maps.Keys(published)), ", "))
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("hub: no place for downloads: %w", err)
	}
	folder = filepath.Join(cache, "gptbook", "hub", filepath.FromSlash(id))
	if complete(folder) {
		return folder, nil
	}
	if err := fetch(ctx, id, folder, progress); err != nil {
		return "", fmt.Errorf("hub: fetching %s: %w; files fetched by hand can be read from any folder", id, err)
	}
	return folder, nil
}

// complete tells whether folder holds a model. What it may do without was fetched before the last of these files.
func complete(folder string) bool {
	shards, err := weights.Shards(folder)
	return err == nil && !slices.ContainsFunc(append(shards, weights.ConfigFile), func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err != nil
	})
}

// fetch asks the hub for its list of files and brings those that a model needs.
func fetch(ctx context.Context, id, folder string, progress io.Writer) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	repo, files, err := list(ctx, id)
	if err != nil {
		return fmt.Errorf("no list of its files: %w", err)
	}
	bring := func(names ...string) error {
		for _, name := range names {
			if files[name] == nil {
				return fmt.Errorf("it has no %s", name)
			}
			url, err := repo.FileURL(name)
			if err != nil {
				return err
			}
			if _, err := wanted(files[name]).Fetch(ctx, folder, url, progress); err != nil {
				return err
			}
		}
		return nil
	}
	absent := func(name string) bool { return files[name] == nil }
	if err := bring(slices.DeleteFunc(slices.Clone(tokenizerFiles), absent)...); err != nil {
		return err
	}
	shards := []string{weights.ModelFile}
	if absent(weights.ModelFile) && !absent(weights.IndexFile) {
		if err := bring(weights.IndexFile); err != nil {
			return err
		}
		if shards, err = weights.Shards(folder); err != nil {
			return err
		}
	}
	return bring(append([]string{weights.ConfigFile}, shards...)...)
}

// list asks the hub which files a model has. (go-huggingface's own download starts anew after an interruption, compares
// no checksum, and takes a connection that breaks for the end of the file.)
func list(ctx context.Context, id string) (*hub.Repo, map[string]*hub.FileInfo, error) {
	temp, err := os.MkdirTemp("", "hub") // for what go-huggingface keeps, which we do not need again
	if err != nil {
		return nil, nil, err
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
		return nil, nil, err
	}
	files := make(map[string]*hub.FileInfo)
	for _, f := range repo.Info().Siblings {
		files[f.Name] = f
	}
	return repo, files, nil
}

// wanted is what the hub's list says of a file: the SHA-256 of a large one, git's own SHA-1 of a small one.
func wanted(f *hub.FileInfo) download.File {
	if f.LFS != nil {
		return download.File{Name: f.Name, Sum: f.LFS.SHA256, Size: f.LFS.Size}
	}
	return download.File{Name: f.Name, Sum: f.BlobID, Size: f.Size}
}
