#!/usr/bin/python3
"""A Llama forward pass in NumPy, float64 from end to end, written apart from the engine: what its logits are held against.

    llama_numpy.py FOLDER [--adapter FOLDER] [--greedy N] < ids.json > answer.json

FOLDER is a Hugging Face folder; standard input holds a list of lists of token ids. The answer has for each list the last
position's `logits`, `mean_cross_entropy` (null for one token) and, with --greedy, the next N tokens by argmax with the
smallest gap between the best two logits on the way. Nothing is cached: every token is computed from the whole text.
"""
import argparse
import json
import math
import pathlib
import struct
import sys

import numpy as np


def read_safetensors(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    tensors = {}
    for name, entry in json.loads(raw[8:8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        data = raw[8 + length + begin:8 + length + end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "BOOL": "?"}
            values = np.frombuffer(data, kinds[entry["dtype"]])
        tensors[name] = values.astype(np.float64).reshape(entry["shape"])
    return tensors


def read_weights(folder):
    weights = {}
    for path in sorted(folder.glob("model*.safetensors")):
        weights.update(read_safetensors(path))
    return weights


def module_of(name, part):
    """The module of a PEFT tensor's name, or None where it is no tensor of this part."""
    return name.removeprefix("base_model.model.")[:-len(part)] if name.endswith(part) else None


class Adapter:
    """What an adapter folder says: PEFT's LORA (DoRA included), IA3, PREFIX_TUNING and PROMPT_TUNING, and bottleneck modules."""

    def __init__(self, folder=None):
        self.outputs, self.inputs, self.modules = {}, {}, {}
        self.prefix = self.prompt = None
        self.activation = "relu"
        if folder is None:
            return
        self.config = json.loads((folder / "adapter_config.json").read_text())
        self.tensors = read_safetensors(folder / "adapter_model.safetensors")
        kind = self.config.get("peft_type") or self.config["adapter_type"]
        if kind == "PREFIX_TUNING":
            self.prefix = self.tensors["prompt_embeddings"]
        elif kind == "PROMPT_TUNING":
            self.prompt = self.tensors["prompt_embeddings"]
        elif kind == "bottleneck":
            self.activation = self.config["activation"]
            self.modules = self.tensors
        elif kind == "IA3":
            for name, factors in self.tensors.items():
                (self.inputs if factors.shape[0] == 1 else self.outputs)[module_of(name, ".ia3_l")] = factors.reshape(-1)

    def change(self, weights):
        if getattr(self, "config", {}).get("peft_type") != "LORA":
            return
        scale = self.config["lora_alpha"] / (math.sqrt(self.config["r"]) if self.config.get("use_rslora") else self.config["r"])
        for name, a in self.tensors.items():
            module = module_of(name, ".lora_A.weight")
            if module is None:
                continue
            full = weights[module + ".weight"] + scale * (self.tensors[name.replace(".lora_A.", ".lora_B.")] @ a)
            magnitude = self.tensors.get(f"base_model.model.{module}.lora_magnitude_vector")
            if magnitude is not None:
                full = full * (magnitude / np.linalg.norm(full, axis=1))[:, None]
            weights[module + ".weight"] = full

    def after(self, place, x):
        """What the bottleneck module of this place makes of a sublayer's output."""
        if place + ".down.weight" not in self.modules:
            return x
        w = self.modules
        h = x @ w[place + ".down.weight"].T + w[place + ".down.bias"]
        h = {"relu": lambda v: np.maximum(v, 0), "silu": lambda v: v / (1 + np.exp(-v))}[self.activation](h)
        return x + h @ w[place + ".up.weight"].T + w[place + ".up.bias"]


class Llama:
    def __init__(self, config, weights, adapter):
        self.config, self.weights, self.adapter = config, weights, adapter
        adapter.change(weights)
        self.heads = config["num_attention_heads"]
        self.kv_heads = config.get("num_key_value_heads") or self.heads
        self.size = config.get("head_dim") or config["hidden_size"] // self.heads
        self.frequencies = self.rotary_frequencies()

    def rotary_frequencies(self):
        rope = dict(self.config.get("rope_scaling") or {})
        rope.update(self.config.get("rope_parameters") or {})
        theta = rope.get("rope_theta", self.config.get("rope_theta", 10000.0))
        kind = rope.get("rope_type", rope.get("type", "default"))
        frequencies = 1.0 / theta ** (np.arange(0, self.size, 2) / self.size)
        if kind == "linear":
            return frequencies / rope["factor"]
        if kind == "llama3":
            old, low, high = rope["original_max_position_embeddings"], rope["low_freq_factor"], rope["high_freq_factor"]
            turns = old * frequencies / (2 * np.pi)  # in the old context
            share = np.clip((turns - low) / (high - low), 0, 1)  # kept as it is
            return frequencies * (share + (1 - share) / rope["factor"])
        if kind != "default":
            raise SystemExit(f"rope type {kind} is not known here")
        return frequencies

    def linear(self, x, module):
        y = (x * self.adapter.inputs.get(module, 1.0)) @ self.weights[module + ".weight"].T
        if module + ".bias" in self.weights:
            y = y + self.weights[module + ".bias"]
        return y * self.adapter.outputs.get(module, 1.0)

    def norm(self, x, module):
        return x / np.sqrt(np.mean(x * x, -1, keepdims=True) + self.config.get("rms_norm_eps", 1e-6)) * self.weights[module + ".weight"]

    def rotate(self, x, first):  # [heads, positions, size], the first of them at position `first`
        angles = (first + np.arange(x.shape[1]))[:, None] * self.frequencies
        turn = np.exp(1j * angles)
        half = self.size // 2
        z = (x[..., :half] + 1j * x[..., half:]) * turn
        return np.concatenate([z.real, z.imag], -1)

    def logits(self, ids):
        w, adapter = self.weights, self.adapter
        x = w["model.embed_tokens.weight"][ids]
        if adapter.prompt is not None:
            x = np.concatenate([adapter.prompt, x])
        n, before = len(x), 0 if adapter.prefix is None else len(adapter.prefix)
        split = lambda y, heads: y.reshape(-1, heads, self.size).transpose(1, 0, 2)
        hidden_from = np.concatenate([np.zeros((n, before)), np.triu(np.full((n, n), -np.inf), 1)], 1)
        for i in range(self.config["num_hidden_layers"]):
            at = f"model.layers.{i}."
            h = self.norm(x, at + "input_layernorm")
            q = self.rotate(split(self.linear(h, at + "self_attn.q_proj"), self.heads), before)
            k = self.rotate(split(self.linear(h, at + "self_attn.k_proj"), self.kv_heads), before)
            v = split(self.linear(h, at + "self_attn.v_proj"), self.kv_heads)
            if before:  # past keys and values, as a cache holds them: [tokens, layers, key or value, heads, size]
                past = adapter.prefix.reshape(before, self.config["num_hidden_layers"], 2, self.kv_heads, self.size)[:, i]
                k = np.concatenate([past[:, 0].transpose(1, 0, 2), k], 1)
                v = np.concatenate([past[:, 1].transpose(1, 0, 2), v], 1)
            k, v = (np.repeat(t, self.heads // self.kv_heads, 0) for t in (k, v))
            scores = q @ k.transpose(0, 2, 1) / math.sqrt(self.size) + hidden_from
            p = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (p / p.sum(-1, keepdims=True)) @ v
            x = x + adapter.after(at + "attention_adapter", self.linear(mixed.transpose(1, 0, 2).reshape(n, -1), at + "self_attn.o_proj"))
            h = self.norm(x, at + "post_attention_layernorm")
            gate = self.linear(h, at + "mlp.gate_proj")
            inner = gate / (1 + np.exp(-gate)) * self.linear(h, at + "mlp.up_proj")
            x = x + adapter.after(at + "mlp_adapter", self.linear(inner, at + "mlp.down_proj"))
        table = "model.embed_tokens" if self.config.get("tie_word_embeddings") else "lm_head"
        return self.linear(self.norm(x[n - len(ids):], "model.norm"), table)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--adapter", type=pathlib.Path, help="a folder of the forms that Adapter names")
    arguments.add_argument("--greedy", type=int, default=0)
    options = arguments.parse_args()
    model = Llama(json.loads((options.folder / "config.json").read_text()), read_weights(options.folder), Adapter(options.adapter))
    answers = []
    for ids in json.load(sys.stdin):
        rows = model.logits(ids)
        logs = rows - rows.max(-1, keepdims=True)
        logs = logs - np.log(np.exp(logs).sum(-1, keepdims=True))
        losses = [-logs[t, ids[t + 1]] for t in range(len(ids) - 1)]
        answer = {"logits": rows[-1].tolist(), "mean_cross_entropy": float(np.mean(losses)) if losses else None}
        if options.greedy:
            text, gap = list(ids), math.inf
            last = rows[-1]
            for _ in range(options.greedy):
                first, second = np.sort(last)[-1], np.sort(last)[-2]
                gap = min(gap, first - second)
                text.append(int(np.argmax(last)))
                last = model.logits(text)[-1]
            answer["greedy"] = {"ids": text[len(ids):], "smallest_gap": float(gap)}
        answers.append(answer)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
