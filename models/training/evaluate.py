"""Measures an exported folder with transformers and Pillow: held-out photos, fresh scenes, larger photos.

Zero-shot throughout: the answer is the label whose text is nearest. Each part is asked again with
patches dropped after the position embeddings were added: the flattest ones (`intra`) or chance ones.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers import CLIPModel

from data import read_cifar, read_scenes, split_cifar
from words import BACKGROUNDS, COLOURS, COUNTS, NOUNS, PLACES, plural

METHODS = ["base", "intra:0.3", "intra:0.5", "intra:0.7", "random:0.5"]


class Zeroshot:
    """The model of a folder, asked for the nearest of some texts, with its own preprocessing."""

    def __init__(self, folder: Path):
        self.model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        settings = json.loads((folder / "preprocessor_config.json").read_text())
        self.width, self.height = settings["size"]["width"], settings["size"]["height"]
        self.mean, self.std = np.array(settings["image_mean"], np.float32), np.array(settings["image_std"], np.float32)

    def pixels(self, picture: Image.Image) -> torch.Tensor:
        """The whole picture, squashed to 224 × 224 with Pillow's bicubic, normalised `[3, 224, 224]`."""
        picture = picture.convert("RGB").resize((self.width, self.height), Image.Resampling.BICUBIC)
        values = np.asarray(picture, np.float32) / 255
        return torch.from_numpy(((values - self.mean) / self.std).transpose(2, 0, 1))

    @torch.no_grad()
    def texts(self, texts: list[str]) -> torch.Tensor:
        rows = [self.tokenizer.encode(text).ids for text in texts]
        longest = max(map(len, rows))
        pad = self.model.config.text_config.pad_token_id
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
        pooled = self.model.text_model(input_ids=ids).pooler_output
        return torch.nn.functional.normalize(self.model.text_projection(pooled), dim=-1)

    @torch.no_grad()
    def images(self, batch: torch.Tensor, method: str) -> torch.Tensor:
        vision = self.model.vision_model
        hidden = vision.embeddings(batch)
        name, _, ratio = method.partition(":")
        if name != "base":
            count = hidden.shape[1] - 1
            keep = int(count * (1 - float(ratio)))
            scores = torch.rand(len(batch), count)
            if name == "intra":
                side = vision.config.patch_size
                patches = batch.unfold(2, side, side).unfold(3, side, side).permute(0, 2, 3, 1, 4, 5)
                scores = patches.reshape(len(batch), count, -1).var(-1)
            kept = scores.topk(keep, dim=1).indices.sort(1).values + 1
            kept = torch.cat([torch.zeros(len(batch), 1, dtype=torch.long), kept], 1)
            hidden = hidden.gather(1, kept[..., None].expand(-1, -1, hidden.shape[-1]))
        hidden = vision.encoder(inputs_embeds=vision.pre_layrnorm(hidden)).last_hidden_state
        pooled = vision.post_layernorm(hidden[:, 0])
        return torch.nn.functional.normalize(self.model.visual_projection(pooled), dim=-1)

    def features(self, pictures, method: str) -> torch.Tensor:
        """Image features of an iterable of Pillow pictures, in batches of 100."""
        found, waiting = [], []
        for picture in pictures:
            waiting.append(self.pixels(picture))
            if len(waiting) == 100:
                found.append(self.images(torch.stack(waiting), method))
                waiting = []
        if waiting:
            found.append(self.images(torch.stack(waiting), method))
        return torch.cat(found)


def wilson(hits: int, count: int) -> list[float]:
    """95 % interval of a share, by Wilson's formula."""
    z, share = 1.959964, hits / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return [round(middle - half, 4), round(middle + half, 4)]


def score(chosen: torch.Tensor, targets: torch.Tensor, names: list[str]) -> dict:
    right = chosen == targets
    result = {"count": len(targets), "accuracy": round(right.float().mean().item(), 4), "interval95": wilson(int(right.sum()), len(targets))}
    result["perClass"] = {name: [int(right[targets == i].sum()), int((targets == i).sum())] for i, name in enumerate(names) if (targets == i).any()}
    return result


