"""Trains the captioner within a budget of minutes; writes a checkpoint that can be taken up again."""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from caption_model import Captioner
from caption_views import photo_views, scene_views
from caption_words import PAD, SEPARATOR, make_tokenizer, opened, photo_caption
from data import read_cifar, read_scenes, split_cifar
from model import GRID, patches_of
from muon import Muon
from teacher import Teacher
from train import kept_positions
from views import plain_views
from words import NOUNS

TOKENIZER = make_tokenizer()
NOUN_IDS = torch.tensor([TOKENIZER.token_to_id(noun) for noun in NOUNS])
IGNORED = -100
ALL_PLACES = torch.arange(GRID * GRID)[None]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cifar", required=True, help="tar archive of CIFAR-10 training JPEGs")
    parser.add_argument("--cache", help="where decoded photos are kept (.npz)")
    parser.add_argument("--scenes", required=True, help="folder written by render-scenes.mjs")
    parser.add_argument("--scenes-val", required=True, help="the same, for watching")
    parser.add_argument("--start", type=Path, required=True, help="CLIP folder whose vision tower is taken over")
    parser.add_argument("--teacher", help="weights written by teacher.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--batch", type=int, default=64, help="photos in a step")
    parser.add_argument("--scene-batch", type=int, default=80)
    parser.add_argument("--vision-lr", type=float, default=0.004)
    parser.add_argument("--text-lr", type=float, default=0.015)
    parser.add_argument("--trust", type=float, default=0.5, help="share of the teacher in a photo's noun")
    parser.add_argument("--every", type=int, default=20, help="steps between two lines of the log")
    parser.add_argument("--watch", type=float, default=420, help="seconds between two looks at held-out pictures")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def kept_share(share: float, chance: random.Random) -> float:
    """The part of the patches that a step keeps: few at first, which is fast, and all of them more often at the end."""
    if share < 0.5:
        return chance.choice([0.6, 0.5, 0.4, 0.3, 0.3])
    if share < 0.85:
        return chance.choice([1.0, 0.7, 0.5, 0.4, 0.3])
    return chance.choice([1.0, 1.0, 0.7, 0.5, 0.3])


def rows_of(captions: list[str], chance: random.Random, share: float = 0.3) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids `[B, L]` from [DEC] on and what each should be followed by `[B, L]`, openings and padding ignored."""
    rows, wanted = [], []
    for caption in captions:
        opening, rest = opened(caption, chance, share)
        told = TOKENIZER.encode(opening, add_special_tokens=False).ids
        said = TOKENIZER.encode(rest, add_special_tokens=False).ids
        rows.append([TOKENIZER.get_vocab_size() - 2, *told, *said])
        wanted.append([IGNORED] * len(told) + said + [SEPARATOR])
    longest = max(map(len, rows))
    fill = lambda lists, value: torch.tensor([row + [value] * (longest - len(row)) for row in lists])  # noqa: E731
    return fill(rows, PAD), fill(wanted, IGNORED)


def loss_of(logits, wanted, photos: int, answers, trust: float):
    """Cross-entropy summed over each caption, averaged over the batch; a photo's noun is shared with the teacher."""
    b, length, words = logits.shape
    each = F.cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORED, reduction="none").view(b, length)
    if answers is not None:
        row, at = torch.isin(wanted[:photos], NOUN_IDS).nonzero(as_tuple=True)
        heads = logits[row, at].float().log_softmax(-1)[:, NOUN_IDS]
        soft = -(answers[row] * heads).sum(1)
        each = each.index_put((row, at), each[row, at] * (1 - trust) + soft * trust)
    return each.sum() / b


