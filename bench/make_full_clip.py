"""Saves a full-size CLIP folder with random weights, and what transformers makes of it, for parity and speed.

    python make_full_clip.py OUT --bpe bpe_simple_vocab_16e6.txt.gz                        ViT-B/16, float32
    python make_full_clip.py OUT --bpe … --patch 32                                         ViT-B/32
    python make_full_clip.py OUT --bpe … --patch 14 --layers 24 --width 1024 --heads 16 \\
        --projection 768 --text-width 768 --text-heads 12                                   ViT-L/14

Random weights make numerics, speed and memory real; labels mean nothing. The merges file comes from
https://github.com/openai/CLIP (MIT). golden.safetensors holds `pixel_values` [2, 3, H, W], `input_ids` [texts, 77],
`image_embeds`, `text_embeds` (not normalised), computed in float32 from the saved weights. About 600 MB for B/16.
"""
import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

sys.path.insert(0, str(Path(__file__).parent.parent / "test" / "fixtures" / "clip"))
from clip_tokenizer import build_clip_tokenizer, tokenizer_config  # noqa: E402
from make_tiny_clip import MEAN, STD, randomize, write_json  # noqa: E402

TEXTS = ["a photo of a cat", "a photo of a dog", "two red birds over water", "an aerial view of a container ship",
         " ".join(["a very long caption that does not fit"] * 20)]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--bpe", required=True, help="bpe_simple_vocab_16e6.txt.gz of openai/CLIP")
    for name, default in (("patch", 16), ("image-size", 224), ("layers", 12), ("width", 768), ("heads", 12),
                          ("text-layers", 12), ("text-width", 512), ("text-heads", 8), ("projection", 512), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--activation", choices=["quick_gelu", "gelu"], default="quick_gelu")
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"], default="float32")
    return parser.parse_args()


def main():
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    config = CLIPConfig(
        vision_config={"hidden_size": args.width, "num_attention_heads": args.heads, "num_hidden_layers": args.layers,
                       "intermediate_size": 4 * args.width, "image_size": args.image_size, "patch_size": args.patch,
                       "hidden_act": args.activation, "projection_dim": args.projection},
        text_config={"hidden_size": args.text_width, "num_attention_heads": args.text_heads,
                     "num_hidden_layers": args.text_layers, "intermediate_size": 4 * args.text_width,
                     "hidden_act": args.activation, "projection_dim": args.projection},
        projection_dim=args.projection)
    torch.manual_seed(args.seed)
    model = CLIPModel(config).eval()
    randomize(model, args.seed)
    model.to(getattr(torch, args.dtype)).save_pretrained(args.out)
    model.to(torch.float32)
    size = args.image_size
    write_json(args.out / "preprocessor_config.json", {
        "crop_size": {"height": size, "width": size}, "do_center_crop": True, "do_convert_rgb": True,
        "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": MEAN, "image_std": STD,
        "image_processor_type": "CLIPImageProcessor", "resample": 3, "rescale_factor": 1 / 255,
        "size": {"shortest_edge": size}})
    tokenizer = build_clip_tokenizer(args.bpe)
    tokenizer.save(str(args.out / "tokenizer.json"))
    write_json(args.out / "tokenizer_config.json", tokenizer_config())
    write_golden(args, model, tokenizer)


@torch.no_grad()
def write_golden(args, model, tokenizer):
    generator = torch.Generator().manual_seed(args.seed + 1)
    pixels = torch.randn(2, 3, args.image_size, args.image_size, generator=generator)
    end = tokenizer.token_to_id("<|endoftext|>")
    tokenizer.enable_truncation(77)
    tokenizer.enable_padding(length=77, pad_id=end, pad_token="<|endoftext|>")
    ids = torch.tensor([row.ids for row in tokenizer.encode_batch(TEXTS)])
    images = model.get_image_features(pixel_values=pixels).pooler_output
    texts = model.get_text_features(input_ids=ids).pooler_output
    save_file({"pixel_values": pixels, "input_ids": ids, "image_embeds": images.contiguous(),
               "text_embeds": texts.contiguous()}, args.out / "golden.safetensors", metadata={"texts": json.dumps(TEXTS)})
    size = sum(file.stat().st_size for file in args.out.iterdir())
    print(f"{args.out}: {size / 1e6:.0f} MB, image embedding std {images.std():.3f}, text {texts.std():.3f}, cosine of"
          f" the two images {torch.nn.functional.cosine_similarity(images[:1], images[1:]).item():.3f}")


if __name__ == "__main__":
    main()
