"""Trains the model within a budget of minutes; writes a checkpoint that can be taken up again."""

from __future__ import annotations

import argparse
import os
import random
import signal
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from data import read_cifar, read_scenes, split_cifar
from losses import TOKENIZER, Banks, ids_of, loss_of, photo_banks, scene_banks
from make_tokenizer import END
from model import GRID, Clip, patches_of
from muon import Muon
from teacher import Teacher
from views import plain_views, random_views
from words import COLOURS, NOUNS


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cifar", required=True, help="tar archive of CIFAR-10 training JPEGs")
    parser.add_argument("--cache", help="where decoded photos are kept (.npz)")
    parser.add_argument("--scenes", help="folder written by render-scenes.mjs")
    parser.add_argument("--scenes-val", help="the same, for watching")
    parser.add_argument("--teacher", help="weights written by teacher.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--batch", type=int, default=160, help="photos in a step")
    parser.add_argument("--scene-batch", type=int, default=40)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--heads", type=int, default=6)
    parser.add_argument("--peak", type=float, default=3.0)
    parser.add_argument("--plain-init", action="store_true")
    parser.add_argument("--trust", type=float, default=0.7, help="share of the teacher in the photos' targets")
    parser.add_argument("--feature", type=float, default=0.5, help="weight of matching the teacher's feature map")
    parser.add_argument("--early", default="6,7,8,8", help="grid sides of the first stage")
    parser.add_argument("--every", type=int, default=25, help="steps between two lines of the log")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def grid_and_keep(share: float, early: list[int], chance: random.Random) -> tuple[int, float]:
    """Patches along an edge, and the part of them a step keeps: small pictures first, the full 14 at the end."""
    if share < 0.57:
        return chance.choice(early), 1.0 if chance.random() < 0.8 else chance.uniform(0.4, 0.8)
    if share < 0.78:
        return chance.choice([(10, 1.0), (10, 0.8), (11, 0.8), (11, 0.6), (12, 0.6), (12, 0.5), (GRID, 0.5), (GRID, 0.4)])
    if share < 0.93:
        return GRID, chance.choice([1.0, 0.7, 0.6, 0.5, 0.4, 0.3])
    return GRID, chance.choice([1.0, 1.0, 0.7, 0.5, 0.3])


def kept_positions(patches: torch.Tensor, keep: int, by_variance: bool) -> torch.Tensor:
    """Which patches of each picture stay, ascending, `[B, keep]`: at random, or the least flat."""
    b, n, _ = patches.shape
    order = patches.var(-1) if by_variance else torch.rand(b, n)
    return order.topk(keep, dim=1).indices.sort(1).values


def placed(side: int, b: int) -> torch.Tensor:
    """Grid positions `[B, side²]` of a square window, put anywhere in the full grid."""
    room = GRID - side + 1
    top, left = torch.randint(room, (b, 1)), torch.randint(room, (b, 1))
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return (y.reshape(1, -1) + top) * GRID + x.reshape(1, -1) + left


@torch.no_grad()
def watch(model: Clip, pixels, targets, texts: list[str], side: int, keep: float = 1.0) -> float:
    wanted = model.text(ids_of(texts))
    hits = 0
    for start in range(0, len(pixels), 250):
        views = plain_views(pixels[start:start + 250], 4 * side)
        patches = patches_of(views)
        first = (GRID - side) // 2
        y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        positions = ((y + first) * GRID + x + first).reshape(1, -1).expand(len(views), -1)
        if keep < 1:
            kept = kept_positions(patches, round(keep * patches.shape[1]), True)
            patches = patches.gather(1, kept[..., None].expand(-1, -1, 48))
            positions = positions.gather(1, kept)
        with torch.autocast("cpu", torch.bfloat16):
            images, _ = model.vision(patches, positions)
        hits += ((images @ wanted.T).argmax(1) == targets[start:start + 250]).sum().item()
    return hits / len(pixels)


