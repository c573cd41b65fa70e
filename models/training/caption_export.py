"""Writes a checkpoint as a Hugging Face BLIP captioning folder with half-precision weights."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from caption_model import PATCH, smooth, text_settings
from caption_words import make_tokenizer, write_tokenizer
from export import PREPROCESSOR, patch_filters
from model import GRID

LAYER = {"norm1": "layer_norm1", "norm2": "layer_norm2", "qkv": "self_attn.qkv", "out": "self_attn.projection", "up": "mlp.fc1", "down": "mlp.fc2"}
TIED = ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")


def blip_tensors(state: dict) -> dict:
    """All tensors under the names of transformers' BlipForConditionalGeneration, tied ones once."""
    named = {
        "vision_model.embeddings.class_embedding": state["vision.class_token"][None, None],
        "vision_model.embeddings.position_embedding": state["vision.position"][None],
        "vision_model.embeddings.patch_embedding.weight": patch_filters(state["vision.patch.weight"] @ smooth()),
        "vision_model.embeddings.patch_embedding.bias": state["vision.patch.bias"],
        "vision_model.post_layernorm.weight": state["vision.post_norm.weight"],
        "vision_model.post_layernorm.bias": state["vision.post_norm.bias"],
    }
    for name, value in state.items():
        room, _, rest = name.partition(".")
        if room == "text" and rest not in TIED:
            named[f"text_decoder.{rest}"] = value
        elif name.startswith("vision.layers."):
            _, _, number, part, kind = name.split(".")
            named[f"vision_model.encoder.layers.{number}.{LAYER[part]}.{kind}"] = value
    return named


def config_of(words: int) -> dict:
    text = text_settings(words)
    return {
        "architectures": ["BlipForConditionalGeneration"], "model_type": "blip", "projection_dim": 128, "image_text_hidden_size": 128,
        "logit_scale_init_value": 2.6592, "tie_word_embeddings": True, "torch_dtype": "float16",
        "vision_config": {
            "model_type": "blip_vision_model", "hidden_size": 192, "intermediate_size": 576, "num_hidden_layers": 6, "num_attention_heads": 6,
            "num_channels": 3, "image_size": GRID * PATCH, "patch_size": PATCH, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
            "attention_dropout": 0.0, "initializer_range": 0.02, "projection_dim": 128},
        "text_config": text,
    }


SQUASHED = {
    **{key: PREPROCESSOR[key] for key in ("do_convert_rgb", "do_resize", "size", "resample", "do_rescale", "rescale_factor", "do_normalize")},
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
    "image_processor_type": "BlipImageProcessor", "processor_class": "BlipProcessor",
}


def export(checkpoint: Path, folder: Path, weights: str = "average") -> None:
    state = torch.load(checkpoint, weights_only=False)[weights]
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().contiguous() for name, value in blip_tensors(state).items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    (folder / "config.json").write_text(json.dumps(config_of(make_tokenizer().get_vocab_size()), indent=2) + "\n")
    (folder / "preprocessor_config.json").write_text(json.dumps(SQUASHED, indent=2) + "\n")
    write_tokenizer(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", choices=["average", "model"], default="average")
    args = parser.parse_args()
    export(args.checkpoint, args.out, args.weights)