@torch.no_grad()
def watch(model: Captioner, pixels: torch.Tensor, keep: float = 1.0) -> list[str]:
    """Greedy captions of stored pictures, the flattest patches left out when `keep` is below 1."""
    said = []
    for start in range(0, len(pixels), 100):
        patches = patches_of(plain_views(pixels[start:start + 100], 4 * GRID))
        positions = ALL_PLACES.expand(len(patches), -1)
        if keep < 1:
            kept = kept_positions(patches, round(keep * patches.shape[1]), True)
            patches, positions = patches.gather(1, kept[..., None].expand(-1, -1, 48)), kept
        with torch.autocast("cpu", torch.bfloat16):
            rows = model.greedy(model.vision(patches, positions)).tolist()
        ends = [row.index(SEPARATOR) if SEPARATOR in row else len(row) for row in rows]
        said += TOKENIZER.decode_batch([row[1:end] for row, end in zip(rows, ends)])
    return said


def looked(model: Captioner, photos, photo_nouns, scenes, facts) -> str:
    """One line of the log: share of photos whose noun is said, and of scenes whose caption is word for word right."""
    line = ""
    for keep in (1.0, 0.5):
        said = watch(model, photos, keep)
        nouns = sum(NOUNS[noun] in words.split() for noun, words in zip(photo_nouns.tolist(), said)) / len(said)
        drawn = watch(model, scenes, keep)
        whole = sum(fact["caption"] == words for fact, words in zip(facts, drawn)) / len(drawn)
        part = sum(f" {fact['colour']} {fact['noun']}" in words for fact, words in zip(facts, drawn)) / len(drawn)
        line += f" keep {keep}: photos noun {nouns:.3f} scenes colour and noun {part:.3f} whole {whole:.3f};"
    return f"{line} e.g. {said[0]!r} {drawn[0]!r}"


