"""Saves a full-size BLIP captioning folder with random weights, and what transformers makes of it, for parity and speed.

    python make_full_blip.py OUT --vocab bert-base-uncased-vocab.txt                        base: ViT-B/16 at 384 px
    python make_full_blip.py OUT --vocab … --layers 24 --width 1024 --heads 16               large: ViT-L/16 at 384 px

Random weights make numerics, speed and memory real; captions mean nothing, but differ from image to image. The vocabulary
is that of google-bert/bert-base-uncased (Apache-2.0), a word piece a line. golden.safetensors holds `pixel_values`
[2, 3, H, W], `image_tokens` [2, tokens, width], `input_ids` [2, 8] and the decoder's `logits` [2, 8, 30524] behind each.
"""
import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BlipConfig, BlipForConditionalGeneration

sys.path.insert(0, str(Path(__file__).parent.parent / "test" / "fixtures" / "blip"))
from make_tiny_blip import MEAN, STD, randomize, write_json  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--vocab", required=True, type=Path, help="vocab.txt of bert-base-uncased")
    for name, default in (("patch", 16), ("image-size", 384), ("layers", 12), ("width", 768), ("heads", 12), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"], default="float32")
    return parser.parse_args()


def bert_tokenizer(vocab_file):
    """What `Salesforce/blip-image-captioning-base` has: BERT's word pieces, [DEC] and [ENC] behind them."""
    words = vocab_file.read_text(encoding="utf-8").splitlines()
    assert len(words) == 30522 and words[101:103] == ["[CLS]", "[SEP]"]
    tokenizer = Tokenizer(WordPiece({word: place for place, word in enumerate(words)}, unk_token="[UNK]",
                                    max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 101), ("[SEP]", 102)])
    settings = {"tokenizer_class": "BertTokenizer", "bos_token": "[DEC]", "additional_special_tokens": ["[ENC]"],
                "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]",
                "mask_token": "[MASK]", "do_lower_case": True, "model_max_length": 512}
    return tokenizer, settings


@torch.no_grad()
def soften(model):
    """Logits of a few units, and attention to few of the image's tokens: then captions differ in every word."""
    for name, value in model.text_decoder.named_parameters():
        if "word_embeddings" in name:
            value.mul_(0.2)
        if "crossattention.self.query" in name or "crossattention.self.key" in name:
            value.mul_(3)


def main():
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    config = BlipConfig(
        vision_config={"hidden_size": args.width, "num_attention_heads": args.heads, "num_hidden_layers": args.layers,
                       "intermediate_size": 4 * args.width, "image_size": args.image_size, "patch_size": args.patch},
        text_config={"num_attention_heads": 12})
    torch.manual_seed(args.seed)
    model = BlipForConditionalGeneration(config).eval()
    randomize(model, args.seed)
    soften(model)
    model.to(getattr(torch, args.dtype)).save_pretrained(args.out)
    (args.out / "generation_config.json").unlink(missing_ok=True)
    model.to(torch.float32)
    size = args.image_size
    write_json(args.out / "preprocessor_config.json", {
        "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": MEAN, "image_std": STD,
        "image_processor_type": "BlipImageProcessor", "resample": 3, "rescale_factor": 1 / 255,
        "size": {"height": size, "width": size}})
    tokenizer, settings = bert_tokenizer(args.vocab)
    tokenizer.save(str(args.out / "tokenizer.json"))
    write_json(args.out / "tokenizer_config.json", settings)
    write_golden(args, model, tokenizer)


@torch.no_grad()
def write_golden(args, model, tokenizer):
    generator = torch.Generator().manual_seed(args.seed + 1)
    size = args.image_size
    coarse = torch.randn(2, 3, 6, 6, generator=generator)  # patches differ in level and in texture
    pixels = torch.nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")
    pixels = pixels + 0.3 * torch.randn(2, 3, size, size, generator=generator)
    tokens = model.vision_model(pixel_values=pixels).last_hidden_state
    ids = torch.randint(1000, 30000, (2, 8), generator=generator)
    ids[:, 0] = model.config.text_config.bos_token_id
    logits = model.text_decoder(input_ids=ids, encoder_hidden_states=tokens, use_cache=False).logits
    save_file({"pixel_values": pixels, "image_tokens": tokens.contiguous(), "input_ids": ids,
               "logits": logits.contiguous()}, args.out / "golden.safetensors")
    captions = model.generate(pixel_values=pixels, num_beams=1, max_length=10)
    total = sum(file.stat().st_size for file in args.out.iterdir())
    print(f"{args.out}: {total / 1e6:.0f} MB, cosine of the two class tokens",
          f"{torch.nn.functional.cosine_similarity(tokens[:1, 0], tokens[1:, 0]).item():.3f}, logits std {logits.std():.2f}")
    for caption in captions.tolist():
        print(" ", tokenizer.decode(caption))


if __name__ == "__main__":
    main()
