"""Makes testdata/tiny, a BERT with random weights as transformers saves it, and golden.json, its logits.

    python make.py        (needs torch and transformers; written with 2.15 and 5.23)
"""

import json
import pathlib

import torch
from transformers import BertConfig, BertForPreTraining

here = pathlib.Path(__file__).parent
torch.manual_seed(1)
model = BertForPreTraining(BertConfig(
    vocab_size=19, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
    max_position_embeddings=10)).eval()
for parameter in model.parameters():  # larger than at the start of training, so that every one of them tells
    torch.nn.init.normal_(parameter, std=0.4)
model.save_pretrained(here / "tiny")

batch = {
    "input_ids": [[2, 7, 11, 3, 18, 3], [2, 5, 3, 0, 0, 0]],
    "token_type_ids": [[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]],
    "attention_mask": [[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]],
}
with torch.no_grad():
    out = model(**{name: torch.tensor(rows) for name, rows in batch.items()})
golden = batch | {"mlm": out.prediction_logits.tolist(), "nsp": out.seq_relationship_logits.tolist()}
(here / "golden.json").write_text(json.dumps(golden) + "\n")