def main() -> None:
    args = arguments()
    torch.set_num_threads(2)
    torch.manual_seed(args.seed)
    chance = random.Random(args.seed)
    pixels, nouns, _ = read_cifar(args.cifar, args.cache)
    train_rows, held_rows = map(torch.from_numpy, split_cifar(nouns))
    pixels, nouns = torch.from_numpy(pixels), torch.from_numpy(nouns)
    held = held_rows[torch.randperm(len(held_rows), generator=torch.Generator().manual_seed(5))[:300]]
    scenes, facts = read_scenes(args.scenes)
    fresh, fresh_facts = read_scenes(args.scenes_val)
    scenes, fresh = torch.from_numpy(scenes), torch.from_numpy(fresh[:200])
    teacher = None
    if args.teacher:
        teacher = Teacher().to(memory_format=torch.channels_last).eval()
        teacher.load_state_dict(torch.load(args.teacher))
    model = Captioner(TOKENIZER.get_vocab_size())
    sample = patches_of(torch.cat([plain_views(pixels[train_rows[:300]], 4 * GRID), plain_views(scenes[:300], 4 * GRID)]))
    model.vision.start_from_clip(args.start, sample, ALL_PLACES.expand(len(sample), -1))
    groups: dict[str, list] = {"vision": [], "attention": [], "text": []}
    for layer in model.vision.layers:
        groups["vision"] += [layer.out.weight, layer.up.weight, layer.down.weight]
        groups["attention"] += [layer.qkv.weight]
    groups["text"] = [p for name, p in model.text.named_parameters() if p.ndim == 2 and ".layer." in name]
    named = {id(p) for group in groups.values() for p in group}
    slow = [p for p in model.vision.parameters() if id(p) not in named]
    quick = [p for p in model.text.parameters() if id(p) not in named]
    muon = Muon([{"params": groups["vision"], "lr": args.vision_lr}, {"params": groups["attention"], "lr": args.vision_lr / 2},
                 {"params": groups["text"], "lr": args.text_lr}], decay=0.1)
    adam = torch.optim.AdamW([{"params": slow, "lr": 4e-4}, {"params": quick, "lr": 2e-3}], betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    tops = [group["lr"] for optimiser in (muon, adam) for group in optimiser.param_groups]
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    step, spent, seen = 0, 0.0, 0
    if args.resume and args.out.exists():
        kept = torch.load(args.out, weights_only=False)
        model.load_state_dict(kept["model"])
        muon.load_state_dict(kept["muon"]), adam.load_state_dict(kept["adam"])
        for group in adam.param_groups:
            group["fused"] = True
        average, step, spent, seen = kept["average"], kept["step"], kept["spent"], kept["seen"]
        print(f"resumed at step {step}, {spent:.0f}s", flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.with_suffix(".pid").write_text(str(os.getpid()))

    def save() -> None:
        state = {"model": model.state_dict(), "muon": muon.state_dict(), "adam": adam.state_dict(), "average": average,
                 "step": step, "spent": spent, "seen": seen}
        torch.save(state, args.out.with_suffix(".tmp"))
        args.out.with_suffix(".tmp").rename(args.out)

    asked_to_stop = []
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.append(True))
    ends = time.time() + args.minutes * 60 - spent
    order = torch.empty(0, dtype=torch.long)
    saved = watched = spent
    share = spent / (spent + max(ends - time.time(), 1e-9))
    losses: list[float] = []
    while share < 1:
        began = time.time()
        if len(order) < args.batch:
            order = train_rows[torch.randperm(len(train_rows))]
        rows, order = order[: args.batch], order[args.batch:]
        views, far = photo_views(pixels[rows], 4 * GRID)
        answers = None
        if teacher is not None:
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                small = F.interpolate(views, 32, mode="bilinear", antialias=True, align_corners=False)
                answers = (teacher.both(small.contiguous(memory_format=torch.channels_last))[1].float() * 1.5).softmax(1)
            answers[far] = F.one_hot(nouns[rows][far], len(NOUNS)).float()  # the teacher never saw such views
        picked = torch.randint(len(scenes), (args.scene_batch,))
        views = torch.cat([views, scene_views(scenes[picked], 4 * GRID)])
        captions = [photo_caption(NOUNS[noun]) for noun in nouns[rows].tolist()] + [facts[i]["caption"] for i in picked.tolist()]
        ids, wanted = rows_of(captions, chance)
        patches = patches_of(views)
        positions = ALL_PLACES.expand(len(views), -1)
        keep = kept_share(share, chance)
        if keep < 1:
            kept = kept_positions(patches, round(keep * GRID * GRID), chance.random() < 0.5)
            patches, positions = patches.gather(1, kept[..., None].expand(-1, -1, 48)), kept
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(model.vision(patches, positions), ids)
        loss = loss_of(logits, wanted, args.batch, answers, args.trust)
        for p in model.parameters():
            p.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*slow, *quick], 1.0)
        rate = min(1.0, (step + 1) / 60) * (1 - share if share < 0.98 else 0.02)
        for group, top in zip([group for optimiser in (muon, adam) for group in optimiser.param_groups], tops):
            group["lr"] = top * rate
        muon.step(), adam.step()
        step, seen = step + 1, seen + args.batch
        with torch.no_grad():
            torch._foreach_lerp_(list(average.values()), list(model.state_dict().values()), 1 - min(0.997, step / (step + 10)))
        spent += min(time.time() - began, 8)
        share = spent / (spent + max(ends - time.time(), 0))
        losses.append(loss.item())
        if step % args.every == 0:
            print(f"step {step} epoch {seen / len(train_rows):.2f} {spent:.0f}s share {share:.3f} keep {keep:.2f} "
                  f"loss {sum(losses[-args.every:]) / args.every:.3f}", flush=True)
        if spent - saved > 120 or share >= 1 or asked_to_stop:
            saved = spent
            save()
        if asked_to_stop:
            print(f"stopped at step {step}, to be resumed", flush=True)
            return
        if spent - watched > args.watch or share >= 1:
            watched = spent
            other = Captioner(TOKENIZER.get_vocab_size())
            other.load_state_dict(average)
            print(f"== step {step} spent {spent:.0f}s:{looked(other.eval(), pixels[held], nouns[held], fresh, fresh_facts)}", flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main()
