"""What `m2 bench` compares itself with: the Meshed-Memory Transformer in eager PyTorch, worked as its reference works.

    python3 pipelines/bench-pytorch.py xe|decode|scst IMAGES [THREADS]

Each line on stdin runs the job once; a line on stdout says that it is done. Weights, features and captions are random.

- xe: a step on IMAGES captions of 17 words, each with its own copy of the features; dropout, loss, gradients, Adam.
- decode: beam search, 5 beams, always 20 steps. The output of the encoder is copied for every beam and reordered at each
  step; each step projects it, and all words so far, to keys and values anew; all candidates are sorted.
- scst: the same search in training mode with gradients recorded, a loss over all 5 beams, its gradients, Adam. No reward is
  computed: it costs the reference a tokenizer and CIDEr-D in Python besides.

Shapes: b captions or beams, t words, r regions, d width, h heads.
"""

import math
import sys

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, HIDDEN, LAYERS, SLOTS = 512, 8, 2048, 3, 40
REGIONS, FEATURES, VOCABULARY, POSITIONS = 50, 2048, 10201, 55
BEAMS, STEPS, BOS, EOS = 5, 20, 2, 3


class Attention(nn.Module):
    """Multi-head attention with optional memory, dropout, residual and normalisation."""

    def __init__(self, slots=0):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(0.1)
        self.memory_keys = nn.Parameter(torch.randn(slots, WIDTH)) if slots else None
        self.memory_values = nn.Parameter(torch.randn(slots, WIDTH)) if slots else None

    def forward(self, x, seen, hidden=None):
        b, depth = x.shape[0], WIDTH // HEADS
        keys, values = self.key(seen), self.value(seen)
        if self.memory_keys is not None:
            keys = torch.cat([keys, math.sqrt(depth) * self.memory_keys.expand(b, -1, -1)], 1)
            values = torch.cat([values, math.sqrt(SLOTS) * self.memory_values.expand(b, -1, -1)], 1)
        heads = lambda rows: rows.view(b, -1, HEADS, depth).transpose(1, 2)  # (b, h, rows, d / h)
        scores = heads(self.query(x)) @ heads(keys).transpose(2, 3) / math.sqrt(depth)
        if hidden is not None:
            scores = scores.masked_fill(hidden, -math.inf)
        found = (torch.softmax(scores, -1) @ heads(values)).transpose(1, 2).reshape(b, -1, WIDTH)
        return self.norm(x + self.drop(self.out(found)))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.widen, self.narrow = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(0.1)

    def forward(self, x):
        return self.norm(x + self.drop(self.narrow(self.drop(F.relu(self.widen(x))))))


class DecoderLayer(nn.Module):
    """The three cross-attentions share their weights; gates weigh what they find."""

    def __init__(self):
        super().__init__()
        self.own, self.cross, self.feed_forward = Attention(), Attention(), FeedForward()
        self.gates = nn.ModuleList(nn.Linear(2 * WIDTH, WIDTH) for _ in range(LAYERS))

    def forward(self, x, past, levels, hidden):
        s = self.own(x, past, hidden)
        found = [self.cross(s, level) for level in levels]
        gated = [torch.sigmoid(gate(torch.cat([s, f], -1))) * f for gate, f in zip(self.gates, found)]
        return self.feed_forward(sum(gated) / math.sqrt(LAYERS))


