"""Loads a model that package gpt saved and prints its logits for the rows of a golden file, as JSON.

    python check.py CLASS FOLDER GOLDEN NAME        (CLASS is a class of transformers, NAME a key of the file)
"""

import json
import pathlib
import sys

import torch
import transformers

model, loading = getattr(transformers, sys.argv[1]).from_pretrained(sys.argv[2], output_loading_info=True)
for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
    if loading[problem]:
        sys.exit(f"{problem}: {sorted(loading[problem])}")
golden = json.loads(pathlib.Path(sys.argv[3]).read_text())
with torch.no_grad():
    print(json.dumps([model.eval()(torch.tensor([row["ids"]])).logits[0].tolist() for row in golden[sys.argv[4]]]))
