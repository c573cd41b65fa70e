"""Reads the training pictures into memory: CIFAR-10 photos, drawn scenes, unlabelled photos."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

from words import NOUNS

HELD_OUT_PER_CLASS = 500
SPLIT_SEED = 20240607


def read_cifar(tar_path: str | Path, cache: str | Path | None = None):
    """All photos of the archive, in path order.

    Returns uint8 `[N, 32, 32, 3]`, noun indices `[N]` and member names. The decoded arrays are
    kept in `cache` (an .npz file) when one is named, since decoding takes about ten seconds.
    """
    if cache and Path(cache).exists():
        kept = np.load(cache)
        return kept["pixels"], kept["nouns"], list(kept["names"])
    found = []
    with tarfile.open(tar_path) as archive:
        for member in archive:
            match = re.search(r"train/(\w+)/(\d+)\.jpe?g$", member.name)
            if match is None:
                continue
            photo = Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")
            name = f"train/{match[1]}/{match[2]}.jpg"
            found.append((name, NOUNS.index(match[1]), np.asarray(photo)))
    found.sort(key=lambda row: row[0])
    names = [row[0] for row in found]
    nouns = np.array([row[1] for row in found])
    pixels = np.stack([row[2] for row in found])
    if cache:
        np.savez(cache, pixels=pixels, nouns=nouns, names=np.array(names))
    return pixels, nouns, names


def split_cifar(nouns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on and to hold out: 500 of each class held out, drawn by a fixed seed."""
    generator = np.random.RandomState(SPLIT_SEED)
    held = [generator.permutation(np.flatnonzero(nouns == noun))[:HELD_OUT_PER_CLASS] for noun in range(len(NOUNS))]
    held_rows = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(nouns)), held_rows), held_rows


def read_scenes(folder: str | Path):
    """Drawn scenes made by render-scenes.mjs: uint8 `[N, side, side, 3]` and one dict for each."""
    folder = Path(folder)
    facts = [json.loads(line) for line in (folder / "scenes.jsonl").read_text().splitlines() if line]
    flat = np.fromfile(folder / "scenes.u8", dtype=np.uint8)
    side = int(round((flat.size / len(facts) / 3) ** 0.5))
    return flat.reshape(len(facts), side, side, 3), facts
