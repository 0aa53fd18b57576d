"""The models that bench races against, as one would write them in PyTorch.

Arguments: threads, batch, JSON with the class and its sizes. Prints the number of parameters; then, for each
line with a number of steps on standard input, trains that many and prints the last loss. Where the sizes hold the
length of a prompt, a step is to fill the context of every text instead, and what is printed are the milliseconds per
token in each quarter of the text.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Attention(nn.Module):
    def __init__(self, width, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)

    def forward(self, x, cache=None, at=0):
        B, T, C = x.shape
        q, k, v = (y.view(B, T, self.heads, C // self.heads).transpose(1, 2) for y in self.c_attn(x).split(C, dim=2))
        if cache is not None:  # keys and values of all positions, [2, B, heads, context, headDim], filled up to at
            cache[0, :, :, at : at + T], cache[1, :, :, at : at + T] = k, v
            k, v = cache[:, :, :, : at + T]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal and T > 1)
        return self.c_proj(y.transpose(1, 2).reshape(B, T, C))


class Block(nn.Module):
    """GPT-2's block: normalise, then attend or transform, then add."""

    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads, causal=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))

    def forward(self, x, cache=None, at=0):
        x = x + self.attn(self.ln_1(x), cache, at)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocab, context, layers, heads, width):
        super().__init__()
        self.vocab, self.context = vocab, context
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(context, width)
        self.h = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.ln_f = nn.LayerNorm(width)
        self.apply(self.start)

    @staticmethod
    def start(module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe.weight[: ids.shape[1]]
        return F.linear(self.ln_f(self.h(x)), self.wte.weight)

    def step(self, ids, caches, at):
        """The logits after ids, [B, T], which stand at position at and behind."""
        x = self.wte(ids) + self.wpe.weight[at : at + ids.shape[1]]
        for block, cache in zip(self.h, caches):
            x = block(x, cache, at)
        return F.linear(self.ln_f(x[:, -1]), self.wte.weight)

    def batch(self, size):
        return (torch.randint(self.vocab, (size, self.context)) for _ in range(2))

    def loss(self, size):
        ids, labels = self.batch(size)
        return F.cross_entropy(self(ids).flatten(0, 1), labels.flatten())


class Layer(nn.Module):
    """BERT's layer: attend or transform, add, then normalise."""

    def __init__(self, width, heads):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.attn = Attention(width, heads, causal=False)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = self.ln_1(x + self.attn(x))
        return self.ln_2(x + self.mlp(x))


class BERT(GPT):
    """The encoder and its masked-LM head, asked about every position; all tokens are in segment 0."""

    def __init__(self, vocab, context, layers, heads, width):
        nn.Module.__init__(self)
        self.vocab, self.context = vocab, context
        self.words, self.positions, self.segments = (nn.Embedding(n, width) for n in (vocab, context, 2))
        self.ln = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.Sequential(*(Layer(width, heads) for _ in range(layers)))
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width, eps=1e-12))
        self.bias = nn.Parameter(torch.zeros(vocab))
        self.apply(self.start)

    def forward(self, ids):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.segments(torch.zeros_like(ids))
        return F.linear(self.transform(self.layers(self.ln(x))), self.words.weight, self.bias)


def adamw(model):
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95))


@torch.inference_mode()
def write(model, size, prompt):
    """Fills the context of size texts and returns the seconds per token in each quarter."""
    attention = model.h[0].attn
    caches = [torch.zeros(2, size, attention.heads, model.context, model.wte.weight.shape[1] // attention.heads) for _ in model.h]
    ids, at, times, start = torch.zeros(size, prompt, dtype=torch.long), 0, [], time.perf_counter()
    tokens = model.context - prompt
    for n in range(tokens):
        probs = F.softmax(model.step(ids, caches, at), dim=-1)
        at += ids.shape[1]
        ids = torch.multinomial(probs, 1)
        ids.tolist()  # a text is written to be read
        if (n + 1) % (tokens // 4) == 0 and len(times) < 4:
            times.append((time.perf_counter() - start) / (tokens // 4))
            start = time.perf_counter()
    return times


def main():
    torch.set_num_threads(int(sys.argv[1]))
    config = json.loads(sys.argv[3])
    prompt = config.pop("prompt", None)
    model = globals()[config.pop("model")](**config)
    optimizer = adamw(model)
    print(sum(p.numel() for p in model.parameters()), flush=True)
    for line in sys.stdin:
        if prompt:
            rounds = [write(model.eval(), int(sys.argv[2]), prompt) for _ in range(int(line))]
            print(*(1000 * min(quarter) for quarter in zip(*rounds)), flush=True)
            continue
        for _ in range(int(line)):
            optimizer.zero_grad(set_to_none=True)
            loss = model.loss(int(sys.argv[2]))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            last = loss.item()
        print(last, flush=True)


main()
