"""Renders notebooks: render.py NOTEBOOK... prints a JSON list with the HTML of each, and the colours of code last."""
import html
import json
import os
import sys

import nbformat
from math_core import LatexToMathML
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import GoLexer

latex = LatexToMathML(ignore_unknown_commands=True, annotation=True)


class Renderer(IPythonRenderer):
    """Turns formulas into MathML, which browsers draw by themselves."""

    def inline_math(self, body):
        return latex.convert_with_local_state(body, displaystyle=False)

    def block_math(self, body):
        return latex.convert_with_local_state(body, displaystyle=True)

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")


def text(source, folder):
    renderer = Renderer(escape=False, embed_images=True, path=folder, anchor_link_text="#")
    return f'<section class="text">{MarkdownWithMath(renderer=renderer).render(source)}</section>'


def code(source):
    return highlight(source, GoLexer(stripall=True), HtmlFormatter(cssclass="code"))


def output(out, folder):
    if out.output_type == "stream":
        return f'<pre class="{out.name}">{ansi2html(out.text)}</pre>'
    if out.output_type == "error":
        return f'<pre class="stderr">{ansi2html(chr(10).join(out.traceback))}</pre>'
    data = out.data
    if "text/html" in data:
        return f'<div class="display">{data["text/html"]}</div>'
    if "image/svg+xml" in data:
        return f'<div class="display">{data["image/svg+xml"]}</div>'
    for mime in ("image/png", "image/jpeg"):
        if mime in data:
            return f'<div class="display"><img alt="" src="data:{mime};base64,{data[mime].strip()}"></div>'
    if "text/markdown" in data:
        return text(data["text/markdown"], folder)
    return f'<pre class="stdout">{html.escape(data.get("text/plain", ""))}</pre>'


def page(path):
    folder = os.path.dirname(path)
    parts = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "markdown":
            parts.append(text(cell.source, folder))
        elif cell.cell_type == "code":
            parts.append(code(cell.source))
            parts.extend(output(out, folder) for out in cell.outputs)
        elif cell.metadata.get("raw_mimetype") == "text/html":
            parts.append(cell.source)
    return "\n".join(parts)


pages = [page(path) for path in sys.argv[1:]]
json.dump(pages + [HtmlFormatter(cssclass="code", style="friendly").get_style_defs(".code")], sys.stdout)
