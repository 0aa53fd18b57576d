"""Makes small BERTs with random weights as transformers saves them, and in golden.json their outputs.

    python make.py        (needs torch and transformers; written with 2.15 and 5.23)

tiny is what save_pretrained writes, forms/* small models of all classes in the forms that other programs and other
configurations give them, refused/* configurations that package bert does not compute.
"""

import json
import pathlib
import sys

import torch
from transformers import (BertConfig, BertForMaskedLM, BertForNextSentencePrediction, BertForPreTraining,
                          BertForSequenceClassification, BertModel)

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent.parent / "internal" / "weights" / "testdata"))
from forms import fill, save_golden, write, write_refused

torch.manual_seed(1)
model = fill(BertForPreTraining(BertConfig(
    vocab_size=19, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
    max_position_embeddings=10)))
model.save_pretrained(here / "tiny")

batch = {
    "input_ids": [[2, 7, 11, 3, 18, 3], [2, 5, 3, 0, 0, 0]],
    "token_type_ids": [[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]],
    "attention_mask": [[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]],
}


def outputs(model):
    """Names what the class of model returns as package bert does."""
    with torch.no_grad():
        out = model(**{name: torch.tensor(rows) for name, rows in batch.items()})
    return {ours: out[theirs].tolist() for ours, theirs in {
        BertForPreTraining: {"mlm": "prediction_logits", "nsp": "seq_relationship_logits"},
        BertForMaskedLM: {"mlm": "logits"},
        BertForNextSentencePrediction: {"nsp": "logits"},
        BertForSequenceClassification: {"classes": "logits"},
        BertModel: {"hidden": "last_hidden_state", "pooled": "pooler_output"},
    }[type(model)].items() if theirs in out}


(here / "golden.json").write_text(json.dumps(batch | outputs(model)) + "\n")


def small(kind, pooler={}, **options):
    sizes = dict(vocab_size=19, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12,
                 max_position_embeddings=8)
    return fill(kind(BertConfig(**sizes | options), **pooler))


def bare(name):
    return name.removeprefix("bert.")


def compiled(name):
    return "_orig_mod." + name


def parallel(name):
    return "module." + name


def tensorflow(name):  # as converted from the original files
    return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")


def old(model):  # the buffer of transformers before 4.31, and what is tied once more
    head = model.cls.predictions
    return {"bert.embeddings.position_ids": torch.arange(8)[None],
            "cls.predictions.decoder.weight": head.decoder.weight, "cls.predictions.decoder.bias": head.bias}


Classes = BertForSequenceClassification
labels = {"id2label": {0: "no", 1: "perhaps", 2: "yes"}, "label2id": {"no": 0, "perhaps": 1, "yes": 2}}
assumed = ["hidden_act", "layer_norm_eps", "type_vocab_size", "is_decoder", "architectures", "dtype",
           "tie_word_embeddings"]
golden = {}
for name, model, options in [
    ("pretraining-old", small(BertForPreTraining), {"rename": tensorflow, "add": old}),
    ("pretraining-sharded", small(BertForPreTraining), {"shard": "2KB"}),
    ("mlm", small(BertForMaskedLM), {}),
    ("mlm-compiled", small(BertForMaskedLM), {"rename": compiled}),
    ("mlm-parallel-sharded-half", small(BertForMaskedLM),
     {"rename": parallel, "shard": "1KB", "dtype": torch.float16}),
    ("mlm-gelu-python", small(BertForMaskedLM, hidden_act="gelu_python"), {}),
    ("mlm-assumed", small(BertForMaskedLM), {"drop": assumed}),
    ("nsp", small(BertForNextSentencePrediction), {}),
    ("classes", small(Classes, **labels), {}),
    ("classes-list", small(Classes, num_labels=3),
     {"config": {"id2label": ["no", "perhaps", "yes"], "label2id": ["no", "perhaps", "yes"]}}),
    ("classes-bfloat16", small(Classes), {"dtype": torch.bfloat16}),
    ("encoder", small(BertModel), {}),
    ("encoder-named", small(BertModel), {"rename": "bert.{}".format}),
    ("encoder-no-pooler", small(BertModel, pooler={"add_pooling_layer": False}), {}),
    ("encoder-compiled-tensorflow", small(BertModel), {"rename": lambda name: compiled(tensorflow(name))}),
    ("encoder-wide", small(BertModel, intermediate_size=32), {"config": {"position_embedding_type": "absolute"}}),
    ("encoder-chunked", small(BertModel, chunk_size_feed_forward=2), {}),
]:
    write(here / "forms" / name, model, **options)
    golden[name] = outputs(model)
save_golden(here / "forms" / "golden.json", golden)

for name, model in {
    "relu": small(BertModel, hidden_act="relu"),
    "gelu-new": small(BertModel, hidden_act="gelu_new"),
    "epsilon": small(BertModel, layer_norm_eps=1e-5),
    "segments": small(BertModel, type_vocab_size=1),
    "decoder": small(BertModel, is_decoder=True),
}.items():
    write_refused(here / "refused" / name, model)
# A head whose table is not that of the words: the configuration is fine, the weights are refused.
write(here / "refused" / "untied", small(BertForMaskedLM, tie_word_embeddings=False))
