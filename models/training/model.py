"""The two towers as trained: CLIP's arithmetic, with the first layer narrowed to coarse pixels.

Training sees a picture after 4×4 average pooling (224 px become 56, a patch 4×4 pixels of three
channels), which is the same model as one on 224 px whose patch filters are constant over 4×4
blocks. export.py writes it so.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

GRID = 14
OFFSETS = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1),
           (0, 2), (2, 0), (0, -2), (-2, 0), (2, 2), (-2, -2), (2, -2), (-2, 2)]
QUICK = 1.702


class Layer(nn.Module):
    """One pre-norm encoder layer. `quick_gelu(x) = silu(1.702 x) / 1.702`; the factors sit in the weights."""

    def __init__(self, width: int, heads: int, hidden: int):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.up = nn.Linear(width, hidden)
        self.down = nn.Linear(hidden, width)
        for linear in (self.qkv, self.out, self.up, self.down):
            nn.init.zeros_(linear.bias)
            nn.init.normal_(linear.weight, std=width**-0.5)

    def forward(self, x, mask=None):
        b, t, w = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        likeness = torch.matmul(q * (w // self.heads) ** -0.5, k.transpose(-1, -2))
        if mask is not None:
            likeness = likeness + mask
        # Written out: on a CPU the backward pass of the fused attention is twice as slow at these lengths.
        mixed = torch.matmul(torch.softmax(likeness, -1, dtype=likeness.dtype), v)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, w))
        return x + self.down(F.silu(self.up(self.norm2(x))))


class VisionTower(nn.Module):
    """Patches `[B, T, 48]` and their grid positions `[B, T]` (0 to 195) to unit vectors `[B, projection]`."""

    def __init__(self, width=192, layers=6, heads=6, hidden=576, projection=128):
        super().__init__()
        self.width, self.heads = width, heads
        self.patch = nn.Linear(48, width, bias=False)
        self.class_token = nn.Parameter(torch.randn(width) * 0.02)
        self.position = nn.Parameter(torch.zeros(1 + GRID * GRID, width))
        self.pre_norm, self.post_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.layers = nn.ModuleList([Layer(width, heads, hidden) for _ in range(layers)])
        self.project = nn.Linear(width, projection, bias=False)
        nn.init.normal_(self.project.weight, std=width**-0.5)

    def tokens(self, patches, positions):
        x = self.patch(patches) + self.position[1:][positions].to(patches.dtype)
        first = (self.class_token + self.position[0]).to(x.dtype).expand(x.shape[0], 1, -1)
        return self.pre_norm(torch.cat([first, x], 1))

    def forward(self, patches, positions, tap: int | None = None):
        x = self.tokens(patches, positions)
        tapped = None
        for number, layer in enumerate(self.layers):
            x = layer(x)
            if tap == number:
                tapped = x
        return F.normalize(self.project(self.post_norm(x[:, 0])).float(), dim=-1), tapped

    @torch.no_grad()
    def structure(self, patches: torch.Tensor, peak: float = 5.0) -> None:
        """Starts attention as local shifts, patch filters as whitened pixels, MLPs near silence.

        Each head looks at one neighbour: its query is the position code turned by the neighbour's
        offset, its key the code itself. Codes are cosines and sines of frequencies pi (k+1/2) / n,
        whose sum of cosines vanishes at every whole distance but 0 (below 2n). Values and outputs
        copy a random share of channels through.
        """
        size = self.width // self.heads
        n = size // 4
        frequency = math.pi * (torch.arange(n) + 0.5) / n
        y, x = torch.meshgrid(torch.arange(GRID), torch.arange(GRID), indexing="ij")
        angle = torch.cat([y.reshape(-1, 1) * frequency, x.reshape(-1, 1) * frequency], 1)
        code = torch.cat([angle.cos(), angle.sin()], 1)
        self.position.zero_()
        self.position[1:, :size] = code
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        white = (vectors / (values + 1e-2).sqrt()).T.flip(0)
        rest = self.width - size
        mix = torch.cat([torch.eye(48), F.normalize(torch.randn(max(rest - 48, 0), 48), dim=1)])[:rest]
        self.patch.weight.zero_()
        self.patch.weight[size:] = mix @ white * 0.7
        for depth, layer in enumerate(self.layers):
            layer.qkv.weight.normal_(std=0.02)
            gain = peak / n * size**0.5
            for head in range(self.heads):
                place = OFFSETS[(head + depth * self.heads) % (9 if depth < 4 else len(OFFSETS))]
                turn = torch.cat([torch.full((n,), place[0]) * frequency, torch.full((n,), place[1]) * frequency])
                q = torch.zeros(size, size)
                half = size // 2
                q[:half, :half], q[:half, half:] = torch.diag(turn.cos()), -torch.diag(turn.sin())
                q[half:, :half], q[half:, half:] = torch.diag(turn.sin()), torch.diag(turn.cos())
                start = head * size
                layer.qkv.weight[start:start + size, :size] += q * gain**0.5
                layer.qkv.weight[self.width + start:self.width + start + size, :size] += torch.eye(size) * gain**0.5
            nn.init.orthogonal_(layer.qkv.weight[2 * self.width:])
            layer.out.weight.copy_(layer.qkv.weight[2 * self.width:].T * 0.5)
            layer.out.weight[:size] *= 0.1
            layer.down.weight.mul_(0.1)


class TextTower(nn.Module):
    """Token ids `[B, T]`, each row ended by `end` and padded, to unit vectors `[B, projection]`."""

    def __init__(self, words: int, end: int, width=128, layers=2, heads=4, hidden=512, projection=128, longest=32):
        super().__init__()
        self.end = end
        self.word = nn.Embedding(words, width)
        self.position = nn.Parameter(torch.randn(longest, width) * 0.01)
        nn.init.normal_(self.word.weight, std=0.05)
        self.layers = nn.ModuleList([Layer(width, heads, hidden) for _ in range(layers)])
        for layer in self.layers:
            layer.out.weight.data.mul_(0.3)
            layer.down.weight.data.mul_(0.3)
        self.last_norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, projection, bias=False)
        nn.init.normal_(self.project.weight, std=width**-0.5)

    def forward(self, ids):
        length = ids.shape[1]
        x = self.word(ids) + self.position[:length]
        mask = torch.full((length, length), float("-inf")).triu(1).to(x.dtype)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.last_norm(x)
        ends = (ids == self.end).int().argmax(1)
        return F.normalize(self.project(x[torch.arange(len(x)), ends]).float(), dim=-1)


class Clip(nn.Module):
    def __init__(self, words: int, end: int, width=192, layers=6, heads=6):
        super().__init__()
        self.vision = VisionTower(width, layers, heads, 3 * width)
        self.text = TextTower(words, end)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))


def patches_of(views: torch.Tensor) -> torch.Tensor:
    """`[B, 3, 4h, 4w]` to `[B, h·w, 48]`, row by row, each patch in (channel, row, column) order."""
    b, c, h, w = views.shape
    return views.view(b, c, h // 4, 4, w // 4, 4).permute(0, 2, 4, 1, 3, 5).reshape(b, h * w // 16, 48)