def scene_questions(facts: list[dict]) -> dict:
    """Question to texts, right answers and names; backgrounds and counts are asked about each scene's own noun."""
    number = lambda names, key: torch.tensor([names.index(fact[key]) for fact in facts])  # noqa: E731
    nouns = number(NOUNS, "noun")
    pairs = [f"a {colour} {noun}" for noun in NOUNS for colour in COLOURS]
    return {
        "noun": ([f"a photo of a {noun}" for noun in NOUNS], nouns, NOUNS),
        "colour": ([f"a {colour} thing" for colour in COLOURS], number(COLOURS, "colour"), COLOURS),
        "colour and noun": (pairs, nouns * len(COLOURS) + number(COLOURS, "colour"), pairs),
        "background": ([f"a thing {PLACES[place][0]}" for place in BACKGROUNDS], number(BACKGROUNDS, "background"), BACKGROUNDS),
        "count": (["one thing", "two things", "three things"], torch.tensor([fact["count"] - 1 for fact in facts]), COUNTS),
    }


def own_noun_questions(facts: list[dict]):
    for noun in NOUNS:
        rows = [i for i, fact in enumerate(facts) if fact["noun"] == noun]
        yield rows, [f"a {c} {noun}" for c in COLOURS], [COLOURS.index(facts[i]["colour"]) for i in rows], "colour, noun told"
        yield rows, [f"one {noun}", f"two {plural(noun)}", f"three {plural(noun)}"], [facts[i]["count"] - 1 for i in rows], "count, noun told"


def photo_list(folder: Path, classes: Path, part: str):
    mapping = json.loads(classes.read_text())[part]
    nouns = {name: noun for noun, names in mapping.items() for name in names}
    for path in sorted(folder.iterdir()):
        name = re.sub(r"^n\d+_|\.\w+$", "", path.name)
        if name in nouns:
            yield path, NOUNS.index(nouns[name])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--cifar", help="tar archive; the held-out part is measured")
    parser.add_argument("--scenes", help="folder of fresh scenes written by render-scenes.mjs --size 224")
    parser.add_argument("--photos", type=Path, help="folder of ImageNet sample photos")
    parser.add_argument("--classes", type=Path, default=Path(__file__).parent / "photo-classes.json")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--limit", type=int, help="ask about this many pictures of each part only")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    args = parser.parse_args()
    torch.manual_seed(0)
    asked = Zeroshot(args.model)
    nouns_told = asked.texts([f"a photo of a {noun}" for noun in NOUNS])
    results: dict = {}
    for method in args.methods.split(","):
        found = results.setdefault(method, {})
        if args.cifar:
            pixels, nouns, names = read_cifar(args.cifar)
            rows = split_cifar(nouns)[1]
            if args.limit:
                rows = rows[np.linspace(0, len(rows) - 1, args.limit).astype(int)]
            features = asked.features((Image.fromarray(pixels[row]) for row in rows), method)
            found["cifar held out"] = score((features @ nouns_told.T).argmax(1), torch.from_numpy(nouns[rows]), NOUNS)
        if args.scenes:
            pixels, facts = read_scenes(args.scenes)
            pixels, facts = pixels[: args.limit], facts[: args.limit]
            features = asked.features((Image.fromarray(picture) for picture in pixels), method)
            for question, (texts, targets, names) in scene_questions(facts).items():
                result = score((features @ asked.texts(texts).T).argmax(1), targets, names)
                if len(names) > 10:
                    del result["perClass"]
                found[f"scenes {question}"] = result
            told: dict = {}
            for rows, texts, targets, question in own_noun_questions(facts):
                right = (features[rows] @ asked.texts(texts).T).argmax(1) == torch.tensor(targets)
                told.setdefault(question, []).append(right)
            for question, parts in told.items():
                right = torch.cat(parts)
                found[f"scenes {question}"] = {"count": len(right), "accuracy": round(right.float().mean().item(), 4),
                                               "interval95": wilson(int(right.sum()), len(right))}
        if args.photos:
            for part in ("clear", "borderline"):
                listed = list(photo_list(args.photos, args.classes, part))
                features = asked.features((Image.open(path) for path, _ in listed), method)
                found[f"photos {part}"] = score((features @ nouns_told.T).argmax(1), torch.tensor([noun for _, noun in listed]), NOUNS)
        for name, result in found.items():
            print(f"{method:11} {name:24} {100 * result['accuracy']:5.1f} %  of {result['count']}", flush=True)
    if args.out:
        args.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