def main() -> None:
    args = arguments()
    torch.set_num_threads(2)
    torch.manual_seed(args.seed)
    chance = random.Random(args.seed)
    pixels, nouns, _ = read_cifar(args.cifar, args.cache)
    train_rows, held_rows = map(torch.from_numpy, split_cifar(nouns))
    pixels, nouns = torch.from_numpy(pixels), torch.from_numpy(nouns)
    held = held_rows[torch.randperm(len(held_rows), generator=torch.Generator().manual_seed(5))[:500]]
    scenes, facts = read_scenes(args.scenes) if args.scenes else (None, [])
    scenes = torch.from_numpy(scenes) if args.scenes else None
    teacher = None
    if args.teacher:
        teacher = Teacher().to(memory_format=torch.channels_last).eval()
        teacher.load_state_dict(torch.load(args.teacher))
    model = Clip(TOKENIZER.get_vocab_size(), END, layers=args.layers, heads=args.heads)
    if not args.plain_init:
        sample = [plain_views(pixels[train_rows[:2000]], 32), plain_views(pixels[train_rows[2000:3000]], 56)]
        model.vision.structure(torch.cat([patches_of(views).reshape(-1, 48) for views in sample]), args.peak)
    guide = torch.nn.Linear(192, 192)
    matrices, attention = [], []
    for layer in [*model.vision.layers, *model.text.layers]:
        matrices += [layer.out.weight, layer.up.weight, layer.down.weight]
        attention += [layer.qkv.weight]
    named = {id(p) for p in matrices + attention}
    rest = [p for p in [*model.parameters(), *guide.parameters()] if id(p) not in named]
    muon = Muon([{"params": matrices, "lr": args.lr}, {"params": attention, "lr": args.lr * 0.5}], decay=0.1)
    adam = torch.optim.AdamW(rest, lr=args.lr * 0.1, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    tops = [group["lr"] for optimiser in (muon, adam) for group in optimiser.param_groups]
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    step, spent, seen = 0, 0.0, 0
    if args.resume and args.out.exists():
        kept = torch.load(args.out, weights_only=False)
        model.load_state_dict(kept["model"]), guide.load_state_dict(kept["guide"])
        muon.load_state_dict(kept["muon"]), adam.load_state_dict(kept["adam"])
        for group in adam.param_groups:
            group["fused"] = True
        average, step, spent, seen = kept["average"], kept["step"], kept["spent"], kept["seen"]
        print(f"resumed at step {step}, {spent:.0f}s", flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.with_suffix(".pid").write_text(str(os.getpid()))

    def save() -> None:
        state = {"model": model.state_dict(), "guide": guide.state_dict(), "muon": muon.state_dict(), "adam": adam.state_dict(),
                 "average": average, "step": step, "spent": spent, "seen": seen, "layers": args.layers, "heads": args.heads}
        torch.save(state, args.out.with_suffix(".tmp"))
        args.out.with_suffix(".tmp").rename(args.out)

    asked_to_stop = []
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.append(True))
    ends = time.time() + args.minutes * 60 - spent
    early = [int(side) for side in args.early.split(",")]
    order = torch.empty(0, dtype=torch.long)
    saved = watched = spent
    hits = []
    share = spent / (spent + max(ends - time.time(), 1e-9))
    while share < 1:
        began = time.time()
        if len(order) < args.batch:
            order = train_rows[torch.randperm(len(train_rows))]
        rows, order = order[: args.batch], order[args.batch:]
        side, keep = grid_and_keep(share, early, chance)
        views = random_views(pixels[rows], 4 * side, 0.6, 0.12)
        photos = len(views)
        banks = Banks()
        answers = maps = None
        if teacher is not None:
            with torch.no_grad():
                small = views if views.shape[-1] == 32 else F.interpolate(views, 32, mode="bilinear", antialias=True, align_corners=False)
                with torch.autocast("cpu", torch.bfloat16):
                    maps, answers = teacher.both(small.contiguous(memory_format=torch.channels_last))
                answers = (answers.float() * 1.5).softmax(1)
        photo_banks(banks, torch.arange(photos), nouns[rows], chance, 0.1, answers, args.trust)
        if scenes is not None:
            picked = torch.randint(len(scenes), (args.scene_batch,))
            drawn = random_views(scenes[picked], 4 * side, 0.8, 0.04)
            views = torch.cat([views, drawn])
            scene_banks(banks, photos + torch.arange(args.scene_batch), [facts[i] for i in picked.tolist()], chance, 0.33)
        patches = patches_of(views)
        positions = placed(side, len(views))
        kept = None
        if keep < 1:
            kept = kept_positions(patches, max(8, round(keep * side * side)), chance.random() < 0.5)
            patches = patches.gather(1, kept[..., None].expand(-1, -1, 48))
            positions = positions.gather(1, kept)
        with torch.autocast("cpu", torch.bfloat16):
            images, tapped = model.vision(patches, positions, args.layers // 2)
            matched = guide(tapped[:photos, 1:]).float() if teacher is not None and args.feature > 0 else None
        loss, right = loss_of(banks, images, model.text, model.logit_scale)
        if matched is not None:
            wanted = F.interpolate(maps.float(), (side, side), mode="bilinear", align_corners=False).flatten(2).transpose(1, 2)
            if kept is not None:
                wanted = wanted.gather(1, kept[:photos, :, None].expand(-1, -1, wanted.shape[-1]))
            loss = loss + args.feature * (1 - F.cosine_similarity(matched, wanted - wanted.mean((0, 1)), dim=-1)).mean()
        for p in [*model.parameters(), *guide.parameters()]:
            p.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        rate = min(1.0, (step + 1) / 50) * (1 - share if share < 0.98 else 0.02)
        for group, top in zip([group for optimiser in (muon, adam) for group in optimiser.param_groups], tops):
            group["lr"] = top * rate
        muon.step(), adam.step()
        step, seen = step + 1, seen + photos
        decay = min(0.997, step / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.values()), list(model.state_dict().values()), 1 - decay)
        spent += min(time.time() - began, 8)
        share = spent / (spent + max(ends - time.time(), 0))
        hits.append(right)
        if step % args.every == 0:
            print(f"step {step} epoch {seen / len(train_rows):.2f} {spent:.0f}s share {share:.3f} side {side} keep {keep:.2f} "
                  f"loss {loss.item():.3f} photos right {sum(hits[-args.every:]) / args.every:.3f} scale {model.logit_scale.exp().item():.1f}", flush=True)
        if spent - saved > 150 or share >= 1 or asked_to_stop:
            saved = spent
            save()
        if asked_to_stop:
            print(f"stopped at step {step}, to be resumed", flush=True)
            return
        if spent - watched > 540 or share >= 1:
            watched = spent
            other = Clip(TOKENIZER.get_vocab_size(), END, layers=args.layers, heads=args.heads)
            other.load_state_dict(average)
            texts = [f"a photo of a {noun}" for noun in NOUNS]
            line = f"== step {step} spent {spent:.0f}: held-out side 8 {watch(other, pixels[held], nouns[held], texts, 8):.3f}"
            line += f" side 14 {watch(other, pixels[held], nouns[held], texts, 14):.3f}"
            line += f" side 14 half the patches {watch(other, pixels[held], nouns[held], texts, 14, 0.5):.3f}"
            if args.scenes_val:
                fresh, told = read_scenes(args.scenes_val)
                fresh = torch.from_numpy(fresh[:300])
                line += f" scenes noun {watch(other, fresh, torch.tensor([NOUNS.index(f['noun']) for f in told[:300]]), texts, 14):.3f}"
                colours = torch.tensor([COLOURS.index(f["colour"]) for f in told[:300]])
                line += f" colour {watch(other, fresh, colours, [f'a {c} thing' for c in COLOURS], 14):.3f}"
            print(line, flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main()
