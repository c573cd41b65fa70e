"""What one step asks of the model: zero-shot answers over banks of sentences drawn anew each time."""

from __future__ import annotations

import random

import torch
import torch.nn.functional as F

from make_tokenizer import PAD, make_tokenizer
from words import (BACKGROUNDS, COLOURS, KINDS, NOUNS, background_bank, caption, colour_bank, colour_noun_bank, count_bank,
                   kind_bank, noun_bank)


class Banks:
    """Collects banks of texts, so that one pass of the text tower answers them all."""

    def __init__(self):
        self.texts: list[str] = []
        self.asked = []

    def ask(self, texts: list[str], rows: torch.Tensor, targets: torch.Tensor, weight: float, smoothing: float, soft=None):
        """`rows` of the batch should choose `targets` (numbers in `texts`); `soft` are teacher probabilities."""
        if len(rows):
            start = len(self.texts)
            self.texts += texts
            self.asked.append((start, start + len(texts), rows, targets, weight, smoothing, soft))


TOKENIZER = make_tokenizer()
TOKENIZER.enable_padding(pad_id=PAD, pad_token="<|pad|>")


def ids_of(texts: list[str]) -> torch.Tensor:
    return torch.tensor([row.ids for row in TOKENIZER.encode_batch(texts)])


def photo_banks(banks: Banks, rows, nouns, chance: random.Random, smoothing: float, teacher, trust: float, weight=1.0) -> None:
    for plain in (True, False):
        banks.ask(noun_bank(chance, plain), rows, nouns, 0.5 * weight, smoothing, None if teacher is None else (teacher, trust))


def scene_banks(banks: Banks, rows, facts: list[dict], chance: random.Random, weight: float) -> None:
    number = lambda names, key: torch.tensor([names.index(fact[key]) for fact in facts])  # noqa: E731
    nouns, colours, places = number(NOUNS, "noun"), number(COLOURS, "colour"), number(BACKGROUNDS, "background")
    counts = torch.tensor([fact["count"] - 1 for fact in facts])
    banks.ask(noun_bank(chance, chance.random() < 0.5), rows, nouns, weight, 0.03)
    banks.ask(colour_bank(chance), rows, colours, 0.5 * weight, 0.03)
    asked = chance.randrange(10)
    banks.ask(colour_bank(chance, NOUNS[asked]), rows[nouns == asked], colours[nouns == asked], 0.1 * weight, 0.03)
    banks.ask(colour_noun_bank(chance), rows, nouns * len(COLOURS) + colours, 0.5 * weight, 0.03)
    banks.ask(background_bank(chance), rows, places, 0.5 * weight, 0.03)
    banks.ask(count_bank(chance), rows, counts, 0.25 * weight, 0.03)
    banks.ask(count_bank(chance, NOUNS[asked]), rows[nouns == asked], counts[nouns == asked], 0.1 * weight, 0.03)
    birds = [i for i, fact in enumerate(facts) if fact.get("kind") in KINDS]
    if birds:
        kinds = torch.tensor([list(KINDS).index(facts[i]["kind"]) for i in birds])
        banks.ask(kind_bank(chance), rows[birds], kinds, 0.15 * weight, 0.03)
    captions = [caption(fact, chance) for fact in facts]
    distinct = list(dict.fromkeys(captions))
    banks.ask(distinct, rows, torch.tensor([distinct.index(text) for text in captions]), 0.25 * weight, 0.1)


def loss_of(banks: Banks, images: torch.Tensor, text_tower, logit_scale: torch.Tensor):
    """Sum of weighted cross-entropies; also the share of right answers in the first bank."""
    texts = text_tower(ids_of(banks.texts))
    scale = logit_scale.clamp(max=4.6052).exp()
    total, first = 0.0, None
    for start, end, rows, targets, weight, smoothing, soft in banks.asked:
        logits = scale * images[rows] @ texts[start:end].T
        if soft is None:
            loss = F.cross_entropy(logits, targets, label_smoothing=smoothing)
        else:
            wanted, trust = soft
            hard = F.one_hot(targets, logits.shape[1]).float() * (1 - smoothing) + smoothing / logits.shape[1]
            loss = F.cross_entropy(logits, wanted * trust + hard * (1 - trust))
        total = total + weight * loss
        if first is None:
            first = (logits.argmax(1) == targets).float().mean().item()
    return total, first
