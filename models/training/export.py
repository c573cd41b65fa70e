"""Writes a checkpoint as a Hugging Face CLIP folder with half-precision weights."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from make_tokenizer import END, MAX_TOKENS, PAD, START, write_tokenizer
from model import GRID, QUICK, Clip
from views import MEAN, STD
from words import NOUNS

PATCH = 16
BLOCK = 4  # a stored filter value covers 4×4 pixels


def patch_filters(linear: torch.Tensor) -> torch.Tensor:
    """`[width, 48]` on 4×4-averaged pixels to the same filters on 16×16 pixels, `[width, 3, 16, 16]`."""
    coarse = linear.view(-1, 3, PATCH // BLOCK, PATCH // BLOCK) / BLOCK**2
    return coarse.repeat_interleave(BLOCK, 2).repeat_interleave(BLOCK, 3)


def layer_tensors(prefix: str, state: dict, source: str) -> dict:
    """One encoder layer under CLIP's names; quick_gelu takes its factor 1.702 back out of the weights."""
    named = {}
    for part, name in zip(state[source + "qkv.weight"].chunk(3), "qkv"):
        named[f"{prefix}self_attn.{name}_proj.weight"] = part
    for part, name in zip(state[source + "qkv.bias"].chunk(3), "qkv"):
        named[f"{prefix}self_attn.{name}_proj.bias"] = part
    for kind in ("weight", "bias"):
        named[f"{prefix}self_attn.out_proj.{kind}"] = state[f"{source}out.{kind}"]
        named[f"{prefix}layer_norm1.{kind}"] = state[f"{source}norm1.{kind}"]
        named[f"{prefix}layer_norm2.{kind}"] = state[f"{source}norm2.{kind}"]
        named[f"{prefix}mlp.fc1.{kind}"] = state[f"{source}up.{kind}"] / QUICK
    named[f"{prefix}mlp.fc2.weight"] = state[f"{source}down.weight"] * QUICK
    named[f"{prefix}mlp.fc2.bias"] = state[f"{source}down.bias"]
    return named


def clip_tensors(state: dict, layers: int) -> dict:
    """All tensors of the model under the names of transformers' CLIPModel."""
    named = {
        "logit_scale": state["logit_scale"].clamp(max=4.6052),
        "vision_model.embeddings.class_embedding": state["vision.class_token"],
        "vision_model.embeddings.patch_embedding.weight": patch_filters(state["vision.patch.weight"]),
        "vision_model.embeddings.position_embedding.weight": state["vision.position"],
        "visual_projection.weight": state["vision.project.weight"],
        "text_model.embeddings.token_embedding.weight": state["text.word.weight"],
        "text_model.embeddings.position_embedding.weight": state["text.position"],
        "text_projection.weight": state["text.project.weight"],
    }
    for kind in ("weight", "bias"):
        named[f"vision_model.pre_layrnorm.{kind}"] = state[f"vision.pre_norm.{kind}"]
        named[f"vision_model.post_layernorm.{kind}"] = state[f"vision.post_norm.{kind}"]
        named[f"text_model.final_layer_norm.{kind}"] = state[f"text.last_norm.{kind}"]
    for number in range(layers):
        named |= layer_tensors(f"vision_model.encoder.layers.{number}.", state, f"vision.layers.{number}.")
    for number in range(sum(name.startswith("text.layers.") and name.endswith(".qkv.weight") for name in state)):
        named |= layer_tensors(f"text_model.encoder.layers.{number}.", state, f"text.layers.{number}.")
    return named


def config_of(model: Clip, words: int) -> dict:
    vision, text = model.vision, model.text
    projection = vision.project.weight.shape[0]
    shared = {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "attention_dropout": 0.0, "projection_dim": projection}
    return {
        "architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": projection,
        "logit_scale_init_value": 2.6592, "torch_dtype": "float16",
        "vision_config": {
            "model_type": "clip_vision_model", "hidden_size": vision.width, "intermediate_size": vision.layers[0].up.weight.shape[0],
            "num_hidden_layers": len(vision.layers), "num_attention_heads": vision.heads, "num_channels": 3,
            "image_size": GRID * PATCH, "patch_size": PATCH, **shared},
        "text_config": {
            "model_type": "clip_text_model", "hidden_size": text.word.weight.shape[1], "intermediate_size": text.layers[0].up.weight.shape[0],
            "num_hidden_layers": len(text.layers), "num_attention_heads": text.layers[0].heads, "vocab_size": words,
            "max_position_embeddings": MAX_TOKENS, "pad_token_id": PAD, "bos_token_id": START, "eos_token_id": END, **shared},
        "vwt": {"labels": NOUNS, "prompt": "a photo of a {}"},
    }


PREPROCESSOR = {
    "image_processor_type": "CLIPImageProcessor", "feature_extractor_type": "CLIPFeatureExtractor",
    "do_convert_rgb": True, "do_resize": True, "size": {"height": 224, "width": 224}, "resample": 3,
    "do_center_crop": True, "crop_size": {"height": 224, "width": 224}, "do_rescale": True, "rescale_factor": 1 / 255,
    "do_normalize": True, "image_mean": [round(v, 8) for v in MEAN.tolist()], "image_std": [round(v, 8) for v in STD.tolist()],
}


def export(checkpoint: Path, folder: Path, weights: str = "average") -> None:
    kept = torch.load(checkpoint, weights_only=False)
    state = kept[weights]
    model = Clip(state["text.word.weight"].shape[0], END, layers=kept["layers"], heads=kept["heads"])
    model.load_state_dict(state)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().half().contiguous() for name, value in clip_tensors(state, kept["layers"]).items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    (folder / "config.json").write_text(json.dumps(config_of(model, state["text.word.weight"].shape[0]), indent=2) + "\n")
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR, indent=2) + "\n")
    write_tokenizer(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", choices=["average", "model"], default="average")
    args = parser.parse_args()
    export(args.checkpoint, args.out, args.weights)
