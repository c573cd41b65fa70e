"""Caption metrics by pycocoevalcap, for bench/caption-metrics.mjs and test/fixtures/metrics/make_captions.py.

    pip install pycocoevalcap==1.2 numpy --no-deps      # and Java: its tokeniser is Stanford's
    python caption_metrics_reference.py SETS.jsonl OUT.json

SETS.jsonl holds a set in each line: {"caption": "...", "references": ["...", ...]}. OUT.json gets the tokens of every
text, as its BLEU and CIDEr split them, and the scores of the whole and of each set.
"""
import contextlib
import io
import json
import sys
from pathlib import Path

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer


def tokenize(texts):
    """Tokens of each text. Line breaks other than a newline would shift the tokeniser's lines: they become spaces."""
    texts = [" ".join(text.splitlines()) for text in texts]
    lines = PTBTokenizer().tokenize({index: [{"caption": text}] for index, text in enumerate(texts)})
    return [lines[index][0].split() for index in range(len(texts))]


def score(captions, references):
    """Scores of tokenised captions; per image as far as the package has them."""
    res = {index: [" ".join(tokens)] for index, tokens in enumerate(captions)}
    gts = {index: [" ".join(tokens) for tokens in texts] for index, texts in enumerate(references)}
    with contextlib.redirect_stdout(io.StringIO()):
        bleu, bleus = Bleu(4).compute_score(gts, res)
        rouge, rouges = Rouge().compute_score(gts, res)
        cider, ciders = Cider().compute_score(gts, res)
    return {
        "bleu": [float(value) for value in bleu],
        "rougeL": float(rouge),
        "cider": float(cider),
        "images": [
            {"bleu": [float(order[index]) for order in bleus], "rougeL": float(rouges[index]), "cider": float(ciders[index])}
            for index in range(len(captions))
        ],
    }


def measure(sets):
    texts = [text for one in sets for text in [one["caption"], *one["references"]]]
    tokens = iter(tokenize(texts))
    tokenized = [{"caption": next(tokens), "references": [next(tokens) for _ in one["references"]]} for one in sets]
    scores = score([one["caption"] for one in tokenized], [one["references"] for one in tokenized])
    return {"tokens": tokenized, **scores}


if __name__ == "__main__":
    source, out = sys.argv[1:]
    sets = [json.loads(line) for line in Path(source).read_text(encoding="utf-8").splitlines() if line.strip()]
    Path(out).write_text(json.dumps(measure(sets)) + "\n", encoding="utf-8")
