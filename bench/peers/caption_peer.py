"""Writes captions with transformers on PyTorch's processor, one photo for each line of stdin; for bench/caption.mjs.

    python bench/peers/caption_peer.py FOLDER --threads N --beams 3 --tokens 20

Every line in is a path; a JSON answer comes out for it: `ids`, `caption`, `loadMs`
(JPEG to pixels), `generateMs`, `totalMs`, `cpuMs` (all threads) and, once at the start, `versions`. Needs torch,
transformers and Pillow.
"""
import argparse
import json
import sys
import time
import warnings

import PIL
import torch
import transformers
from PIL import Image
from transformers import AutoTokenizer, BlipForConditionalGeneration, BlipImageProcessor

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    for name in ("threads", "beams", "tokens"):
        parser.add_argument(f"--{name}", type=int, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = BlipForConditionalGeneration.from_pretrained(args.folder, dtype=torch.float32).eval()
    processor = BlipImageProcessor.from_pretrained(args.folder)
    tokenizer = AutoTokenizer.from_pretrained(args.folder)
    versions = [f"transformers {transformers.__version__}", f"torch {torch.__version__}", f"Pillow {PIL.__version__}",
                f"{torch.get_num_threads()} threads", f"attention {model.config._attn_implementation}",
                type(processor).__name__]
    print(json.dumps({"versions": versions}), flush=True)
    for line in sys.stdin:
        cpu, start = time.process_time(), time.perf_counter()
        with Image.open(line.strip()) as image:
            pixels = processor(images=image.convert("RGB"), return_tensors="pt")["pixel_values"]
        loaded = time.perf_counter()
        with torch.inference_mode():
            ids = model.generate(pixel_values=pixels, num_beams=args.beams, max_length=args.tokens,
                                 min_length=args.tokens, do_sample=False)[0].tolist()
        caption = tokenizer.decode(ids, skip_special_tokens=True)
        done = time.perf_counter()
        print(json.dumps({"ids": ids, "caption": caption, "loadMs": (loaded - start) * 1000,
                          "generateMs": (done - loaded) * 1000, "totalMs": (done - start) * 1000,
                          "cpuMs": (time.process_time() - cpu) * 1000}), flush=True)


if __name__ == "__main__":
    main()
