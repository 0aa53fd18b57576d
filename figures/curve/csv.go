package curve

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gptbook/internal/atomic"
)

const maxBytes = 1 << 30 // of a CSV file: a million steps of fifty curves

// ReadCSV reads a table such as metrics.csv: the first column is "step", every other one becomes a curve with the
// column's name. An empty cell is a step at which that curve has no point. Units are not in the file.
func ReadCSV(path string) ([]Curve, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("curve: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxBytes {
		return nil, fmt.Errorf("curve: %s has %d bytes, want at most %d: this is no table of curves",
			path, info.Size(), maxBytes)
	}
	r := csv.NewReader(f)
	r.ReuseRecord = true
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("curve: %s is empty, want a header that starts with \"step\"", path)
	}
	if err != nil {
		return nil, fmt.Errorf("curve: %s: %w", path, err)
	}
	if header[0] != "step" {
		return nil, fmt.Errorf("curve: %s:1: the first column is %.40q, want \"step\"", path, header[0])
	}
	curves := make([]Curve, len(header)-1)
	for i, name := range header[1:] {
		curves[i].Name = name
	}
	if err := checkNames(curves); err != nil {
		return nil, fmt.Errorf("curve: %s:1: %w", path, err)
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return curves, nil
		}
		if err != nil {
			return nil, fmt.Errorf("curve: %s: %w", path, err) // encoding/csv names the line
		}
		if err := addRow(curves, row); err != nil {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("curve: %s:%d: %w", path, line, err)
		}
	}
}

// checkNames refuses names that are no column's: what is written must read back as it was.
func checkNames(curves []Curve) error {
	taken := map[string]bool{"step": true}
	for i, c := range curves {
		strange := func(r rune) bool { return !unicode.IsGraphic(r) }
		if c.Name == "" || taken[c.Name] || !utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, strange) {
			return fmt.Errorf("curve %d is named %.40q, want a name of its own in printable characters", i, c.Name)
		}
		taken[c.Name] = true
	}
	return nil
}

func addRow(curves []Curve, row []string) error {
	step, err := strconv.Atoi(row[0])
	if err != nil {
		return fmt.Errorf("step %.40q is not a whole number", row[0])
	}
	for i, cell := range row[1:] {
		if cell == "" {
			continue
		}
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return fmt.Errorf("%.40s %.40q is not a number", curves[i].Name, cell)
		}
		curves[i].Points = append(curves[i].Points, Point{step, v})
	}
	return nil
}

// WriteCSV writes curves as ReadCSV reads them, one row for each step that any curve has. If a curve has a step twice,
// the later value counts. The file is complete or not there.
func WriteCSV(path string, curves ...Curve) error {
	if err := checkNames(curves); err != nil {
		return fmt.Errorf("curve: cannot write %s: %w", path, err)
	}
	header := []string{"step"}
	rows := map[int][]string{}
	for i, c := range curves {
		header = append(header, c.Name)
		for _, p := range c.Points {
			if rows[p.Step] == nil {
				rows[p.Step] = make([]string, len(curves)+1)
				rows[p.Step][0] = strconv.Itoa(p.Step)
			}
			rows[p.Step][i+1] = strconv.FormatFloat(p.Value, 'g', -1, 64)
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	table := [][]string{header}
	for _, step := range slices.Sorted(maps.Keys(rows)) {
		table = append(table, rows[step])
	}
	if err := w.WriteAll(table); err != nil {
		return fmt.Errorf("curve: writing %s: %w", path, err)
	}
	if err := atomic.WriteFile(path, out.Bytes()); err != nil {
		return fmt.Errorf("curve: %w", err)
	}
	return nil
}
