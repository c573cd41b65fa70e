"""Saves the vision tower of a CLIP folder as the peer wants it: ONNX, in the layout of the Xenova repositories.

    pip install torch==2.13.0 transformers==5.23.0 onnx
    python bench/peers/export_onnx.py FOLDER OUT [--attention sdpa] [--opset 17]

OUT receives config.json, preprocessor_config.json and onnx/vision_model.onnx: CLIPVisionModelWithProjection in float32,
`pixel_values` [batch, 3, H, W] to `image_embeds`. The same weights as FOLDER, to the bit.
"""
import argparse
import shutil
import warnings
from pathlib import Path

import torch
from transformers import CLIPVisionModelWithProjection


class ImageEmbeds(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values=pixel_values).image_embeds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--opset", type=int, default=17)
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    model = CLIPVisionModelWithProjection.from_pretrained(
        args.folder, attn_implementation=args.attention, dtype=torch.float32).eval()
    size = model.config.image_size
    (args.out / "onnx").mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "preprocessor_config.json"):
        shutil.copy(args.folder / name, args.out / name)
    file = args.out / "onnx" / "vision_model.onnx"
    batch = {0: "batch_size"}
    torch.onnx.export(
        ImageEmbeds(model), (torch.zeros(2, 3, size, size),), str(file), dynamo=False, opset_version=args.opset,
        input_names=["pixel_values"], output_names=["image_embeds"],
        dynamic_axes={"pixel_values": batch, "image_embeds": batch})
    print(f"{file}: {file.stat().st_size / 1e6:.0f} MB, torch {torch.__version__}, opset {args.opset}, {args.attention}")


if __name__ == "__main__":
    main()
