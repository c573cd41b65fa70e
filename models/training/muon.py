"""Orthogonalised momentum (Muon; K. Jordan et al., 2024) for weight matrices, Adam for the rest."""

from __future__ import annotations

import torch


def orthogonalise(matrices: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Replaces each matrix by one of the same row and column space with singular values near 1.

    `[..., rows, columns]`; a whole stack at once, since many small products are slow on a CPU.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    shape = matrices.shape
    x = matrices.reshape(-1, *shape[-2:]).bfloat16()
    tall = shape[-2] > shape[-1]
    if tall:
        x = x.mT.contiguous()
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    for _ in range(steps):
        gram = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).reshape(shape).float()


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised, for 2-D parameters; step length is `lr · sqrt(max(1, rows / columns))`."""

    def __init__(self, params, lr=0.02, momentum=0.95, decay=0.0):
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes: dict = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for shape, params in shapes.items():
                self.step_alike(group, shape, params)

    def step_alike(self, group, shape, params):
        for p in params:
            if not self.state[p]:
                self.state[p]["momentum"] = torch.zeros_like(p)
        momenta = [self.state[p]["momentum"] for p in params]
        grads = [p.grad for p in params]
        torch._foreach_lerp_(momenta, grads, 1 - group["momentum"])
        updates = orthogonalise(torch.stack(torch._foreach_lerp(grads, momenta, group["momentum"])))
        torch._foreach_mul_(params, 1 - group["lr"] * group["decay"])
        torch._foreach_sub_(params, list(updates.unbind()), alpha=group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5)
