"""Trains the small convolutional teacher (32 px) whose soft answers guide the transformer.

Its recipe follows K. Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU" (2024), cut down
to a CPU: fixed whitening filters, three blocks of two convolutions, orthogonalised momentum.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data import read_cifar, split_cifar
from muon import orthogonalise
from views import plain_views, random_views

WIDTHS = (64, 192, 256)


class Block(nn.Module):
    def __init__(self, narrow: int, wide: int):
        super().__init__()
        self.first = nn.Conv2d(narrow, wide, 3, padding=1, bias=False)
        self.second = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(wide, eps=1e-6, momentum=0.4) for _ in range(2)])
        for conv in (self.first, self.second):
            nn.init.dirac_(conv.weight[: conv.weight.shape[1]])
        for norm in self.norms:
            norm.weight.requires_grad_(False)

    def forward(self, x):
        x = F.gelu(self.norms[0](F.max_pool2d(self.first(x), 2)))
        return F.gelu(self.norms[1](self.second(x)))


class Teacher(nn.Module):
    """`[B, 3, 32, 32]` normalised pixels to `[B, 10]` logits."""

    def __init__(self):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.whiten.weight.requires_grad_(False)
        self.blocks = nn.ModuleList([Block(a, b) for a, b in zip((24, *WIDTHS[:2]), WIDTHS)])
        self.head = nn.Linear(WIDTHS[-1], 10, bias=False)

    def both(self, x):
        """The second block's feature map `[B, 192, 7, 7]` and the logits."""
        x = F.gelu(self.whiten(x))
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number == 1:
                middle = x
        return middle, self.head(x.float().amax((2, 3))) / 9

    def forward(self, x):
        return self.both(x)[1]

    def set_whitening(self, pixels):
        patches = pixels.unfold(2, 2, 1).unfold(3, 2, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, 12)
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        filters = (vectors.T / (values[:, None] + 5e-4).sqrt()).flip(0).reshape(12, 3, 2, 2)
        self.whiten.weight.data[:] = torch.cat([filters, -filters])
        self.whiten.bias.data.zero_()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cifar", required=True)
    parser.add_argument("--cache")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--batch", type=int, default=500)
    args = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    pixels, nouns, _ = read_cifar(args.cifar, args.cache)
    pixels, nouns = torch.from_numpy(pixels), torch.from_numpy(np.asarray(nouns))
    train_rows, held_rows = map(torch.from_numpy, split_cifar(nouns.numpy()))
    model = Teacher().to(memory_format=torch.channels_last)
    model.set_whitening(plain_views(pixels[train_rows[:5000]], 32))
    filters = [p for p in model.blocks.parameters() if p.ndim == 4]
    biases = [p for n, p in model.named_parameters() if p.requires_grad and p.ndim == 1]
    momenta = [torch.zeros_like(p) for p in filters]
    others = torch.optim.SGD(
        [{"params": biases, "lr": 0.053, "top": 0.053}, {"params": [model.head.weight], "lr": 0.67, "top": 0.67}],
        momentum=0.85, nesterov=True, weight_decay=2e-6 * args.batch)
    average = {k: v.clone() for k, v in model.state_dict().items()}
    spent, seen, step, budget = 0.0, 0, 0, args.minutes * 60
    order = train_rows[torch.randperm(len(train_rows))]
    model.train()
    while spent < budget:
        began = time.time()
        if len(order) < args.batch:
            order = train_rows[torch.randperm(len(train_rows))]
        rows, order = order[: args.batch], order[args.batch:]
        share = spent / budget
        rate = min(1.0, step / 20) * max(1 - share, 0.02)
        x = random_views(pixels[rows], 32, 0.6, 0.1).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x)
        loss = F.cross_entropy(logits.float(), nouns[rows], label_smoothing=0.1)
        for p in model.parameters():
            p.grad = None
        loss.backward()
        for group in others.param_groups:
            group["lr"] = group["top"] * rate
        others.step()
        with torch.no_grad():
            for p, m in zip(filters, momenta):
                m.mul_(0.6).add_(p.grad)
                update = orthogonalise((p.grad + 0.6 * m).reshape(len(p), -1)).view_as(p)
                p.mul_(len(p) ** 0.5 / p.norm())
                p.sub_(update * 0.24 * rate)
            decay = min(0.98, step / (step + 10))
            for k, v in model.state_dict().items():
                average[k].lerp_(v, 1 - decay) if v.is_floating_point() else average[k].copy_(v)
        spent += min(time.time() - began, 20)
        seen += args.batch
        step += 1
        if step % 20 == 0:
            hits = (logits.argmax(1) == nouns[rows]).float().mean().item()
            print(f"step {step} epoch {seen / len(train_rows):.2f} {spent:.0f}s loss {loss.item():.3f} batch {hits:.3f}", flush=True)
    for name, state in (("last", {k: v.clone() for k, v in model.state_dict().items()}), ("average", average)):
        model.load_state_dict(state)
        print(name, accuracy(model, pixels[held_rows], nouns[held_rows]), flush=True)
        torch.save(state, f"{args.out}.{name}")


@torch.no_grad()
def accuracy(model, pixels, nouns) -> float:
    model.eval()
    hits = 0
    for start in range(0, len(pixels), 500):
        x = plain_views(pixels[start:start + 500], 32)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x.contiguous(memory_format=torch.channels_last)) + model(x.flip(3))
        hits += (logits.argmax(1) == nouns[start:start + 500]).sum().item()
    return hits / len(pixels)


if __name__ == "__main__":
    main()
