package figures

import (
	"bytes"
	"fmt"
	"image/color"
	"path/filepath"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"gptbook/internal/atomic"
)

// figure is what Chart, Heatmap and Bars have in common.
type figure interface {
	sheet() (sheet, error)
}

// sheet is a figure that can be drawn: whatever makes it impossible has been refused by then.
type sheet struct {
	width, height vg.Length
	paint         func(c draw.Canvas)
}

// SVG returns the chart as an SVG document.
func (c Chart) SVG() ([]byte, error) { return svg(c) }

// PNG returns the chart as a PNG image of 144 dots per inch.
func (c Chart) PNG() ([]byte, error) { return png(c) }

// Save writes the chart to path, as its extension says: .svg or .png. The file is complete or not there.
func (c Chart) Save(path string) error { return save(c, path) }

// Show displays the chart below the running notebook cell; elsewhere it does nothing.
func (c Chart) Show() error { return show(c) }

// SVG returns the heat map as an SVG document.
func (h Heatmap) SVG() ([]byte, error) { return svg(h) }

// PNG returns the heat map as a PNG image of 144 dots per inch.
func (h Heatmap) PNG() ([]byte, error) { return png(h) }

// Save writes the heat map to path, as its extension says: .svg or .png. The file is complete or not there.
func (h Heatmap) Save(path string) error { return save(h, path) }

// Show displays the heat map below the running notebook cell; elsewhere it does nothing.
func (h Heatmap) Show() error { return show(h) }

// SVG returns the bars as an SVG document.
func (b Bars) SVG() ([]byte, error) { return svg(b) }

// PNG returns the bars as a PNG image of 144 dots per inch.
func (b Bars) PNG() ([]byte, error) { return png(b) }

// Save writes the bars to path, as its extension says: .svg or .png. The file is complete or not there.
func (b Bars) Save(path string) error { return save(b, path) }

// Show displays the bars below the running notebook cell; elsewhere it does nothing.
func (b Bars) Show() error { return show(b) }

func svg(f figure) ([]byte, error) {
	sheet, err := f.sheet()
	if err != nil {
		return nil, err
	}
	canvas := vgsvg.New(sheet.width, sheet.height)
	sheet.paint(background(draw.New(canvas)))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("figures: writing SVG: %w", err)
	}
	// Liberation Sans has the widths of Arial and Helvetica: the layout holds where it is missing.
	// vgsvg calls its PNG images JPEG, which strict readers refuse, and lets them keep their proportions.
	return []byte(strings.NewReplacer(
		"font-family:Liberation Sans;", "font-family:'Liberation Sans',Arial,Helvetica,sans-serif;",
		"data:image/jpg;base64,", "data:image/png;base64,",
		"<image ", `<image preserveAspectRatio="none" `,
	).Replace(out.String())), nil
}

func png(f figure) ([]byte, error) {
	sheet, err := f.sheet()
	if err != nil {
		return nil, err
	}
	canvas := vgimg.NewWith(vgimg.UseWH(sheet.width, sheet.height), vgimg.UseDPI(144))
	sheet.paint(background(draw.New(canvas)))
	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(&out); err != nil {
		return nil, fmt.Errorf("figures: writing PNG: %w", err)
	}
	return out.Bytes(), nil
}

const margin = 8 // around every figure, in points

// background paints c white, as dark notebooks need, and returns it without its margin.
func background(c draw.Canvas) draw.Canvas {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	return draw.Crop(c, margin, -margin, margin, -margin)
}

func save(f figure, path string) error {
	render := map[string]func(figure) ([]byte, error){".svg": svg, ".png": png}[strings.ToLower(filepath.Ext(path))]
	if render == nil {
		return fmt.Errorf("figures: cannot save to %q: the name must end in .svg or .png", path)
	}
	data, err := render(f)
	if err != nil {
		return err
	}
	return writeFile(path, data)
}

// show uses PNG: unlike SVG it survives every viewer of notebooks, GitHub's among them.
func show(f figure) error {
	if !gonbui.IsNotebook {
		return nil
	}
	data, err := png(f)
	if err != nil {
		return err
	}
	gonbui.DisplayPng(data)
	gonbui.Sync() // else a cell that ends now may lose it
	return nil
}

// writeFile replaces path by data in one move, making its folder if need be.
func writeFile(path string, data []byte) error {
	if err := atomic.WriteFile(path, data); err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	return nil
}
