"""The captioner as trained: BLIP's vision tower on coarse pixels, and transformers' own BLIP text decoder."""

from __future__ import annotations

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn
from transformers import BlipTextConfig
from transformers.models.blip.modeling_blip_text import BlipTextLMHeadModel

from caption_words import MAX_TOKENS, PAD, SEPARATOR
from model import GRID, Layer

PATCH = 16
BLOCK = 4  # a stored filter value covers 4×4 pixels
CELLS = PATCH // BLOCK
#: Cosine components (u, v) of a patch that its filters may use, each below this; the finest ones, which enlarged
#: CIFAR-10 photos do not have and larger photos do, would be learned from drawings alone.
COMPONENTS = 3


def smooth(components: int = COMPONENTS) -> torch.Tensor:
    """`[48, 48]`: the projection of a patch's values onto its coarse cosine components, channel by channel."""
    u, x = torch.meshgrid(torch.arange(CELLS), torch.arange(CELLS), indexing="ij")
    cosines = torch.cos(math.pi * (x + 0.5) * u / CELLS) * torch.where(u == 0, 0.5, math.sqrt(0.5))
    line = cosines[:components].T @ cosines[:components]
    return torch.kron(torch.eye(3), torch.kron(line, line))


class BlipLayer(Layer):
    """One encoder layer of BLIP: as CLIP's, with an exact gelu."""

    def forward(self, x, mask=None):
        b, t, w = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        likeness = torch.matmul(q * (w // self.heads) ** -0.5, k.transpose(-1, -2))
        mixed = torch.matmul(torch.softmax(likeness, -1, dtype=likeness.dtype), v)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, t, w))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class BlipVision(nn.Module):
    """Patches `[B, T, 48]` and their grid positions `[B, T]` (0 to 195) to normalised tokens `[B, 1 + T, width]`."""

    def __init__(self, width=192, layers=6, heads=6, hidden=576):
        super().__init__()
        self.width, self.heads = width, heads
        self.patch = nn.Linear(3 * CELLS**2, width)
        self.class_token = nn.Parameter(torch.zeros(width))
        self.position = nn.Parameter(torch.zeros(1 + GRID * GRID, width))
        self.layers = nn.ModuleList([BlipLayer(width, heads, hidden) for _ in range(layers)])
        self.post_norm = nn.LayerNorm(width)
        self.register_buffer("smooth", smooth(), persistent=False)

    def forward(self, patches, positions):
        x = self.patch(patches @ self.smooth) + self.position[1:][positions].to(patches.dtype)
        first = (self.class_token + self.position[0]).to(x.dtype).expand(x.shape[0], 1, -1)
        x = torch.cat([first, x], 1)
        for layer in self.layers:
            x = layer(x)
        return self.post_norm(x)

    @torch.no_grad()
    def start_from_clip(self, folder: Path, patches: torch.Tensor, positions: torch.Tensor) -> None:
        """Takes over the tower of a CLIP folder made by export.py.

        BLIP has no normalisation before its first layer. The one CLIP has is folded into filters and position
        embeddings, with the deviation of each token replaced by the mean over `patches`; exact for the class token.
        """
        state = {name.removeprefix("vision_model."): value.float() for name, value in load_file(folder / "model.safetensors").items()}
        filters = state["embeddings.patch_embedding.weight"][:, :, ::BLOCK, ::BLOCK].flatten(1) * BLOCK**2
        position = state["embeddings.position_embedding.weight"]
        gain, shift = state["pre_layrnorm.weight"], state["pre_layrnorm.bias"]
        first = state["embeddings.class_embedding"] + position[0]
        tokens = patches @ self.smooth @ filters.T + position[1:][positions]
        scale = gain / tokens.std(-1).mean()
        self.patch.weight.copy_(scale[:, None] * (filters - filters.mean(0)))
        self.patch.bias.zero_()
        self.position.copy_(scale * (position - position.mean(1, keepdim=True)) + shift)
        self.class_token.copy_(F.layer_norm(first, first.shape, gain, shift, 1e-5) - self.position[0])
        for number, layer in enumerate(self.layers):
            source = f"encoder.layers.{number}."
            for kind in ("weight", "bias"):
                parts = [state[f"{source}self_attn.{part}_proj.{kind}"] for part in "qkv"]
                getattr(layer.qkv, kind).copy_(torch.cat(parts))
                for mine, name in (("out", "self_attn.out_proj"), ("norm1", "layer_norm1"), ("norm2", "layer_norm2"),
                                   ("up", "mlp.fc1"), ("down", "mlp.fc2")):
                    getattr(getattr(layer, mine), kind).copy_(state[f"{source}{name}.{kind}"])
        for kind in ("weight", "bias"):
            getattr(self.post_norm, kind).copy_(state[f"post_layernorm.{kind}"])


def text_settings(words: int) -> dict:
    """The text part of config.json: a BERT decoder with cross-attention; the last two entries are [DEC] and [ENC]."""
    return {
        "model_type": "blip_text_model", "vocab_size": words, "hidden_size": 128, "encoder_hidden_size": 192, "intermediate_size": 512,
        "num_hidden_layers": 3, "num_attention_heads": 4, "max_position_embeddings": MAX_TOKENS, "hidden_act": "gelu",
        "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "initializer_range": 0.02,
        "bos_token_id": words - 2, "eos_token_id": SEPARATOR, "pad_token_id": PAD, "sep_token_id": SEPARATOR,
        "is_decoder": True, "use_cache": True, "label_smoothing": 0.0, "projection_dim": 128,
    }


class Captioner(nn.Module):
    def __init__(self, words: int):
        super().__init__()
        self.start = words - 2
        self.vision = BlipVision()
        self.text = BlipTextLMHeadModel(BlipTextConfig(**text_settings(words)))

    def forward(self, tokens, ids):
        """Logits `[B, L, words]` for what follows each of `ids` `[B, L]`, given image tokens."""
        return self.text(input_ids=ids, encoder_hidden_states=tokens, use_cache=False).logits

    @torch.no_grad()
    def greedy(self, tokens, most: int = 12) -> torch.Tensor:
        """The likeliest word again and again, `[B, 1 + most]`; what follows [SEP] has no meaning."""
        ids = torch.full((len(tokens), 1), self.start)
        for _ in range(most):
            ids = torch.cat([ids, self(tokens, ids)[:, -1:].argmax(-1)], 1)
        return ids
