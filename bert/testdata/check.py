"""Loads a model that package bert saved and prints its logits for the batch of golden.json, as JSON.

    python check.py CLASS FOLDER        (CLASS is a class of transformers, such as BertForPreTraining)
"""

import json
import pathlib
import sys

import torch
import transformers

batch = json.loads((pathlib.Path(__file__).parent / "golden.json").read_text())
model, loading = getattr(transformers, sys.argv[1]).from_pretrained(sys.argv[2], output_loading_info=True)
for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
    if loading[problem]:
        sys.exit(f"{problem}: {sorted(loading[problem])}")
with torch.no_grad():
    out = model.eval()(**{name: torch.tensor(batch[name]) for name in ("input_ids", "token_type_ids", "attention_mask")})
print(json.dumps({name: value.tolist() for name, value in out.items()}))
