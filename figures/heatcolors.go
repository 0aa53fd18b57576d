package figures

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// The stops of the two scales, evenly spaced and monotone in lightness.
var (
	sequential = []color.NRGBA{
		{255, 255, 255, 255}, {198, 219, 239, 255}, {107, 174, 214, 255}, {0, 114, 178, 255}, {8, 38, 84, 255},
	}
	diverging = []color.NRGBA{
		{0, 66, 120, 255}, {100, 165, 214, 255}, {255, 255, 255, 255}, {240, 150, 90, 255}, {150, 55, 0, 255},
	}
)

func heatColor(v, low, high float64) color.NRGBA {
	stops := sequential
	if low < 0 {
		stops = diverging
	}
	if !finite(v) {
		return color.NRGBA{200, 200, 200, 255}
	}
	at := math.Max(0, math.Min(1, scale{}.Normalize(low, high, v))) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*(at-float64(i)))) }
	a, b := stops[i], stops[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// inkOn is the colour of text that can be read on shade.
func inkOn(shade color.NRGBA) color.Color {
	if 0.3*float64(shade.R)+0.6*float64(shade.G)+0.1*float64(shade.B) < 135 {
		return color.White
	}
	return ink
}

// cells paints one square per value. Each gets several pixels, because viewers blur what they enlarge.
func cells(values [][]float64, low, high float64, cell vg.Length) image.Image {
	k := max(1, int(math.Ceil(float64(cell)*2)))
	img := image.NewNRGBA(image.Rect(0, 0, k*len(values[0]), k*len(values)))
	for i, row := range values {
		for j, v := range row {
			shade := heatColor(v, low, high)
			for y := i * k; y < (i+1)*k; y++ {
				for x := j * k; x < (j+1)*k; x++ {
					img.SetNRGBA(x, y, shade)
				}
			}
		}
	}
	return img
}
