package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// A Hugging Face checkpoint is a folder with [ConfigFile] and [ModelFile], or [IndexFile] and the shards that it names.
const (
	ConfigFile = "config.json"
	ModelFile  = "model.safetensors"
	IndexFile  = "model.safetensors.index.json"
)

// Fixed lists what members of config.json may say, because the graph computes in one way only: the values with which
// transformers computes the same. Each holds what transformers assumes where the file says nothing.
type Fixed map[string][]any

// ReadConfig decodes the config.json in folder into config. The error names the file and the member that fixed does
// not allow.
func ReadConfig(folder string, config any, fixed Fixed) error {
	path := filepath.Join(folder, ConfigFile)
	text, err := readJSON(path, 1<<20)
	if err != nil {
		return err
	}
	if err := parseConfig(text, config, fixed); err != nil {
		return fmt.Errorf("%s: %.300w", path, err)
	}
	return nil
}

func parseConfig(text []byte, config any, fixed Fixed) error {
	if err := json.Unmarshal(text, config); err != nil {
		return err
	}
	var raw json.RawMessage
	return object(text, func(name string, decoder *json.Decoder) error {
		if err := decoder.Decode(&raw); err != nil || fixed[name] == nil {
			return err
		}
		if len(raw) > 100 {
			return fmt.Errorf("%s is %.80q…, want %s", name, raw, words(fixed[name]...))
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return err
		}
		if !slices.ContainsFunc(fixed[name], func(allowed any) bool { return reflect.DeepEqual(allowed, value) }) {
			return fmt.Errorf("%s is %s, want %s", name, words(value), words(fixed[name]...))
		}
		return nil
	})
}

// words writes values as JSON does.
func words(values ...any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		text, _ := json.Marshal(v) // which came from JSON, or is as plain
		texts[i] = string(text)
	}
	return strings.Join(texts, " or ")
}

// shardName is what a shard may be called: a file beside its index.
var shardName = regexp.MustCompile(`^\w[\w.-]{0,99}\.safetensors$`)

// Shards lists the files that hold the numbers of the model in folder, sorted: model.safetensors, or what the index
// names. It does not look whether shards are there.
func Shards(folder string) ([]string, error) {
	shards, _, err := contents(folder)
	return shards, err
}

// contents lists the files with numbers and, if there is an index, which file it gives for each tensor.
func contents(folder string) (shards []string, index map[string]string, err error) {
	if _, err := os.Stat(filepath.Join(folder, ModelFile)); err == nil {
		return []string{ModelFile}, nil, nil
	}
	path := filepath.Join(folder, IndexFile)
	text, err := readJSON(path, 1<<24)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("no %s or %s in %s; a model in another format can be converted with transformers' "+
			"save_pretrained", ModelFile, IndexFile, folder)
	}
	if err != nil {
		return nil, nil, err
	}
	if index, err = parseIndex(text); err != nil {
		return nil, nil, fmt.Errorf("%s: %.300w", path, err)
	}
	return slices.Compact(slices.Sorted(maps.Values(index))), index, nil
}

// parseIndex returns the shard of each tensor.
func parseIndex(text []byte) (map[string]string, error) {
	index := make(map[string]string)
	err := object(text, func(member string, decoder *json.Decoder) error {
		if member != "weight_map" {
			return decoder.Decode(new(json.RawMessage))
		}
		return members(decoder, func(name string, decoder *json.Decoder) error {
			var shard string
			if err := decoder.Decode(&shard); err != nil {
				return fmt.Errorf("tensor %.80q: %w", name, err)
			}
			if !shardName.MatchString(shard) {
				return fmt.Errorf("tensor %.80q is said to be in %.80q, "+
					"want a file like model-00001-of-00002.safetensors", name, shard)
			}
			if _, twice := index[name]; twice {
				return fmt.Errorf("tensor %.80q appears twice", name)
			}
			index[name] = shard
			return nil
		})
	})
	if err == nil && len(index) == 0 {
		err = errors.New("no weight_map that names a tensor")
	}
	return index, err
}

// readJSON returns the text of a file of at most so many bytes.
func readJSON(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s: has more than %d bytes, want a small JSON file", path, most)
	}
	return text, err
}

// object calls read at each member of the JSON object that text holds; read decodes its value.
func object(text []byte, read func(name string, decoder *json.Decoder) error) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := members(decoder, read); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("text after the JSON object")
	}
	return nil
}

// members is [object] for the value at which decoder stands. (Unmarshalling into a map would silently keep the last of
// two members of one name.)
func members(decoder *json.Decoder, read func(name string, decoder *json.Decoder) error) error {
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return complete(err)
		}
		if err := read(token.(string), decoder); err != nil { // the decoder accepts nothing else as a key
			return complete(err)
		}
	}
	_, err := decoder.Token() // the closing brace
	return complete(err)
}

// complete says of a text that ends within an object that it does.
func complete(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
