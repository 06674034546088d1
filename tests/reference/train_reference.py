"""Fine-tunes a tiny Llama in plain PyTorch, to compare the engine's training with.

usage: train_reference.py CASE.json   prints a JSON list of losses, one an update

The case names a model folder (f32 safetensors), `dtype`, `examples` (tokens, weights), `batches` (positions a step) with
`learning_rates` (one a step), the optimizer's settings, `clip_norm`, the file of the `tensors` that a method adds (by the names that
the engine's strategies give them) with `scale` (LoRA) and `activation` (adapters), the names of the model's own weights that
are `trained`, and `final`, the file where trained tensors are written in the end. Written from the papers' formulas
(RMSNorm, RoPE, SwiGLU, LoRA, DoRA, IA3, prefix and prompt tuning, bottleneck adapters), not from the engine's code.
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


def save(path, tensors):
    header, blobs, offset = {}, [], 0
    for name, tensor in sorted(tensors.items()):
        blob = tensor.detach().double().numpy().astype("<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text + b"".join(blobs))


ACTIVATIONS = {"relu": F.relu, "silu": F.silu, "gelu": F.gelu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh")}


class Llama:
    """`added` are the tensors of a method, found by their names."""

    def __init__(self, config, weights, added, scale, activation):
        self.c, self.w, self.added, self.scale, self.activation = config, weights, added, scale, activation

    def norm(self, x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.c["rms_norm_eps"]) * self.w[name + ".weight"]

    def linear(self, x, name):
        factors = self.added.get(name + ".ia3_l")
        if factors is not None and name.endswith("down_proj"):
            x = x * factors
        weight = self.w[name + ".weight"]
        a = self.added.get(name + ".lora_A.weight")
        if a is not None:
            weight = weight + self.scale * (self.added[name + ".lora_B.weight"] @ a)
            magnitude = self.added.get(name + ".lora_magnitude_vector")
            if magnitude is not None:  # DoRA, section 4.3: the norm is a constant in the gradient
                weight = weight * (magnitude / weight.norm(dim=1).detach())[:, None]
        y = F.linear(x, weight, self.w.get(name + ".bias"))
        if factors is not None and not name.endswith("down_proj"):
            y = y * factors
        return y

    def adapter(self, h, name):
        if name + ".down.weight" not in self.added:
            return h
        w = self.added
        inner = ACTIVATIONS[self.activation](F.linear(h, w[name + ".down.weight"], w[name + ".down.bias"]))
        return h + F.linear(inner, w[name + ".up.weight"], w[name + ".up.bias"])

    def prefix(self):
        """[tokens, layers, 2, kv, d], or None."""
        values, kv = self.added.get("prompt_embeddings"), self.c["num_key_value_heads"]
        d = self.c.get("head_dim") or self.c["hidden_size"] // self.c["num_attention_heads"]
        if values is None:
            return None
        if "transform.0.weight" in self.added:
            w = self.added
            inner = torch.tanh(F.linear(values, w["transform.0.weight"], w["transform.0.bias"]))
            values = F.linear(inner, w["transform.2.weight"], w["transform.2.bias"])
        layers = self.c["num_hidden_layers"]
        if values.shape[1] != layers * 2 * kv * d:
            return None  # a soft prompt
        return values.view(-1, layers, 2, kv, d)

    def rotate(self, x, first):  # [heads, T, d], the first at position `first`
        t, d = x.shape[1:]
        frequency = self.c["rope_theta"] ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
        angle = (first + torch.arange(t, dtype=torch.float64))[:, None] * frequency
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
        a, b = x[..., : d // 2], x[..., d // 2:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def logits(self, ids):
        c = self.c
        heads, kv = c["num_attention_heads"], c["num_key_value_heads"]
        d = c.get("head_dim") or c["hidden_size"] // heads
        x = self.w["model.embed_tokens.weight"][ids]
        prefix = self.prefix()
        before = 0 if prefix is None else len(prefix)
        if prefix is None and "prompt_embeddings" in self.added:
            x = torch.cat([self.added["prompt_embeddings"], x])
        t = len(x)
        mask = torch.cat([torch.zeros(t, before, dtype=x.dtype), torch.full((t, t), -math.inf, dtype=x.dtype).triu(1)], 1)
        for i in range(c["num_hidden_layers"]):
            layer = f"model.layers.{i}."
            h = self.norm(x, layer + "input_layernorm")
            split = lambda name, n: self.linear(h, layer + "self_attn." + name).view(t, n, d).transpose(0, 1)
            q, k, v = self.rotate(split("q_proj", heads), before), self.rotate(split("k_proj", kv), before), split("v_proj", kv)
            if before:
                k = torch.cat([prefix[:, i, 0].transpose(0, 1), k], 1)
                v = torch.cat([prefix[:, i, 1].transpose(0, 1), v], 1)
            k, v = k.repeat_interleave(heads // kv, 0), v.repeat_interleave(heads // kv, 0)
            p = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(d) + mask, -1)
            attended = self.linear((p @ v).transpose(0, 1).reshape(t, heads * d), layer + "self_attn.o_proj")
            x = x + self.adapter(attended, layer + "attention_adapter")
            h = self.norm(x, layer + "post_attention_layernorm")
            gated = F.silu(self.linear(h, layer + "mlp.gate_proj")) * self.linear(h, layer + "mlp.up_proj")
            x = x + self.adapter(self.linear(gated, layer + "mlp.down_proj"), layer + "mlp_adapter")
        x = self.norm(x[t - len(ids):], "model.norm")
        return F.linear(x, self.w.get("lm_head.weight", self.w["model.embed_tokens.weight"]))


def main():
    case = json.load(open(sys.argv[1]))
    dtype = {"f32": torch.float32, "f64": torch.float64}[case["dtype"]]
    torch.set_num_threads(1)
    config = json.load(open(case["model"] + "/config.json"))
    weights = load(case["model"] + "/model.safetensors", dtype)
    added = load(case["tensors"], dtype) if "tensors" in case else {}
    named = {**added, **{name: weights[name] for name in case["trained"]}}
    trained = list(named.values())
    for p in trained:
        p.requires_grad_(True)
    decay, plain = [p for p in trained if p.dim() > 1], [p for p in trained if p.dim() == 1]
    groups = [{"params": decay, "weight_decay": case["weight_decay"]}, {"params": plain, "weight_decay": 0.0}]
    if case.get("optimizer") == "sgd":
        optimizer = torch.optim.SGD(groups, lr=1.0, momentum=case["momentum"])
    else:
        optimizer = torch.optim.AdamW(groups, betas=(case["beta1"], case["beta2"]), eps=case["epsilon"])
    model = Llama(config, weights, added, case.get("scale", 1.0), case.get("activation", "relu"))
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
    save(case["final"], named)
    json.dump(losses, sys.stdout)


main()
