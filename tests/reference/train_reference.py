"""Fine-tunes a tiny Llama in plain PyTorch and prints the losses, to compare the engine's training with.

usage: train_reference.py CASE.json   prints a JSON list of losses, one an update

The case names a model folder (f32 safetensors), `dtype`, `examples` (tokens, weights), `batches` (positions a step) with
`learning_rates` (one a step), AdamW's settings, `clip_norm`, and for LoRA the file of initial adapter tensors (PEFT's
names) with their scale. Written from the papers' formulas (RMSNorm, RoPE, SwiGLU, LoRA), not from the engine's code.
"""
import json
import math
import sys

import numpy
import torch
import torch.nn.functional as F


def load(path, dtype):
    raw = open(path, "rb").read()
    size = int.from_bytes(raw[:8], "little")
    kinds = {"F32": numpy.float32, "F64": numpy.float64}
    tensors = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        flat = numpy.frombuffer(raw[8 + size + begin:8 + size + end], kinds[entry["dtype"]])
        tensors[name] = torch.tensor(flat.reshape(entry["shape"]).copy()).to(dtype)
    return tensors


class Llama:
    def __init__(self, config, weights, adapter, scale):
        self.c, self.w, self.adapter, self.scale = config, weights, adapter, scale

    def norm(self, x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.c["rms_norm_eps"]) * self.w[name + ".weight"]

    def linear(self, x, name):
        y = F.linear(x, self.w[name + ".weight"])
        a = self.adapter.get(f"base_model.model.{name}.lora_A.weight")
        if a is not None:
            y = y + F.linear(F.linear(x, a), self.adapter[f"base_model.model.{name}.lora_B.weight"]) * self.scale
        return y

    def rotate(self, x):  # [heads, T, d]
        t, d = x.shape[1:]
        frequency = self.c["rope_theta"] ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
        angle = torch.arange(t, dtype=torch.float64)[:, None] * frequency
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
        a, b = x[..., : d // 2], x[..., d // 2:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def logits(self, ids):
        c, t = self.c, len(ids)
        heads, kv = c["num_attention_heads"], c["num_key_value_heads"]
        d = c.get("head_dim") or c["hidden_size"] // heads
        x = self.w["model.embed_tokens.weight"][ids]
        mask = torch.full((t, t), -math.inf, dtype=x.dtype).triu(1)
        for i in range(c["num_hidden_layers"]):
            layer = f"model.layers.{i}."
            h = self.norm(x, layer + "input_layernorm")
            split = lambda name, n: self.linear(h, layer + "self_attn." + name).view(t, n, d).transpose(0, 1)
            q, k, v = self.rotate(split("q_proj", heads)), self.rotate(split("k_proj", kv)), split("v_proj", kv)
            k, v = k.repeat_interleave(heads // kv, 0), v.repeat_interleave(heads // kv, 0)
            p = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(d) + mask, -1)
            x = x + self.linear((p @ v).transpose(0, 1).reshape(t, heads * d), layer + "self_attn.o_proj")
            h = self.norm(x, layer + "post_attention_layernorm")
            gated = F.silu(self.linear(h, layer + "mlp.gate_proj")) * self.linear(h, layer + "mlp.up_proj")
            x = x + self.linear(gated, layer + "mlp.down_proj")
        x = self.norm(x, "model.norm")
        return F.linear(x, self.w.get("lm_head.weight", self.w["model.embed_tokens.weight"]))


def main():
    case = json.load(open(sys.argv[1]))
    dtype = {"f32": torch.float32, "f64": torch.float64}[case["dtype"]]
    torch.set_num_threads(1)
    config = json.load(open(case["model"] + "/config.json"))
    weights = load(case["model"] + "/model.safetensors", dtype)
    adapter = load(case["adapter"], dtype) if "adapter" in case else {}
    trained = list((adapter or weights).values())
    for p in trained:
        p.requires_grad_(True)
    decay, plain = [p for p in trained if p.dim() > 1], [p for p in trained if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": case["weight_decay"]}, {"params": plain, "weight_decay": 0.0}],
        betas=(case["beta1"], case["beta2"]), eps=case["epsilon"])
    model = Llama(config, weights, adapter, case.get("scale", 1.0))
    losses = []
    for batch, rate in zip(case["batches"], case["learning_rates"]):
        total, weight = 0.0, 0.0
        for i in batch:
            ids = torch.tensor(case["examples"][i]["tokens"])
            w = torch.tensor(case["examples"][i]["weights"], dtype=dtype)[1:]
            total = total + (F.cross_entropy(model.logits(ids[:-1]), ids[1:], reduction="none") * w).sum()
            weight += w.sum().item()
        loss = total / weight
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, case["clip_norm"])
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
    json.dump(losses, sys.stdout)


main()
