package corpus

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gptbook/datasets/download"
)

// source is a text on the net. Address, size and checksum are pinned: what somebody changes there
// later is refused.
type source struct {
	name, url string
	archive   *download.File // if the text is a member of an archive: the archive
	member    string
	text      download.File
	documents func(text string) ([]string, error)
}

// Where the checksums stand: Tiny Shakespeare in tensorflow/datasets, url_checksums/tiny_shakespeare.txt;
// WikiText-2's archive in JuliaText/CorpusLoaders.jl, src/WikiText.jl; TinyStories' is its object id in
// Git LFS. Those of the files in the archives, and of the songs' archive (whose SHA-512 npm
// publishes), were computed from the archives or found equal in several public projects.
var sources = []source{
	{
		name: "tinyshakespeare",
		url: "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/" +
			"data/tinyshakespeare/input.txt",
		text: download.File{Name: "tinyshakespeare.txt", Size: 1_115_394,
			Sum: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"},
		documents: whole,
	},
	{
		// The validation file alone, 21,990 stories: the training file is a hundred times as large,
		// more than any model of this course can read. It is split again by Corpus.Split.
		name: "tinystories",
		url: "https://huggingface.co/datasets/roneneldan/TinyStories/resolve/" +
			"f54c09fd23315a6f9c86f9dc80f725de7d8f9c64/TinyStories-valid.txt",
		text: download.File{Name: "tinystories-valid.txt", Size: 19_447_282,
			Sum: "94e431816c4cce81ff71e4408ff8d3bda9a42e8d2663986697c3954288cb38b4"},
		documents: stories,
	},
	{
		// The training file; results on our own split of it are not comparable with published ones.
		name: "wikitext-2",
		url: "https://huggingface.co/datasets/ggml-org/ci/resolve/" +
			"927b3642933080f1b0e811e2f916e14c292992f9/wikitext-2-raw-v1.zip",
		archive: &download.File{Name: "wikitext-2-raw-v1.zip", Size: 4_721_645,
			Sum: "ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11"},
		member: "wikitext-2-raw/wiki.train.raw",
		text: download.File{Name: "wiki.train.raw", Size: 10_940_747,
			Sum: "6707892fa3788b5ab9ed78ab5ff37d9fe825f6011a2ad4fcd6a6d467f0e7da57"},
		documents: articles,
	},
	{
		name: "yuanqu",
		url:  "https://registry.npmjs.org/chinese-poetry/-/chinese-poetry-2.0.1.tgz",
		archive: &download.File{Name: "chinese-poetry-2.0.1.tgz", Size: 85_464_664,
			Sum: "25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86"},
		member: "package/dist/yuanqu/yuanqu.json",
		text: download.File{Name: "yuanqu.json", Size: 4_188_599,
			Sum: "c2be37d2349cec99ec7f2d7c4107eb08bbb3ac869221db24531c8ffed2a88b12"},
		documents: songs,
	},
}

func (s source) load() (*Corpus, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("corpus: no place for downloads: %w", err)
	}
	dir := filepath.Join(cache, "gptbook", "corpus")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("corpus: no place for downloads: %w", err)
	}
	return s.loadIn(context.Background(), dir, os.Stderr)
}

func (s source) loadIn(ctx context.Context, dir string, progress io.Writer) (*Corpus, error) {
	path := filepath.Join(dir, s.text.Name)
	if s.text.Check(path) != nil {
		if err := s.fetch(ctx, dir, path, progress); err != nil {
			return nil, err
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	documents, err := s.documents(string(data))
	if err != nil {
		return nil, fmt.Errorf("corpus: %s: %w", path, err)
	}
	return fromDocuments(s.name, s.url, documents)
}

// fetch downloads the text to path, out of its archive if it is in one.
func (s source) fetch(ctx context.Context, dir, path string, progress io.Writer) error {
	wanted := s.text
	if s.archive != nil {
		wanted = *s.archive
	}
	archive, err := wanted.Fetch(ctx, dir, s.url, progress)
	if err != nil {
		return fmt.Errorf("corpus: %w; opticks and godoc need no network", err)
	}
	if s.archive == nil {
		return nil
	}
	if err := extract(archive, s.member, path+".part", s.text.Size); err != nil {
		return fmt.Errorf("corpus: %s: %w", archive, err)
	}
	if err := s.text.Check(path + ".part"); err != nil {
		return fmt.Errorf("corpus: %s in %s: %w", s.member, archive, err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("corpus: %w", err)
	}
	os.Remove(archive) // the text is all that is needed from now on
	return nil
}

// extract writes one member of a .zip or .tgz to path, and not more than size bytes and one.
func extract(archive, member, path string, size int64) error {
	in, err := openMember(archive, member)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, size+1))
	return errors.Join(err, out.Close())
}

func openMember(archive, member string) (io.ReadCloser, error) {
	if strings.HasSuffix(archive, ".zip") {
		z, err := zip.OpenReader(archive)
		if err != nil {
			return nil, err
		}
		in, err := z.Open(member)
		if err != nil {
			z.Close()
			return nil, err
		}
		return closer{in, func() error { return errors.Join(in.Close(), z.Close()) }}, nil
	}
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	gz, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	for t := tar.NewReader(gz); ; {
		header, err := t.Next()
		if err == io.EOF {
			err = fmt.Errorf("no member %s", member)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		if header.Name == member {
			return closer{t, f.Close}, nil
		}
	}
}

// closer reads from one thing and closes another.
type closer struct {
	io.Reader
	close func() error
}

func (c closer) Close() error { return c.close() }

// whole takes a text as it is.
func whole(text string) ([]string, error) { return []string{text}, nil }

// stories are separated by a line that spells GPT-2's special token. It is left out: text must
// not produce special tokens, whoever trains puts them where documents end.
func stories(text string) ([]string, error) {
	return nonEmpty(strings.Split(text, "<|endoftext|>")), nil
}

// articleTitle is a heading of the first level, " = Title = "; deeper ones have more signs.
var articleTitle = regexp.MustCompile(`(?m)^ = [^=].* = $`)

func articles(text string) ([]string, error) {
	var documents []string
	start := 0
	for _, at := range articleTitle.FindAllStringIndex(text, -1) {
		documents = append(documents, text[start:at[0]])
		start = at[0]
	}
	return nonEmpty(append(documents, text[start:])), nil
}

// songs are JSON objects; a document is the title, the author and the lines.
func songs(text string) ([]string, error) {
	var list []struct {
		Title      string
		Author     string
		Paragraphs []string
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	var documents []string
	for _, s := range list {
		if len(s.Paragraphs) > 0 {
			documents = append(documents, s.Title+"\n"+s.Author+"\n"+strings.Join(s.Paragraphs, "\n"))
		}
	}
	return documents, nil
}

func nonEmpty(documents []string) []string {
	var kept []string
	for _, d := range documents {
		if strings.TrimSpace(d) != "" {
			kept = append(kept, d)
		}
	}
	return kept
}
