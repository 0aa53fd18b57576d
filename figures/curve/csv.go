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

	"gptbook/internal/atomic"
)

// ReadCSV reads a table such as metrics.csv: the first column is "step", every other one becomes
// a curve with the column's name. An empty cell is a step at which that curve has no point.
// Units are not in the file.
func ReadCSV(path string) ([]Curve, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("curve: %w", err)
	}
	defer f.Close()
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
		return nil, fmt.Errorf("curve: %s:1: the first column is %q, want \"step\"", path, header[0])
	}
	curves := make([]Curve, len(header)-1)
	for i, name := range header[1:] {
		curves[i].Name = name
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

func addRow(curves []Curve, row []string) error {
	step, err := strconv.Atoi(row[0])
	if err != nil {
		return fmt.Errorf("step %q is not a whole number", row[0])
	}
	for i, cell := range row[1:] {
		if cell == "" {
			continue
		}
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return fmt.Errorf("%s %q is not a number", curves[i].Name, cell)
		}
		curves[i].Points = append(curves[i].Points, Point{step, v})
	}
	return nil
}

// WriteCSV writes curves as ReadCSV reads them, one row for each step that any curve has. If a
// curve has a step twice, the later value counts. The file is complete or not there.
func WriteCSV(path string, curves ...Curve) error {
	header := []string{"step"}
	rows := map[int][]string{}
	for i, c := range curves {
		if c.Name == "" || slices.Contains(header, c.Name) {
			return fmt.Errorf("curve: cannot write %s: curve %d is named %q, want a name of its own", path, i, c.Name)
		}
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
