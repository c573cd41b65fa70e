"""The peer of bench/build-vocab.mjs: the same words from the same photos with Pillow and scikit-learn.

    python bench/build-vocab_peer.py ORDER.json [VOCABULARY.safetensors ...]

ORDER.json (written by build-vocab.mjs) holds the photos in the order vwt reads them, words, patches per step and seed.
Prints one JSON line: images/s of decoding, of fitting and of both, one after the other as the VWT authors' script does
it, and the inertia of scikit-learn's words and of each vocabulary named, over all patches of the photos in one view,
cut by Pillow, in float64. Needs numpy, pillow, scikit-learn, safetensors.
"""
import json
import resource
import sys
import time

import numpy as np
from PIL import Image
from safetensors.numpy import load_file
from sklearn.cluster import MiniBatchKMeans

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)
SIDE, PATCH = 224, 16


def patches_of(path):
    """Shorter side to 224 (bicubic), centre crop, normalise, cut: [196, 768], values in channel, row, column order."""
    with Image.open(path) as file:
        image = file.convert("RGB")
    width, height = image.size
    short = min(width, height)
    image = image.resize((int(width * SIDE / short), int(height * SIDE / short)), Image.Resampling.BICUBIC)
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    pixels = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float32)
    pixels = (pixels / 255 - MEAN) / STD
    grid = SIDE // PATCH
    squares = pixels.reshape(grid, PATCH, grid, PATCH, 3).transpose(0, 2, 4, 1, 3)
    return np.ascontiguousarray(squares).reshape(grid * grid, -1)


def inertia_of(words, patches):
    """Mean squared distance of a patch to its nearest word."""
    words = words.astype(np.float64)
    lengths = (words**2).sum(1)
    total = 0.0
    for start in range(0, len(patches), 4096):
        piece = patches[start : start + 4096].astype(np.float64)
        total += ((piece**2).sum(1) + (lengths - 2 * piece @ words.T).min(1)).sum()
    return total / len(patches)


def main():
    order = json.load(open(sys.argv[1]))
    photos, words = order["photos"], order["words"]
    images_per_step = -(-order["patchesPerStep"] // (SIDE // PATCH) ** 2)
    learner = MiniBatchKMeans(
        n_clusters=words,
        random_state=order["seed"],
        n_init=1,
        batch_size=order["patchesPerStep"],
        init_size=max(3 * words, 3072),
        compute_labels=order.get("computeLabels", True),
    )
    decode_seconds = fit_seconds = 0.0
    kept = []
    for start in range(0, len(photos), images_per_step):
        began = time.perf_counter()
        step = np.concatenate([patches_of(photo) for photo in photos[start : start + images_per_step]])
        decoded = time.perf_counter()
        learner.partial_fit(step)
        decode_seconds += decoded - began
        fit_seconds += time.perf_counter() - decoded
        kept.append(step)
    used = resource.getrusage(resource.RUSAGE_SELF)
    patches = np.concatenate(kept)
    result = {
        "images": len(photos),
        "decodeImagesPerSecond": len(photos) / decode_seconds,
        "fitImagesPerSecond": len(photos) / fit_seconds,
        "imagesPerSecond": len(photos) / (decode_seconds + fit_seconds),
        "cpuMsPerImage": 1000 * (used.ru_utime + used.ru_stime) / len(photos),
        "inertia": inertia_of(learner.cluster_centers_, patches),
        "others": {file: inertia_of(load_file(file)["words"], patches) for file in sys.argv[2:]},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
