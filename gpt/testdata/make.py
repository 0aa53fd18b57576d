"""Makes small GPTs with random weights as transformers saves them, and golden.json, their logits.

    python make.py        (needs torch and transformers; written with 2.15 and 5.23)
"""

import json
import pathlib

import torch
from transformers import GPT2Config, GPT2LMHeadModel, OpenAIGPTConfig, OpenAIGPTLMHeadModel

here = pathlib.Path(__file__).parent
torch.manual_seed(1)
models = {
    "gpt2-a": GPT2LMHeadModel(GPT2Config(vocab_size=19, n_positions=10, n_embd=8, n_layer=2, n_head=2)),
    "gpt2-b": GPT2LMHeadModel(GPT2Config(vocab_size=7, n_positions=16, n_embd=12, n_layer=3, n_head=3, n_inner=48)),
    "gpt2-half": GPT2LMHeadModel(GPT2Config(vocab_size=33, n_positions=9, n_embd=4, n_layer=1, n_head=1)),
    "gpt1-a": OpenAIGPTLMHeadModel(OpenAIGPTConfig(vocab_size=19, n_positions=10, n_embd=8, n_layer=2, n_head=2)),
    "gpt1-b": OpenAIGPTLMHeadModel(OpenAIGPTConfig(vocab_size=11, n_positions=12, n_embd=6, n_layer=3, n_head=1)),
}
golden = {}
for name, model in models.items():
    for parameter in model.parameters():  # larger than at the start of training, so that every one of them tells
        torch.nn.init.normal_(parameter, std=0.4)
    if name == "gpt2-half":
        model = model.half().float()  # so that the short numbers of the file are the model's own
        model.half().save_pretrained(here / name)
        model = model.float()
    else:
        model.save_pretrained(here / name)
    (here / name / "generation_config.json").unlink(missing_ok=True)
    (here / name / "model.safetensors").chmod(0o644)
    V, T = model.config.vocab_size, model.config.n_positions
    ids = [[(3 * i * i + i + b) % V for i in range(T - b)] for b in range(2)]
    with torch.no_grad():
        golden[name] = [{"ids": row, "logits": model.eval()(torch.tensor([row])).logits[0].tolist()} for row in ids]
(here / "golden.json").write_text(json.dumps(golden) + "\n")
