"""The sentences a captioner learns, and its BERT-style tokenizer: whole words, and letters for every other word."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from words import COLOURS, NOUNS, article, every_word, plural

FIRST = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNKNOWN, CLASS, SEPARATOR, MASK = range(5)
LAST = ["[DEC]", "[ENC]"]
MAX_TOKENS = 64

#: What a sentence may be asked to go on from. Nothing is learned about these words themselves.
OPENINGS = ["a photo of", "a picture of", "an image of", "a drawing of", "a photograph of", "this is", "there is", "i see",
            "the picture shows"]
PHOTO = "a photo of "


def photo_caption(noun: str) -> str:
    """`a photo of a dog`."""
    return PHOTO + article(noun)


def opened(caption: str, chance: random.Random, share: float = 0.3) -> tuple[str, str]:
    """A caption as (opening, rest). In `share` of the cases the opening is one that a user might type, else empty.

    A photo's own "a photo of" then gives way, and now and then the opening is a few words of no meaning, so that
    a prompt nobody foresaw is still followed by the caption.
    """
    if chance.random() >= share:
        return "", caption
    rest = caption.removeprefix(PHOTO)
    if chance.random() < 0.2:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 3))), rest
    return chance.choice(OPENINGS), rest


def caption_words() -> list[str]:
    """Every whole word of the vocabulary, sorted: the sentences', the openings' and the words of `mini`."""
    texts = [*every_word(), *OPENINGS, "against", *COLOURS, *NOUNS, *map(plural, NOUNS)]
    return sorted({word for text in texts for word in text.split() if word.isalpha() and len(word) > 1})


WORDS = caption_words()


def make_tokenizer() -> Tokenizer:
    """Lower-cases, splits as BERT does; a word that is no entry is spelt, so ASCII text never becomes [UNK]."""
    letters = string.ascii_lowercase + string.digits
    entries = [*FIRST, *string.punctuation, *letters, *(f"##{letter}" for letter in letters), *WORDS, *LAST]
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", CLASS), ("[SEP]", SEPARATOR)])
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.add_special_tokens(FIRST + LAST)
    return tokenizer


def write_tokenizer(folder: Path) -> None:
    make_tokenizer().save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": MAX_TOKENS,
        "clean_up_tokenization_spaces": True, "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]",
        "sep_token": "[SEP]", "mask_token": "[MASK]", "model_input_names": ["input_ids", "attention_mask"],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
