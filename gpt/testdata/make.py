"""Makes small GPTs with random weights as transformers saves them, and in golden.json their logits.

    python make.py        (needs torch and transformers; written with 2.15 and 5.23)

gpt1-* and gpt2-* are what save_pretrained writes, forms/* one small model in the forms that other programs and other
configurations give it, refused/* configurations that package gpt does not compute.
"""

import json
import pathlib
import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel, OpenAIGPTConfig, OpenAIGPTLMHeadModel

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent / "internal" / "weights" / "testdata"))
from forms import fill, save_golden, tidy, write, write_refused

torch.manual_seed(1)


def logits(model):
    V, T, rows = model.config.vocab_size, model.config.n_positions, []
    for b in range(2):
        ids = [(3 * i * i + i + b) % V for i in range(T - b)]
        with torch.no_grad():
            rows.append({"ids": ids, "logits": model(torch.tensor([ids])).logits[0].tolist()})
    return rows


models = {
    "gpt2-a": GPT2LMHeadModel(GPT2Config(vocab_size=19, n_positions=10, n_embd=8, n_layer=2, n_head=2)),
    "gpt2-b": GPT2LMHeadModel(GPT2Config(vocab_size=7, n_positions=16, n_embd=12, n_layer=3, n_head=3, n_inner=48)),
    "gpt2-half": GPT2LMHeadModel(GPT2Config(vocab_size=33, n_positions=9, n_embd=4, n_layer=1, n_head=1)),
    "gpt1-a": OpenAIGPTLMHeadModel(OpenAIGPTConfig(vocab_size=19, n_positions=10, n_embd=8, n_layer=2, n_head=2)),
    "gpt1-b": OpenAIGPTLMHeadModel(OpenAIGPTConfig(vocab_size=11, n_positions=12, n_embd=6, n_layer=3, n_head=1)),
}
golden = {}
for name, model in models.items():
    fill(model)
    if name == "gpt2-half":
        model = model.half().float()  # so that the short numbers of the file are the model's own
        model.half().save_pretrained(here / name)
        model = model.float()
    else:
        model.save_pretrained(here / name)
    tidy(here / name)
    golden[name] = logits(model)
(here / "golden.json").write_text(json.dumps(golden) + "\n")


def small(family=2, **options):
    sizes = dict(vocab_size=13, n_positions=8, n_embd=8, n_layer=1, n_head=2) | options
    return fill(GPT2LMHeadModel(GPT2Config(**sizes)) if family == 2 else OpenAIGPTLMHeadModel(OpenAIGPTConfig(**sizes)))


def bare(name):
    return name.removeprefix("transformer.")


def compiled(name):
    return "_orig_mod." + name


def parallel(name):
    return "module." + name


def checkpointing(name):
    return "_orig_mod.module." + name.replace("h.0.", "h.0._checkpoint_wrapped_module.")


def old(model):  # the buffers of transformers before 4.30, and the tied table once more
    return {"h.0.attn.bias": torch.tril(torch.ones(8, 8)).view(1, 1, 8, 8), "h.0.attn.masked_bias": torch.tensor(-1e4),
            "lm_head.weight": model.lm_head.weight}


general = {"num_attention_heads": 2, "num_hidden_layers": 1, "hidden_size": 8, "max_position_embeddings": 8}
assumed = ["activation_function", "layer_norm_epsilon", "scale_attn_weights", "scale_attn_by_inverse_layer_idx",
           "n_inner", "reorder_and_upcast_attn", "architectures", "dtype", "tie_word_embeddings"]
golden = {}
for name, model, options in [
    ("untied", small(tie_word_embeddings=False), {}),
    ("gpt1-untied", small(1, tie_word_embeddings=False), {}),
    ("sharded", small(n_layer=2), {"shard": "3KB"}),
    ("sharded-untied-half", small(tie_word_embeddings=False, n_layer=2), {"shard": "2KB", "dtype": torch.float16}),
    ("compiled", small(), {"rename": compiled}),
    ("compiled-untied", small(tie_word_embeddings=False), {"rename": compiled}),
    ("parallel-sharded", small(n_layer=2), {"rename": parallel, "shard": "3KB"}),
    ("checkpointing", small(), {"rename": checkpointing}),
    ("bare", small(), {"rename": bare}),
    ("gpt1-bare", small(1), {"rename": bare}),
    ("old", small(), {"rename": bare, "add": old, "config": {"n_ctx": 8}}),
    ("bfloat16", small(), {"dtype": torch.bfloat16}),
    ("gpt1-half", small(1), {"dtype": torch.float16}),
    ("gelu-pytorch-tanh", small(activation_function="gelu_pytorch_tanh"), {}),
    ("gelu-fast", small(activation_function="gelu_fast"), {}),
    ("inner", small(n_inner=32), {}),
    ("upcast", small(reorder_and_upcast_attn=True), {}),
    ("general-names", small(), {"drop": ["n_head", "n_layer", "n_embd", "n_positions"], "config": general}),
    ("both-names", small(n_head=4), {"config": {"n_head": 2, "num_attention_heads": 4}}),
    ("assumed", small(), {"drop": assumed}),
    ("cross-attention", small(add_cross_attention=True), {}),
]:
    write(here / "forms" / name, model, **options)
    golden[name] = logits(model)
save_golden(here / "forms" / "golden.json", golden)

for name, model in {
    "gelu": small(activation_function="gelu"),
    "relu": small(activation_function="relu"),
    "gpt1-silu": small(1, afn="silu"),
    "epsilon": small(layer_norm_epsilon=1e-6),
    "unscaled": small(scale_attn_weights=False),
    "by-layer": small(scale_attn_by_inverse_layer_idx=True),
    "inner": small(n_inner=20),
}.items():
    write_refused(here / "refused" / name, model)
