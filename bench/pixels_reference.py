"""Writes what transformers' CLIP image processor (Pillow) makes of every image of a folder, before normalising.

    python bench/pixels_reference.py IMAGES OUT

OUT receives one file NAME.rgb per image: uint8 [3, 224, 224]. Needs transformers, Pillow and numpy; `bench/pixels.mjs`
compares vwt's pixels with them.
"""
import sys
import warnings
from pathlib import Path

import numpy as np
import PIL
import transformers
from transformers.image_utils import load_image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

warnings.filterwarnings("ignore")


def main(images, out):
    out.mkdir(parents=True, exist_ok=True)
    processor = CLIPImageProcessorPil(do_rescale=False, do_normalize=False)
    paths = sorted(path for path in images.iterdir() if path.is_file())
    for path in paths:
        pixels = processor(load_image(str(path)), return_tensors="np")["pixel_values"][0]
        (out / f"{path.name}.rgb").write_bytes(np.ascontiguousarray(pixels).astype(np.uint8).tobytes())
    print(f"{len(paths)} images by transformers {transformers.__version__}, Pillow {PIL.__version__}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
