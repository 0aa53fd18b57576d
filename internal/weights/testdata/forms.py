"""Writes a model of transformers in the forms that other programs give it; gpt/testdata/make.py and bert's use it."""

import json
import shutil

import torch
from safetensors.torch import load_file, save_file


def fill(model):
    """Draws larger weights than those at the start of training, so that every one of them tells."""
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return model.eval()


def save_golden(file, outputs, digits=6):
    short = json.loads(json.dumps(outputs), parse_float=lambda number: round(float(number), digits))
    file.write_text(json.dumps(short, separators=(",", ":")) + "\n")


def tidy(folder):
    (folder / "generation_config.json").unlink(missing_ok=True)
    for file in folder.iterdir():
        file.chmod(0o644)


def write(folder, model, rename=None, add=None, config=None, drop=(), dtype=torch.float32, shard="1GB"):
    """Saves model with its tensors renamed, others added, members of config.json set and dropped.

    Numbers shorter than float32 are also those of the model from here on: its logits are those of the file.
    """
    shutil.rmtree(folder, ignore_errors=True)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    model.float()
    for file in folder.glob("*.safetensors"):
        tensors = load_file(file)
        if rename:
            tensors = {rename(key): value for key, value in tensors.items()}
        if add:
            tensors |= {key: value.detach().clone() for key, value in add(model).items()}
        save_file(tensors, file, {"format": "pt"})
    index = folder / "model.safetensors.index.json"
    if index.exists() and rename:
        text = json.loads(index.read_text())
        text["weight_map"] = {rename(key): file for key, file in text["weight_map"].items()}
        index.write_text(json.dumps(text, indent=2) + "\n")
    file = folder / "config.json"
    text = json.loads(file.read_text()) | (config or {})
    file.write_text(json.dumps({key: value for key, value in text.items() if key not in drop}, indent=2) + "\n")
    tidy(folder)


def write_refused(folder, model):
    """Saves only the configuration, which is what our reader refuses."""
    write(folder, model)
    (folder / "model.safetensors").unlink()
