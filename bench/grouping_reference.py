"""Checks what `inter` did inside the graph against a naive implementation in NumPy (float64) and PyTorch.

    python bench/grouping_reference.py RUN.safetensors

RUN comes from bench/grouping.mjs. From its pixels the groups are found anew, one image at a time: cosine of each patch
to each word, the nearest one, alone when strictly farther than the threshold; tokens are matched words by ascending id,
then lone patches in raster order (Gee et al., TMLR 2025, arXiv 2411.15397, section 3). transformers' CLIP then encodes
the mean embeddings of the groups. Ends with status 1 when a patch is in another group or a cosine is below 0.99999.

Counted too: patches whose distance is within 1e-6 of the threshold, and matched patches whose two nearest words are
within 1e-6 of each other. There float32 may decide otherwise than float64. Needs numpy, torch, transformers, safetensors.
"""
import json
import sys

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load_file
from transformers import CLIPModel

COSINE_LIMIT = 0.99999
NEAR = 1e-6


def patches_of(pixels, size):
    """[3, H, W] -> [N, 3*P*P], order channel, row, column; patches in raster order."""
    rows, columns = pixels.shape[1] // size, pixels.shape[2] // size
    return np.stack([
        pixels[:, row * size:(row + 1) * size, column * size:(column + 1) * size].ravel()
        for row in range(rows)
        for column in range(columns)
    ])


def unit(rows):
    norms = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    return rows / np.maximum(norms, 1e-12)


def nearest(rows, words):
    """For every row its nearest word, the cosine to it, and the cosine to the second nearest."""
    similarity = rows @ words.T
    word = similarity.argmax(axis=1)
    second, first = np.partition(similarity, -2, axis=1)[:, -2:].T
    return word, first, second


def group(words, cosines, word_count, threshold):
    """For every patch the place of its token, 0 = first behind the class token."""
    labels = [
        word_count + patch if 1 - cosine > threshold else word
        for patch, (word, cosine) in enumerate(zip(words, cosines))
    ]
    order = {label: place for place, label in enumerate(sorted(set(labels)))}
    return np.array([order[label] for label in labels])


@torch.no_grad()
def embed(model, patches, groups):
    vision = model.vision_model
    kernel = vision.embeddings.patch_embedding.weight.flatten(1)
    places = vision.embeddings.position_embedding.weight
    embedded = torch.from_numpy(patches) @ kernel.T + places[1:]
    member = torch.nn.functional.one_hot(torch.from_numpy(groups)).float()
    means = (member.T @ embedded) / member.sum(0)[:, None]
    tokens = torch.cat([(vision.embeddings.class_embedding + places[0])[None], means])
    hidden = vision.encoder(inputs_embeds=vision.pre_layrnorm(tokens)[None]).last_hidden_state
    return model.visual_projection(vision.post_layernorm(hidden[0, 0])).numpy()


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def main(path):
    data = load_file(path)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    model = CLIPModel.from_pretrained(metadata["model"], dtype=torch.float32).eval()
    size = model.config.vision_config.patch_size
    images = [patches_of(pixels, size) for pixels in data["pixels"]]
    count, per_image = len(images), len(images[0])
    print(f"{count} images of {per_image} patches, batches of {metadata['batch']}\n")
    titles = ["vocabulary", "threshold", "tokens, mean", "images grouped alike, alone", "in batches",
              "patches in another group", "near the threshold", "near two words", "lowest cosine to PyTorch",
              "lowest cosine, batch to alone"]
    print("| " + " | ".join(titles) + " |\n| " + " | ".join("---" for _ in titles) + " |")
    good, found = True, {}
    for run in json.loads(metadata["runs"]):
        name, threshold = run["name"], run["threshold"]
        if run["path"] not in found:
            words = unit(load_file(run["path"])["words"].astype(np.float64))
            matches = [nearest(unit(patches.astype(np.float64)), words) for patches in images]
            found[run["path"]] = (len(words), *(np.stack(column) for column in zip(*matches)))
        word_count, word, first, second = found[run["path"]]
        expected = np.stack([group(*image, word_count, threshold) for image in zip(word, first)])
        alone, together = (data[f"{name} {how} tokens"] - 1 for how in ("alone", "together"))
        wrong = expected != alone
        near = np.abs(1 - first - threshold) < NEAR
        twin = (first - second < NEAR) & (1 - first <= threshold)
        embeddings = np.stack([embed(model, patches, groups) for patches, groups in zip(images, expected)])
        to_torch = cosines(embeddings, data[f"{name} alone embeddings"]).min()
        to_alone = cosines(data[f"{name} together embeddings"], data[f"{name} alone embeddings"]).min()
        alike = [int((expected == got).all(1).sum()) for got in (alone, together)]
        good &= alike == [count, count] and min(to_torch, to_alone) >= COSINE_LIMIT
        tokens = expected.max(1) + 2
        cells = [run["vocab"], threshold, f"{tokens.mean():.1f}", f"{alike[0]} of {count}", f"{alike[1]} of {count}",
                 int(wrong.sum()), int(near.sum()), int(twin.sum()), f"{to_torch:.7f}", f"{to_alone:.7f}"]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)
        for image, patch in np.argwhere(wrong)[:5]:
            print(f"  image {image}, patch {patch}: token {alone[image, patch]} instead of {expected[image, patch]}")
    return 0 if good else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
