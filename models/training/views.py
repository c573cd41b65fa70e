"""Turns stored pictures into small training views: crop, scale, flip, blur, colour, all batched.

A view of `side` pixels has `side / 4` patches along each edge. It equals the 224-pixel picture a
user's program would see after 4×4 average pooling, so a full picture is a view of 56 pixels.
"""

from __future__ import annotations

import torch

MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])


def cubic(distance: torch.Tensor, a: float = -0.5) -> torch.Tensor:
    d = distance.abs()
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return torch.where(d <= 1, near, torch.where(d < 2, far, torch.zeros_like(d)))


def resample_matrix(start: torch.Tensor, length: torch.Tensor, source: int, side: int, softness: torch.Tensor):
    """Rows that resample `[start, start + length)` of `source` pixels to `side` pixels, `[B, side, source]`.

    Pillow's convolution form: the cubic widens when the picture shrinks. `softness` above 1 widens
    it further (blur). A negative length runs backwards (flip). Pixels beyond the edge repeat it.
    """
    step = length / side
    centre = start[:, None] + (torch.arange(side) + 0.5)[None] * step[:, None] - 0.5
    centre = centre.clamp(0, source - 1)
    width = (step.abs().clamp(min=1) * softness)[:, None, None]
    weights = cubic((torch.arange(source)[None, None] - centre[:, :, None]) / width)
    return weights / weights.sum(-1, keepdim=True)


def resample(pixels: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """uint8 `[B, H, W, 3]` to float `[B, 3, side, side]` in 0..1."""
    x = pixels.permute(0, 3, 1, 2).float().div_(255)
    x = torch.matmul(rows[:, None], x)
    return torch.matmul(x, columns[:, None].transpose(-1, -2))


def plain_views(pixels: torch.Tensor, side: int) -> torch.Tensor:
    """The whole picture at `side` pixels, normalised; no chance in it."""
    count, source = pixels.shape[0], pixels.shape[1]
    zero, full, soft = torch.zeros(count), torch.full((count,), float(source)), torch.ones(count)
    matrix = resample_matrix(zero, full, source, side, soft)
    return normalise(resample(pixels, matrix, matrix).clamp(0, 1))


def random_views(pixels: torch.Tensor, side: int, least: float, colour: float, flip: bool = True) -> torch.Tensor:
    """Random crops of at least `least` of the area, flipped, blurred or sharpened, recoloured, normalised."""
    count, source = pixels.shape[0], pixels.shape[1]
    area = torch.empty(count).uniform_(least, 1.0)
    aspect = torch.empty(count).uniform_(-0.15, 0.15).exp()
    height = (area.sqrt() * aspect).clamp(max=1) * source
    width = (area.sqrt() / aspect).clamp(max=1) * source
    top = torch.rand(count) * (source - height)
    left = torch.rand(count) * (source - width)
    softness = 1 + 0.9 * torch.rand(count) * (torch.rand(count) < 0.3)
    rows = resample_matrix(top, height, source, side, softness)
    if flip:
        turned = torch.rand(count) < 0.5
        left = torch.where(turned, left + width, left)
        width = torch.where(turned, -width, width)
    x = resample(pixels, rows, resample_matrix(left, width, source, side, softness))
    x = sharpen(x)
    return normalise(recolour(x, colour).clamp(0, 1))


def sharpen(x: torch.Tensor) -> torch.Tensor:
    """A third of the views gets an unsharp mask of random strength: users' photos are crisper than CIFAR's."""
    chosen = torch.rand(x.shape[0]) < 0.33
    if not chosen.any():
        return x
    y = x[chosen]
    soft = torch.nn.functional.avg_pool2d(torch.nn.functional.pad(y, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x[chosen] = y + (y - soft) * torch.rand(y.shape[0], 1, 1, 1) * 0.8
    return x


def recolour(x: torch.Tensor, strength: float) -> torch.Tensor:
    """Brightness, contrast and saturation by factors of exp(±strength), about each view's mean."""
    if strength <= 0:
        return x
    factor = lambda: torch.empty(x.shape[0], 1, 1, 1).uniform_(-strength, strength).exp()  # noqa: E731
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * factor()
    middle = x.mean((1, 2, 3), keepdim=True)
    return (middle + (x - middle) * factor()) * factor()


def normalise(x: torch.Tensor) -> torch.Tensor:
    return (x - MEAN[:, None, None]) / STD[:, None, None]
