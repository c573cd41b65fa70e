"""Measures an exported captioning folder with transformers and Pillow: fresh scenes, held-out photos, larger photos.

Captions are transformers' own: 3 beams, at most 20 tokens, at least 5. Each part is captioned again with patches
dropped after the position embeddings were added: the flattest ones (`intra`) or chance ones (`random`).
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import AutoProcessor, BlipForConditionalGeneration

from data import read_cifar, read_scenes, split_cifar
from evaluate import METHODS, photo_list, wilson
from words import BACKGROUNDS, COLOURS, NOUNS, plural

BEAMS = {"num_beams": 3, "max_length": 20, "min_length": 5}
BATCH = 50
PARTS = ("clear", "borderline")
NOUN_OF = {form: noun for noun in NOUNS for form in (noun, plural(noun))}
COUNT_OF = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}


class Asked:
    """The captioner of a folder with its own processor."""

    def __init__(self, folder: Path):
        self.model = BlipForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor = AutoProcessor.from_pretrained(folder)

    @torch.no_grad()
    def captions(self, pictures, method: str = "base", prompt: str | None = None) -> list[str]:
        """One caption for each of an iterable of Pillow pictures; the prompt, if any, is part of them."""
        said, waiting = [], []
        for picture in pictures:
            waiting.append(picture.convert("RGB"))
            if len(waiting) == BATCH:
                said += self.batch(waiting, method, prompt)
                waiting = []
        return said + (self.batch(waiting, method, prompt) if waiting else [])

    def batch(self, pictures: list, method: str, prompt: str | None) -> list[str]:
        told = {} if prompt is None else self.processor.tokenizer([prompt] * len(pictures), return_tensors="pt")
        told = {name: told[name] for name in ("input_ids", "attention_mask") if name in told}
        pixels = self.processor.image_processor(pictures, return_tensors="pt")["pixel_values"]
        if method == "base":
            rows = self.model.generate(pixel_values=pixels, **told, **BEAMS)
        else:
            text = self.model.config.text_config
            start = torch.full((len(pictures), 1), text.bos_token_id)
            rows = self.model.text_decoder.generate(
                input_ids=start, eos_token_id=text.sep_token_id, pad_token_id=text.pad_token_id,
                encoder_hidden_states=self.shortened(pixels, method), **BEAMS)
        return self.processor.batch_decode(rows, skip_special_tokens=True)

    def shortened(self, pixels: torch.Tensor, method: str) -> torch.Tensor:
        vision = self.model.vision_model
        hidden = vision.embeddings(pixels)
        name, _, ratio = method.partition(":")
        count = hidden.shape[1] - 1
        scores = torch.rand(len(pixels), count)
        if name == "intra":
            side = vision.config.patch_size
            patches = pixels.unfold(2, side, side).unfold(3, side, side).permute(0, 2, 3, 1, 4, 5)
            scores = patches.reshape(len(pixels), count, -1).var(-1)
        kept = scores.topk(int(count * (1 - float(ratio))), dim=1).indices.sort(1).values + 1
        kept = torch.cat([torch.zeros(len(pixels), 1, dtype=torch.long), kept], 1)
        hidden = hidden.gather(1, kept[..., None].expand(-1, -1, hidden.shape[-1]))
        return vision.post_layernorm(vision.encoder(inputs_embeds=hidden).last_hidden_state)


def heard(caption: str) -> dict:
    """What a caption claims; two nouns, colours or places claim none."""
    words = re.findall(r"[a-z]+", caption)
    only = lambda found: found.pop() if len(found) == 1 else None  # noqa: E731
    counts = [COUNT_OF[word] for word in words if word in COUNT_OF]
    return {"noun": only({NOUN_OF[word] for word in words if word in NOUN_OF}), "colour": only(set(words) & set(COLOURS)),
            "background": only(set(words) & set(BACKGROUNDS)), "count": counts[0] if counts else None}


def share(right: list[bool]) -> dict:
    return {"count": len(right), "right": sum(right), "accuracy": round(sum(right) / len(right), 4), "interval95": wilson(sum(right), len(right))}


def by(names: list, of: list, right: list[bool]) -> dict:
    return {str(name): [sum(r for r, o in zip(right, of) if o == name), of.count(name)] for name in names if name in of}


def scene_scores(said: list[str], facts: list[dict]) -> dict:
    claims = [heard(text) for text in said]
    right = {part: [claim[part] == fact[part] for claim, fact in zip(claims, facts)] for part in ("noun", "colour", "background", "count")}
    right["noun and colour"] = [a and b for a, b in zip(right["noun"], right["colour"])]
    right["every word"] = [text == fact["caption"] for text, fact in zip(said, facts)]
    scores = {f"scenes {part}": share(rows) for part, rows in right.items()}
    scores["scenes noun"]["perClass"] = by(NOUNS, [fact["noun"] for fact in facts], right["noun"])
    scores["scenes colour"]["perClass"] = by(COLOURS, [fact["colour"] for fact in facts], right["colour"])
    scores["scenes background"]["perClass"] = by(BACKGROUNDS, [fact["background"] for fact in facts], right["background"])
    scores["scenes count"]["perClass"] = by([1, 2, 3], [fact["count"] for fact in facts], right["count"])
    scores["scenes taken for photos"] = share(["photo" in text.split() for text in said])
    return scores


def photo_scores(said: list[str], nouns: list[str], part: str) -> dict:
    right = [heard(text)["noun"] == noun for text, noun in zip(said, nouns)]
    return {f"{part} noun": share(right) | {"perClass": by(NOUNS, nouns, right)},
            f"{part} given a colour": coloured(said)}


def coloured(said: list[str]) -> dict:
    """How many captions name a colour, as only drawings' captions should."""
    return share([any(colour in text.split() for colour in COLOURS) for text in said])


