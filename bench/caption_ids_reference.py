"""Writes what transformers' generate makes of photos with a full-size BLIP folder, for bench/caption-ids.mjs.

    python bench/caption_ids_reference.py FOLDER PHOTOS OUT [--photos 50]

Every photo is captioned twice, greedily and with three beams, with one of ten settings in turn: lengths, penalties,
prompts, runs that may not repeat, all three ways to stop early. OUT receives inputs.safetensors, `pixel_values` float16
[photos, 3, H, W] (their float32 copy goes in), and captions.json: settings, prompt, ids, text, score (three beams) and
`gap`, the smallest distance between two sums (three beams) or logits (greedy) that a choice hung on: below about 1e-4 the
choice is one of rounding. Needs torch, transformers, safetensors and Pillow.
"""
import argparse
import json
from pathlib import Path

import torch
import transformers
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, BlipForConditionalGeneration, BlipImageProcessor

DEFAULTS = {"maxLength": 20, "minLength": 5, "lengthPenalty": 1.0, "repetitionPenalty": 1.0, "noRepeatNgramSize": 0,
            "earlyStopping": False}
SETTINGS = [
    ({}, ""), ({"maxLength": 40, "lengthPenalty": 2.0}, ""), ({}, "a picture of"), ({"repetitionPenalty": 1.5}, ""),
    ({"minLength": 12}, ""), ({"noRepeatNgramSize": 2}, ""), ({"earlyStopping": True}, ""),
    ({"earlyStopping": "never", "lengthPenalty": 0.5}, "two unseen birds, and it's"),
    ({"maxLength": 30, "lengthPenalty": 2.0, "repetitionPenalty": 1.2}, "a photo of"),
    ({"maxLength": 12, "minLength": 0, "lengthPenalty": -1.0}, ""),
]


class Seen(torch.nn.Module):
    """The vision tower's answer, computed once for all captions of a photo."""

    def __init__(self, tokens):
        super().__init__()
        self.tokens = tokens

    def forward(self, **_):
        return (self.tokens,)


class Gaps:
    """The smallest distance between neighbours among what torch.topk and torch.argmax chose from, as they are called."""

    def __enter__(self):
        self.smallest, self.topk, self.argmax = float("inf"), torch.topk, torch.argmax
        torch.topk, torch.argmax = self.watched_topk, self.watched_argmax
        return self

    def __exit__(self, *_):
        torch.topk, torch.argmax = self.topk, self.argmax

    def look(self, values, k):
        best = self.topk(values, k=k + 1).values
        apart = (best[:, :-1] - best[:, 1:])[best[:, 1:] > -1e8]
        if apart.numel():
            self.smallest = min(self.smallest, float(apart.min()))

    def watched_topk(self, values, k):
        self.look(values, k)
        return self.topk(values, k=k)

    def watched_argmax(self, values, dim):
        self.look(values, 1)
        return self.argmax(values, dim=dim)


def caption(model, tokenizer, pixels, beams, settings, prompt):
    text = tokenizer(prompt, return_tensors="pt") if prompt else None
    inputs = {"input_ids": text["input_ids"], "attention_mask": text["attention_mask"]} if prompt else {}
    search = {"length_penalty": settings["lengthPenalty"], "early_stopping": settings["earlyStopping"]}
    with torch.inference_mode(), Gaps() as gaps:
        output = model.generate(
            pixel_values=pixels, **inputs, num_beams=beams, max_length=settings["maxLength"],
            min_length=settings["minLength"], repetition_penalty=settings["repetitionPenalty"],
            no_repeat_ngram_size=settings["noRepeatNgramSize"], do_sample=False, return_dict_in_generate=True,
            output_scores=True, **(search if beams > 1 else {}))
    ids = output.sequences[0].tolist()
    return {"settings": {**settings, "beams": beams}, "prompt": prompt, "ids": ids,
            "text": tokenizer.decode(ids, skip_special_tokens=True), "gap": gaps.smallest,
            "score": output.sequences_scores[0].item() if beams > 1 else None}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("folder", "images", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--photos", type=int, default=50)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    transformers.logging.set_verbosity_error()
    model = BlipForConditionalGeneration.from_pretrained(args.folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(args.folder)
    processor = BlipImageProcessor.from_pretrained(args.folder)
    tower = model.vision_model
    files = sorted(path for path in args.images.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    files = files[:: max(1, len(files) // args.photos)][: args.photos]
    pictures, cases = [], []
    for place, file in enumerate(files):
        with Image.open(file) as image:
            pixels = processor(images=image.convert("RGB"), return_tensors="pt")["pixel_values"].half()
        pictures.append(pixels)
        with torch.inference_mode():
            tokens = tower(pixel_values=pixels.float()).last_hidden_state
        model.vision_model = Seen(tokens)
        change, prompt = SETTINGS[place % len(SETTINGS)]
        for beams in (1, 3):
            found = caption(model, tokenizer, pixels.float(), beams, {**DEFAULTS, **change}, prompt)
            cases.append({"photo": place, "file": file.name, **found})
        print(file.name, cases[-1]["text"], flush=True)
    save_file({"pixel_values": torch.cat(pictures)}, args.out / "inputs.safetensors")
    versions = f"transformers {transformers.__version__}, torch {torch.__version__}"
    (args.out / "captions.json").write_text(json.dumps({"versions": versions, "cases": cases}, indent=1))


if __name__ == "__main__":
    main()
