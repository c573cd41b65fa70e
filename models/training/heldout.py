"""Writes heldout-cifar.txt: which photos of CIFAR-10's training set no training script here ever reads."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from data import read_cifar, split_cifar
from words import NOUNS


def held_out_lines(nouns, names) -> list[str]:
    """One line for each class: its name, a colon, the numbers of the held-out photos in `train/<class>/`."""
    held = [names[row] for row in split_cifar(nouns)[1]]
    lines = []
    for noun in NOUNS:
        numbers = [re.search(r"(\d+)\.jpg$", name)[1] for name in held if name.startswith(f"train/{noun}/")]
        lines.append(f"{noun}: {' '.join(numbers)}")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cifar", required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "heldout-cifar.txt")
    args = parser.parse_args()
    _, nouns, names = read_cifar(args.cifar)
    args.out.write_text("\n".join(held_out_lines(nouns, names)) + "\n")