class M2(nn.Module):
    def __init__(self):
        super().__init__()
        self.project, self.norm, self.drop = nn.Linear(FEATURES, WIDTH), nn.LayerNorm(WIDTH), nn.Dropout(0.1)
        self.encoder = nn.ModuleList(nn.ModuleList([Attention(SLOTS), FeedForward()]) for _ in range(LAYERS))
        self.words, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.places.weight.requires_grad_(False)
        self.decoder = nn.ModuleList(DecoderLayer() for _ in range(LAYERS))
        self.out = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def encode(self, features):
        """(b, r, FEATURES) -> the outputs of all layers, (b, LAYERS, r, d)"""
        x, levels = self.norm(self.drop(F.relu(self.project(features)))), []
        for attention, feed_forward in self.encoder:
            x = feed_forward(attention(x, x))
            levels.append(x)
        return torch.stack(levels, 1)

    def decode(self, encoded, words):
        """Whole captions, (b, t) -> log-probabilities (b, t, v)"""
        length = words.shape[1]
        y = self.words(words) + self.places(torch.arange(1, length + 1))
        hidden = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)
        for layer in self.decoder:
            y = layer(y, y, encoded.unbind(1), hidden)
        return torch.log_softmax(self.out(y), -1)

    def step(self, encoded, words, place, pasts):
        """One word more, (b, 1). `pasts` holds each layer's inputs so far, (b, t, d), and is extended."""
        y = self.words(words) + self.places.weight[place]
        for i, layer in enumerate(self.decoder):
            pasts[i] = y if pasts[i] is None else torch.cat([pasts[i], y], 1)
            y = layer(y, pasts[i], encoded.unbind(1), None)
        return torch.log_softmax(self.out(y), -1)[:, 0]

    def search(self, features):
        """Beam search: the log-probabilities of the words chosen, (images, BEAMS, STEPS)"""
        images = features.shape[0]
        encoded, pasts = self.encode(features), [None] * LAYERS
        words = torch.full((images, 1), BOS)
        scores, open_ = torch.zeros(images, 1, 1), torch.ones(images, 1, 1)
        chosen = torch.zeros(images, 1, 0)
        for place in range(STEPS):
            beams = scores.shape[1]
            found = self.step(encoded, words, place + 1, pasts).view(images, beams, VOCABULARY)
            if place > 0:  # a beam that has ended goes on with word 0 alone, at no cost
                open_ = open_ * (words.view(images, beams, 1) != EOS)
                found = found * open_
                closed = scores.expand_as(found).clone()
                closed[:, :, 1:] = -999
                candidates = open_ * (scores + found) + (1 - open_) * closed
            else:
                candidates = scores + found
            best, places = torch.sort(candidates.view(images, -1), -1, descending=True)
            best, places = best[:, :BEAMS], places[:, :BEAMS]
            parents, next_ = places // VOCABULARY, places % VOCABULARY
            rows = (parents + torch.arange(images).unsqueeze(1) * beams).view(-1)
            take = lambda state: state.index_select(0, rows)
            encoded, pasts = take(encoded), [take(past) for past in pasts]
            said = take(found.view(-1, VOCABULARY)).gather(1, next_.view(-1, 1)).view(images, BEAMS, 1)
            chosen = torch.cat([take(chosen.view(images * beams, -1)).view(images, BEAMS, -1), said], 2)
            open_ = take(open_.view(-1)).view(images, BEAMS, 1)
            scores, words = best.unsqueeze(2), next_.view(-1, 1)
        return chosen


def main(what, images, threads=None):
    images = int(images)
    if threads:
        torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    model = M2().train(what != "decode")
    for parameter in model.parameters():
        if parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)
    adam = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-5, betas=(0.9, 0.98))
    features = torch.rand(images, REGIONS, FEATURES)
    captions = torch.randint(4, VOCABULARY, (images, 17))

    def follow(loss):
        adam.zero_grad()
        loss.backward()
        adam.step()

    def xe():
        found = model.decode(model.encode(features), captions[:, :-1])
        follow(F.nll_loss(found.reshape(-1, VOCABULARY), captions[:, 1:].reshape(-1)))

    def decode():
        with torch.no_grad():
            for ten in features.split(10):
                model.search(ten)

    def scst():
        rewards = torch.rand(images, BEAMS)
        advantage = rewards - rewards.mean(1, keepdim=True)
        follow(-(model.search(features).mean(2) * advantage).mean())

    job = {"xe": xe, "decode": decode, "scst": scst}[what]
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", flush=True)
    for _ in sys.stdin:
        job()
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
