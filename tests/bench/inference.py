#!/usr/bin/python3
"""Decoding and prefill against eager PyTorch: same weights, dtype and threads, both with a KV cache and the head at the
last position only. Prints tokens a second of both and their ratio beside the bound that the project promises.

    inference.py [MODEL] [--dtype f32,bf16] [--threads 2] [--batches 1,8,32] [--tokens 128]

MODEL is a Llama folder; without one a 7 M-parameter shape with random weights is made.
"""
import argparse
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F

BENCH = os.environ.get("ASSAY_INFERENCE_BENCH", str(pathlib.Path(__file__).parents[2] / "build/release/tests/inference_bench"))
NANO = pathlib.Path(__file__).parents[2] / "experiments/models/nano"
BOUNDS = {("f32", 1): 4, ("bf16", 1): 5, ("f32", 8): 3, ("bf16", 8): 3, ("f32", 32): 2, ("bf16", 32): 3, ("f32", 0): 1.2, ("bf16", 0): 1.2}
SHAPE = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 288, "intermediate_size": 768,
         "num_hidden_layers": 6, "num_attention_heads": 6, "num_key_value_heads": 6, "vocab_size": 4096,
         "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True,
         "torch_dtype": "float32", "eos_token_id": None, "bos_token_id": None}


def write_random_model(folder, config):
    """A folder with random F32 weights."""
    rng = np.random.default_rng(0)
    d, f, v = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    tensors = {"model.embed_tokens.weight": (v, d), "model.norm.weight": (d,)}
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        tensors |= {at + f"self_attn.{n}_proj.weight": (d, d) for n in "qkvo"}
        tensors |= {at + "mlp.gate_proj.weight": (f, d), at + "mlp.up_proj.weight": (f, d), at + "mlp.down_proj.weight": (d, f),
                    at + "input_layernorm.weight": (d,), at + "post_attention_layernorm.weight": (d,)}
    header, blobs, offset = {}, [], 0
    for name, shape in tensors.items():
        values = np.ones(shape, "<f4") if len(shape) == 1 else (rng.standard_normal(shape) * 0.05).astype("<f4")
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
        blobs.append(values.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json"):  # any will do: its ids are in the vocabulary
        shutil.copy(NANO / name, folder / name)


def read_weights(folder, dtype):
    raw = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    kinds = {"F32": (np.float32, torch.float32), "BF16": (np.int16, torch.bfloat16), "F16": (np.float16, torch.float16)}
    weights = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        kind, stored = kinds[entry["dtype"]]
        flat = torch.from_numpy(np.frombuffer(raw[8 + size + begin:8 + size + end], kind).copy())
        weights[name] = (flat.view(stored) if stored == torch.bfloat16 else flat).reshape(entry["shape"]).to(dtype)
    return weights


class Eager:
    """A Llama as one writes it with PyTorch's operators, keys and values in tensors allocated once."""

    def __init__(self, config, weights, dtype):
        self.c, self.w, self.dtype = config, weights, dtype
        self.heads, self.kv = config["num_attention_heads"], config.get("num_key_value_heads") or config["num_attention_heads"]
        self.d = config.get("head_dim") or config["hidden_size"] // self.heads
        positions = torch.arange(config["max_position_embeddings"], dtype=torch.float64)
        angles = positions[:, None] * config.get("rope_theta", 1e4) ** (-torch.arange(0, self.d, 2, dtype=torch.float64) / self.d)
        self.cos, self.sin = (torch.cat([f(angles)] * 2, -1).to(dtype) for f in (torch.cos, torch.sin))

    def start(self, batch, room):
        layers = self.c["num_hidden_layers"]
        self.keys = torch.zeros(layers, batch, self.kv, room, self.d, dtype=self.dtype)
        self.values = torch.zeros_like(self.keys)
        self.used = 0

    def norm(self, x, name):
        h = x.float()
        h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.c["rms_norm_eps"])
        return self.w[name + ".weight"] * h.to(self.dtype)

    def rotate(self, x, begin, end):
        half = self.d // 2
        turned = torch.cat([-x[..., half:], x[..., :half]], -1)
        return x * self.cos[begin:end] + turned * self.sin[begin:end]

    def forward(self, ids):  # [batch, t]
        b, t = ids.shape
        begin, end = self.used, self.used + t
        x = self.w["model.embed_tokens.weight"][ids]
        for i in range(self.c["num_hidden_layers"]):
            at = f"model.layers.{i}."
            h = self.norm(x, at + "input_layernorm")
            split = lambda n, heads: F.linear(h, self.w[at + f"self_attn.{n}_proj.weight"]).view(b, t, heads, self.d).transpose(1, 2)
            q = self.rotate(split("q", self.heads), begin, end)
            self.keys[i, :, :, begin:end] = self.rotate(split("k", self.kv), begin, end)
            self.values[i, :, :, begin:end] = split("v", self.kv)
            k, v = self.keys[i, :, :, :end], self.values[i, :, :, :end]
            if self.kv != self.heads:
                k, v = (y.repeat_interleave(self.heads // self.kv, 1) for y in (k, v))
            scores = q @ k.transpose(2, 3) / math.sqrt(self.d)
            if t > 1:
                scores = scores + torch.full((t, end), -math.inf, dtype=self.dtype).triu(begin + 1)
            mixed = torch.softmax(scores.float(), -1).to(self.dtype) @ v
            x = x + F.linear(mixed.transpose(1, 2).reshape(b, t, -1), self.w[at + "self_attn.o_proj.weight"])
            h = self.norm(x, at + "post_attention_layernorm")
            gated = F.silu(F.linear(h, self.w[at + "mlp.gate_proj.weight"])) * F.linear(h, self.w[at + "mlp.up_proj.weight"])
            x = x + F.linear(gated, self.w[at + "mlp.down_proj.weight"])
        self.used = end
        x = self.norm(x[:, -1], "model.norm")
        return F.linear(x, self.w.get("lm_head.weight", self.w["model.embed_tokens.weight"]))


@torch.inference_mode()
def eager_speeds(folder, dtype, threads, batches, prompt, tokens, prefill):
    torch.set_num_threads(threads)
    config = json.loads((folder / "config.json").read_text())
    kind = {"f32": torch.float32, "bf16": torch.bfloat16}[dtype]
    model = Eager(config, read_weights(folder, kind), kind)

    def decode(batch, steps):
        model.start(batch, prompt + steps)
        ids = model.forward(torch.randint(config["vocab_size"], (batch, prompt))).argmax(-1, keepdim=True)
        begun = time.perf_counter()
        for _ in range(steps):
            ids = model.forward(ids).argmax(-1, keepdim=True)
        return batch * steps / (time.perf_counter() - begun)

    def fill():
        model.start(1, prefill)
        begun = time.perf_counter()
        model.forward(torch.randint(config["vocab_size"], (1, prefill)))
        return prefill / (time.perf_counter() - begun)

    speeds = {}
    for batch in batches:
        decode(batch, tokens // 4)
        speeds[batch] = max(decode(batch, tokens) for _ in range(2))
    fill()
    speeds[0] = max(fill() for _ in range(3))
    return speeds


def our_speeds(folder, dtype, threads, batches, prompt, tokens, prefill):
    done = subprocess.run([BENCH, str(folder), "--dtype", dtype, "--threads", str(threads), "--batches", ",".join(map(str, batches)),
                           "--prompt", str(prompt), "--tokens", str(tokens), "--prefill", str(prefill)],
                          check=True, capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row.get("batch", 0): row["tokens_per_second"] for row in rows}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", nargs="?", type=pathlib.Path)
    arguments.add_argument("--dtype", default="f32,bf16")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--batches", default="1,8,32")
    arguments.add_argument("--prompt", type=int, default=64)
    arguments.add_argument("--tokens", type=int, default=128)
    arguments.add_argument("--prefill", type=int, default=256)
    o = arguments.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as scratch:
        folder = o.model or pathlib.Path(scratch)
        if not o.model:
            write_random_model(folder, SHAPE)
        settings = (o.threads, [int(b) for b in o.batches.split(",")], o.prompt, o.tokens, o.prefill)
        print(f"{'dtype':6}{'work':12}{'assay tok/s':>14}{'eager tok/s':>14}{'ratio':>8}{'bound':>8}")
        for dtype in o.dtype.split(","):
            ours, eager = our_speeds(folder, dtype, *settings), eager_speeds(folder, dtype, *settings)
            for batch, speed in ours.items():
                ratio, bound = speed / eager[batch], BOUNDS.get((dtype, batch), 1)
                missed = missed or ratio < bound
                work = f"batch {batch}" if batch else "prefill"
                print(f"{dtype:6}{work:12}{speed:14.0f}{eager[batch]:14.0f}{ratio:8.2f}{bound:8.1f}{'' if ratio >= bound else '   MISSED'}")
            if not o.model:
                done = subprocess.run([BENCH, str(folder), "--dtype", dtype, "--threads", str(o.threads), "--prefix", "300"],
                                      check=True, capture_output=True, text=True)
                row = json.loads(done.stdout)
                missed = missed or row["ratio"] < 5
                print(f"{dtype:6}300 prompts behind 1,000 common tokens: {row['ratio']:.1f} times as fast as each by itself "
                      f"(bound 5), outputs identical: {row['identical']}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
