"""The step that `m2 bench xe` measures, in eager PyTorch: what it is compared with.

    python3 test/bench/pytorch.py [THREADS] [REPEATS]

One JSON line for the flat batch of 50 captions, each with its own copy of the features, as the reference trains.
"""

import json
import math
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, HIDDEN, SLOTS, REGIONS, FEATURES, VOCABULARY, LEVELS = 512, 8, 2048, 40, 50, 2048, 10201, 3


class Attention(nn.Module):
    def __init__(self, slots=0):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(0.1)
        self.slots = nn.ParameterList(nn.Parameter(torch.randn(1, slots, WIDTH)) for _ in range(2 if slots else 0))

    def forward(self, x, y, mask):
        b = x.shape[0]
        k, v = self.k(y), self.v(y)
        if len(self.slots):
            k = torch.cat([k, math.sqrt(WIDTH / HEADS) * self.slots[0].expand(b, -1, -1)], 1)
            v = torch.cat([v, math.sqrt(SLOTS) * self.slots[1].expand(b, -1, -1)], 1)
        split = lambda t: t.view(b, t.shape[1], HEADS, -1).transpose(1, 2)
        scores = split(self.q(x)) @ split(k).transpose(2, 3) / math.sqrt(WIDTH / HEADS)
        if mask is not None:
            scores = scores.masked_fill(mask, -math.inf)
        found = (torch.softmax(scores, -1) @ split(v)).transpose(1, 2).reshape(b, -1, WIDTH)
        return self.norm(x + self.drop(self.o(found)))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(0.1)

    def forward(self, x):
        return self.norm(x + self.drop(self.two(self.drop(F.relu(self.one(x))))))


class EncoderLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention, self.forward_block = Attention(SLOTS), FeedForward()

    def forward(self, x):
        return self.forward_block(self.attention(x, x, None))


class DecoderLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.own, self.cross, self.forward_block = Attention(), Attention(), FeedForward()
        self.alphas = nn.ModuleList(nn.Linear(2 * WIDTH, WIDTH) for _ in range(LEVELS))

    def forward(self, x, levels, mask):
        x = self.own(x, x, mask)
        found = [self.cross(x, level, None) for level in levels]
        gates = [torch.sigmoid(a(torch.cat([x, f], -1))) for a, f in zip(self.alphas, found)]
        return self.forward_block(sum(g * f for g, f in zip(gates, found)) / math.sqrt(LEVELS))


class M2(nn.Module):
    def __init__(self):
        super().__init__()
        self.project, self.norm, self.drop = nn.Linear(FEATURES, WIDTH), nn.LayerNorm(WIDTH), nn.Dropout(0.1)
        self.encoder = nn.ModuleList(EncoderLayer() for _ in range(3))
        self.words, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(55, WIDTH)
        self.places.weight.requires_grad_(False)
        self.decoder = nn.ModuleList(DecoderLayer() for _ in range(3))
        self.out = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, features, words):
        x, levels = self.norm(self.drop(F.relu(self.project(features)))), []
        for layer in self.encoder:
            levels.append(x := layer(x))
        length = words.shape[1]
        y = self.words(words) + self.places(torch.arange(1, length + 1))
        mask = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
        for layer in self.decoder:
            y = layer(y, levels, mask)
        return F.log_softmax(self.out(y), -1)


def main(threads=torch.get_num_threads(), repeats=5, captions=50, length=17):
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    model = M2().train()
    trained = [p for p in model.parameters() if p.requires_grad]
    adam = torch.optim.Adam(trained, lr=1e-5, betas=(0.9, 0.98))
    features = torch.rand(captions, REGIONS, FEATURES)
    words = torch.randint(4, VOCABULARY, (captions, length))

    def step():
        start = time.perf_counter(), time.process_time()
        adam.zero_grad()
        found = model(features, words[:, :-1])
        F.nll_loss(found.reshape(-1, VOCABULARY), words[:, 1:].reshape(-1)).backward()
        adam.step()
        return time.perf_counter() - start[0], time.process_time() - start[1]

    step(), step()
    times = sorted(step() for _ in range(int(repeats)))
    print(json.dumps({
        "bench": "xe-flat", "engine": f"PyTorch {torch.__version__}", "threads": int(threads),
        "shapes": {"captions": captions, "words": length - 1, "regions": REGIONS},
        "parameters": sum(p.numel() for p in trained), "repeats": int(repeats),
        "median_ms": round(statistics.median(wall for wall, _ in times) * 1000),
        "min_ms": round(times[0][0] * 1000), "max_ms": round(times[-1][0] * 1000),
        "cpu_ms": round(min(cpu for _, cpu in times) * 1000),
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