def other_photos(folder: Path, classes: Path) -> list[Path]:
    """The photos of a folder that show none of the ten nouns."""
    named = {path for part in PARTS for path, _ in photo_list(folder, classes, part)}
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in (".jpg", ".jpeg") and path not in named]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--scenes", help="folder of fresh scenes written by render-scenes.mjs --size 224")
    parser.add_argument("--cifar", help="tar archive; the held-out part is measured")
    parser.add_argument("--cache", help="where decoded photos are kept (.npz)")
    parser.add_argument("--photos", type=Path, help="folder of ImageNet sample photos")
    parser.add_argument("--classes", type=Path, default=Path(__file__).parent / "photo-classes.json")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--prompt", default="a picture of", help="asked once more with this opening, without dropping")
    parser.add_argument("--limit", type=int, help="caption this many pictures of each part only")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    args = parser.parse_args()
    torch.manual_seed(0)
    asked = Asked(args.model)
    results: dict = {}
    runs = [(method, method, None) for method in args.methods.split(",")] + [(f"prompt: {args.prompt}", "base", args.prompt)]
    for name, method, prompt in runs:
        found = results.setdefault(name, {})
        if args.scenes:
            pixels, facts = read_scenes(args.scenes)
            pixels, facts = pixels[: args.limit], facts[: args.limit]
            said = asked.captions(map(Image.fromarray, pixels), method, prompt)
            found |= scene_scores([text.removeprefix(prompt or "").strip() for text in said], facts)
            print(*said[:3], sep="\n", flush=True)
        if args.cifar:
            pixels, nouns, _ = read_cifar(args.cifar, args.cache)
            rows = split_cifar(nouns)[1]
            if args.limit:
                rows = rows[np.linspace(0, len(rows) - 1, args.limit).astype(int)]
            said = asked.captions((Image.fromarray(pixels[row]) for row in rows), method, prompt)
            found |= photo_scores(said, [NOUNS[noun] for noun in nouns[rows]], "cifar held out")
        if args.photos:
            for part in PARTS:
                listed = list(photo_list(args.photos, args.classes, part))[: args.limit]
                said = asked.captions((Image.open(path) for path, _ in listed), method, prompt)
                found |= photo_scores(said, [NOUNS[noun] for _, noun in listed], f"photos {part}")
            listed = other_photos(args.photos, args.classes)[: args.limit]
            said = asked.captions((Image.open(path) for path in listed), method, prompt)
            found["photos other given a colour"] = coloured(said)
        for question, result in found.items():
            print(f"{name:11} {question:34} {100 * result['accuracy']:5.1f} %  of {result['count']}", flush=True)
    if args.out:
        args.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
