"""Checks what `tome` did inside the graph against the paper written out naively in PyTorch.

    python bench/tome_parity_reference.py RUN.safetensors

RUN comes from bench/tome-parity.mjs. The merging is that of test/fixtures/clip/make_methods.py: Python loops over pairs
of tokens, one image at a time (Bolya et al., ICLR 2023, arXiv 2210.09461, section 3). Ends with status 1 when a patch is
in another token behind any layer, or a cosine is below 0.9999.

Counted too: merges decided by less than 1e-6 of cosine, where two float32 implementations may decide otherwise. Needs
torch, transformers, safetensors.
"""
import json
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import CLIPModel

sys.path.append(str(pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "clip"))
from make_methods import encode  # noqa: E402

COSINE_LIMIT = 0.9999
NEAR = 1e-6


@torch.no_grad()
def main(path):
    data = load_file(path)
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    model = CLIPModel.from_pretrained(metadata["model"], dtype=torch.float32).eval()
    titles = ["method", "photos", "layers with the same groups, alone", "in batches", "tokens behind the last layer",
              "choices", "of them by less than 1e-6", "least gap", "lowest cosine to PyTorch", "in batches"]
    print("| " + " | ".join(titles) + " |\n| " + " | ".join("---" for _ in titles) + " |")
    good = True
    for method in json.loads(metadata["methods"]):
        alike, count, gaps = {"alone": 0, "together": 0}, 0, []
        lowest, tokens = {"alone": 1.0, "together": 1.0}, set()
        for image, pixels in enumerate(data["pixels"]):
            layers = []
            embedding, places = encode(model, pixels, method, None, layers, gaps)
            tokens.add(int(places.max()) + 1)
            count += len(layers)
            for how in alike:
                got = data[f"{method} {how} tokens"][image]
                alike[how] += sum(bool((layer == there).all()) for layer, there in zip(layers, got, strict=True))
                row = data[f"{method} {how} embeddings"][image]
                cosine = torch.nn.functional.cosine_similarity(row.double(), embedding.double(), dim=0).item()
                lowest[how] = min(lowest[how], cosine)
        good &= set(alike.values()) == {count} and min(lowest.values()) >= COSINE_LIMIT
        cells = [method, len(data["pixels"]), f"{alike['alone']} of {count}", f"{alike['together']} of {count}",
                 ", ".join(map(str, sorted(tokens))), len(gaps), sum(gap < NEAR for gap in gaps), f"{min(gaps):.1e}",
                 f"{lowest['alone']:.7f}", f"{lowest['together']:.7f}"]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
