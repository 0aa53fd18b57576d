"""Tokens per second of a GPT with a KV cache in PyTorch, for BenchmarkGenerate to be compared with.

    python gpt/generate/torch_bench.py        # needs torch; uses as many threads as torch chooses
"""
import time
import torch
import torch.nn.functional as F

V, T, L, H, C, PROMPT, NEW = 65, 256, 6, 6, 384, 16, 224


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = torch.nn.LayerNorm(C), torch.nn.LayerNorm(C)
        self.qkv, self.proj = torch.nn.Linear(C, 3 * C), torch.nn.Linear(C, C)
        self.fc, self.out = torch.nn.Linear(C, 4 * C), torch.nn.Linear(4 * C, C)

    def forward(self, x, cache, at):
        B, t, _ = x.shape
        q, k, v = (p.view(B, t, H, C // H).transpose(1, 2) for p in self.qkv(self.ln_1(x)).split(C, dim=2))
        cache[0][:, :, at:at + t], cache[1][:, :, at:at + t] = k, v
        y = F.scaled_dot_product_attention(q, cache[0][:, :, :at + t], cache[1][:, :, :at + t], is_causal=t > 1)
        x = x + self.proj(y.transpose(1, 2).reshape(B, t, C))
        return x + self.out(F.gelu(self.fc(self.ln_2(x)), approximate="tanh"))


class GPT(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = torch.nn.Embedding(V, C), torch.nn.Embedding(T, C)
        self.blocks, self.ln_f = torch.nn.ModuleList(Block() for _ in range(L)), torch.nn.LayerNorm(C)

    def forward(self, ids, caches, at):
        x = self.wte(ids) + self.wpe(torch.arange(at, at + ids.shape[1]))
        for block, cache in zip(self.blocks, caches):
            x = block(x, cache, at)
        return self.ln_f(x[:, -1]) @ self.wte.weight.T


@torch.inference_mode()
def generate(model, B):
    caches = [torch.zeros(2, B, H, T, C // H) for _ in range(L)]
    ids, at = torch.zeros(B, PROMPT, dtype=torch.long), 0
    for _ in range(NEW):
        probs = F.softmax(model(ids, caches, at), dim=-1)
        at += ids.shape[1]
        ids = torch.multinomial(probs, 1)


torch.manual_seed(1)
model = GPT().eval()
for B in (1, 16):
    generate(model, B)
    best = min((lambda s: (generate(model, B), time.perf_counter() - s)[1])(time.perf_counter()) for _ in range(5))
    print(f"batch={B}: {B * NEW / best:.0f} tokens/s")
