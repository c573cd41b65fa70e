"""Views for the captioner, drawn so that sharpness does not tell photos from drawings.

CIFAR-10 photos enlarged from 32 pixels are soft and drawn scenes are crisp; a captioner that learns "crisp means
drawn" gives a colour and a place to every larger photo. So some photos are shown crisp and some drawings soft.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from views import cubic, normalise, random_views, resample

FAR = 1.75  # times the photo's edge: at 56 pixels a CIFAR-10 photo then has its own 32-pixel sharpness


def mirrored_matrix(start: torch.Tensor, length: torch.Tensor, source: int, side: int) -> torch.Tensor:
    """As `views.resample_matrix` for a stretch not shrunk, `[B, side, source]`; beyond the edge the picture is mirrored."""
    centre = start[:, None] + (torch.arange(side) + 0.5)[None] * (length / side)[:, None]
    folded = centre.remainder(2 * source)
    centre = (torch.where(folded > source, 2 * source - folded, folded) - 0.5).clamp(0, source - 1)
    weights = cubic(torch.arange(source)[None, None] - centre[:, :, None])
    return weights / weights.sum(-1, keepdim=True)


def far_views(pixels: torch.Tensor, side: int) -> torch.Tensor:
    """The whole photo and some of its mirror image around it, anywhere in the view; half of them flipped."""
    count, source = pixels.shape[0], pixels.shape[1]
    length = source * torch.empty(count).uniform_(1, FAR)
    top, left = torch.rand(count) * (source - length), torch.rand(count) * (source - length)
    turned = torch.rand(count) < 0.5
    rows = mirrored_matrix(top, length, source, side)
    columns = mirrored_matrix(torch.where(turned, left + length, left), torch.where(turned, -length, length), source, side)
    return normalise(resample(pixels, rows, columns).clamp(0, 1))


def photo_views(pixels: torch.Tensor, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised views `[B, 3, side, side]` and which of them are far ones: 40 % far, 30 % with noise, some sharpened."""
    views = random_views(pixels, side, 0.6, 0.12)
    far = torch.rand(len(views)) < 0.4
    views[far] = far_views(pixels[far], side)
    crisp = (torch.rand(len(views)) < 0.4)[:, None, None, None] * torch.rand(len(views), 1, 1, 1) * 1.5
    soft = F.avg_pool2d(F.pad(views, (1, 1, 1, 1), mode="replicate"), 3, 1)
    grain = (torch.rand(len(views)) < 0.3)[:, None, None, None] * torch.rand(len(views), 1, 1, 1) * 0.25
    return views + (views - soft) * crisp + torch.randn_like(views) * grain, far


def scene_views(pixels: torch.Tensor, side: int) -> torch.Tensor:
    """Normalised views of drawings; half of them as soft as if enlarged from 28 to 48 pixels."""
    views = random_views(pixels, side, 0.9, 0.04)
    chosen = torch.rand(len(views)) < 0.5
    small = int(torch.randint(28, 49, ()))
    shrunk = F.interpolate(views[chosen], small, mode="bilinear", antialias=True, align_corners=False)
    views[chosen] = F.interpolate(shrunk, side, mode="bicubic", align_corners=False)
    return views
