#!/usr/bin/python3
"""Decoding and prefill against eager PyTorch: same weights, dtype and threads, both with a KV cache and the head at the
last position only. Prints tokens a second of both and their ratio beside the bound that the project promises.

    inference.py [MODEL] [--shapes llama,gpt2,gpt_neox] [--dtype f32,bf16,int8] [--threads 2] [--batches 1,8,32]
                 [--tokens 128] [--rounds 3]

MODEL is a folder of one of these architectures; without one each shape is made with about 7 M random parameters. Ours and
eager run by turns, and each ratio is the median over the rounds of what two neighbours in time give: a busy machine
disturbs both alike. int8 stands against eager in f32, the nearest that it can do. The Llama shape's f32 and int8 at batch 1
stand beside llama2.c's `run` as well, which did 723 tokens a second on it with two threads of the machine of these bounds.
"""
import argparse
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F

BENCH = os.environ.get("ASSAY_INFERENCE_BENCH", str(pathlib.Path(__file__).parents[2] / "build/release/tests/inference_bench"))
ASSAY = os.environ.get("ASSAY_BINARY", str(pathlib.Path(__file__).parents[2] / "build/release/bin/assay"))
NANO = pathlib.Path(__file__).parents[2] / "experiments/models/nano"
BOUNDS = {("f32", 1): 4, ("bf16", 1): 5, ("int8", 1): 4, ("f32", 8): 3, ("bf16", 8): 3, ("int8", 8): 3, ("f32", 32): 2, ("bf16", 32): 3,
          ("int8", 32): 2, ("f32", 0): 1.2, ("bf16", 0): 1.2, ("int8", 0): 1.2}
LLAMA2_C = 723
COMMON = {"vocab_size": 4096, "torch_dtype": "float32", "eos_token_id": None, "bos_token_id": None}
SHAPES = {
    "llama": COMMON | {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 288, "intermediate_size": 768,
                       "num_hidden_layers": 6, "num_attention_heads": 6, "num_key_value_heads": 6, "max_position_embeddings": 2048,
                       "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True},
    "gpt2": COMMON | {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": 288, "n_layer": 6, "n_head": 6, "n_inner": 1152,
                      "n_positions": 2048, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new", "tie_word_embeddings": True},
    "gpt_neox": COMMON | {"architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "hidden_size": 288, "intermediate_size": 1152,
                          "num_hidden_layers": 6, "num_attention_heads": 6, "max_position_embeddings": 2048, "layer_norm_eps": 1e-5,
                          "rotary_pct": 0.25, "rotary_emb_base": 10000, "hidden_act": "gelu", "use_parallel_residual": True,
                          "tie_word_embeddings": False},
}


def tensor_shapes(c):
    """Names and shapes of a random model's tensors."""
    v = c["vocab_size"]
    linear = lambda at, out, inner: {at + ".weight": (out, inner), at + ".bias": (out,)}
    norm = lambda at, d: {at + ".weight": (d,), at + ".bias": (d,)}
    if c["model_type"] == "llama":
        d, f = c["hidden_size"], c["intermediate_size"]
        tensors = {"model.embed_tokens.weight": (v, d), "model.norm.weight": (d,)}
        for i in range(c["num_hidden_layers"]):
            at = f"model.layers.{i}."
            tensors |= {at + f"self_attn.{n}_proj.weight": (d, d) for n in "qkvo"}
            tensors |= {at + "mlp.gate_proj.weight": (f, d), at + "mlp.up_proj.weight": (f, d), at + "mlp.down_proj.weight": (d, f),
                        at + "input_layernorm.weight": (d,), at + "post_attention_layernorm.weight": (d,)}
    elif c["model_type"] == "gpt2":
        d, f = c["n_embd"], c["n_inner"]
        turned = lambda at, out, inner: {at + ".weight": (inner, out), at + ".bias": (out,)}
        tensors = {"transformer.wte.weight": (v, d), "transformer.wpe.weight": (c["n_positions"], d)} | norm("transformer.ln_f", d)
        for i in range(c["n_layer"]):
            at = f"transformer.h.{i}."
            tensors |= norm(at + "ln_1", d) | norm(at + "ln_2", d) | turned(at + "attn.c_attn", 3 * d, d) | turned(at + "attn.c_proj", d, d)
            tensors |= turned(at + "mlp.c_fc", f, d) | turned(at + "mlp.c_proj", d, f)
    else:
        d, f = c["hidden_size"], c["intermediate_size"]
        tensors = {"gpt_neox.embed_in.weight": (v, d), "embed_out.weight": (v, d)} | norm("gpt_neox.final_layer_norm", d)
        for i in range(c["num_hidden_layers"]):
            at = f"gpt_neox.layers.{i}."
            tensors |= norm(at + "input_layernorm", d) | norm(at + "post_attention_layernorm", d)
            tensors |= linear(at + "attention.query_key_value", 3 * d, d) | linear(at + "attention.dense", d, d)
            tensors |= linear(at + "mlp.dense_h_to_4h", f, d) | linear(at + "mlp.dense_4h_to_h", d, f)
    return tensors


def write_random_model(folder, config):
    """A folder with random F32 weights."""
    rng = np.random.default_rng(0)
    header, blobs, offset = {}, [], 0
    for name, shape in tensor_shapes(config).items():
        bias = name.endswith(".bias")
        values = np.full(shape, 0.01 if bias else 1, "<f4") if len(shape) == 1 else (rng.standard_normal(shape) * 0.05).astype("<f4")
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
    if not (folder / "model.safetensors").exists():
        sys.exit(f"{folder}: eager reads one model.safetensors only")
    raw = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(raw[:8], "little")
    kinds = {"F32": (np.float32, torch.float32), "BF16": (np.int16, torch.bfloat16), "F16": (np.float16, torch.float16)}
    weights = {}
    for name, entry in json.loads(raw[8:8 + size]).items():
        if name == "__metadata__" or entry["dtype"] not in kinds:  # masks of old files
            continue
        begin, end = entry["data_offsets"]
        kind, stored = kinds[entry["dtype"]]
        flat = torch.from_numpy(np.frombuffer(raw[8 + size + begin:8 + size + end], kind).copy())
        weights[name] = (flat.view(stored) if stored == torch.bfloat16 else flat).reshape(entry["shape"]).to(dtype)
    return weights


class Eager:
    """A decoder as one writes it with PyTorch's operators, keys and values in tensors allocated once."""

    def __init__(self, weights, dtype, layers, heads, kv, head_dim, turning=0, theta=1e4, context=0):
        self.w, self.dtype, self.layers, self.heads, self.kv, self.d = weights, dtype, layers, heads, kv, head_dim
        self.turning = turning
        if turning:
            positions = torch.arange(context, dtype=torch.float64)
            angles = positions[:, None] * theta ** (-torch.arange(0, turning, 2, dtype=torch.float64) / turning)
            self.cos, self.sin = (torch.cat([f(angles)] * 2, -1).to(dtype) for f in (torch.cos, torch.sin))

    def start(self, batch, room):
        self.keys = torch.zeros(self.layers, batch, self.kv, room, self.d, dtype=self.dtype)
        self.values = torch.zeros_like(self.keys)
        self.used = 0

    def linear(self, x, name):
        return F.linear(x, self.w[name + ".weight"], self.w.get(name + ".bias"))

    def layer_norm(self, x, name, epsilon):
        return F.layer_norm(x, x.shape[-1:], self.w[name + ".weight"], self.w[name + ".bias"], epsilon)

    def rotate(self, x, begin, end):
        part, half = x[..., :self.turning], self.turning // 2
        turned = torch.cat([-part[..., half:], part[..., :half]], -1)
        part = part * self.cos[begin:end] + turned * self.sin[begin:end]
        return part if self.turning == self.d else torch.cat([part, x[..., self.turning:]], -1)

    def attend(self, i, q, k, v):  # [batch, heads, t, d] each
        b, _, t, _ = q.shape
        begin, end = self.used, self.used + t
        if self.turning:
            q, k = self.rotate(q, begin, end), self.rotate(k, begin, end)
        self.keys[i, :, :, begin:end], self.values[i, :, :, begin:end] = k, v
        k, v = self.keys[i, :, :, :end], self.values[i, :, :, :end]
        if self.kv != self.heads:
            k, v = (y.repeat_interleave(self.heads // self.kv, 1) for y in (k, v))
        scores = q @ k.transpose(2, 3) / math.sqrt(self.d)
        if t > 1:
            scores = scores + torch.full((t, end), -math.inf, dtype=self.dtype).triu(begin + 1)
        mixed = torch.softmax(scores.float(), -1).to(self.dtype) @ v
        return mixed.transpose(1, 2).reshape(b, t, -1)

    def forward(self, ids):  # [batch, t]
        x = self.embed(ids)
        for i in range(self.layers):
            x = self.layer(i, x)
        self.used += ids.shape[1]
        return self.head(x[:, -1])


class EagerLlama(Eager):
    def __init__(self, c, weights, dtype):
        heads = c["num_attention_heads"]
        d = c.get("head_dim") or c["hidden_size"] // heads
        super().__init__(weights, dtype, c["num_hidden_layers"], heads, c.get("num_key_value_heads") or heads, d, d,
                         c.get("rope_theta", 1e4), c["max_position_embeddings"])
        self.epsilon = c["rms_norm_eps"]

    def norm(self, x, name):
        h = x.float()
        h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return self.w[name + ".weight"] * h.to(self.dtype)

    def embed(self, ids):
        return self.w["model.embed_tokens.weight"][ids]

    def layer(self, i, x):
        at = f"model.layers.{i}."
        h = self.norm(x, at + "input_layernorm")
        split = lambda n, heads: self.linear(h, at + f"self_attn.{n}_proj").unflatten(-1, (heads, self.d)).transpose(1, 2)
        x = x + self.linear(self.attend(i, split("q", self.heads), split("k", self.kv), split("v", self.kv)), at + "self_attn.o_proj")
        h = self.norm(x, at + "post_attention_layernorm")
        return x + self.linear(F.silu(self.linear(h, at + "mlp.gate_proj")) * self.linear(h, at + "mlp.up_proj"), at + "mlp.down_proj")

    def head(self, x):
        return F.linear(self.norm(x, "model.norm"), self.w.get("lm_head.weight", self.w["model.embed_tokens.weight"]))


class EagerGpt2(Eager):
    def __init__(self, c, weights, dtype):
        # Files may leave the prefix out. The matrices are [in, out]; turned once, as F.linear wants them.
        self.names = {(n if n.startswith(("transformer.", "lm_head")) else "transformer." + n): w for n, w in weights.items()}
        for name, weight in self.names.items():
            if weight.dim() == 2 and ".h." in name:
                self.names[name] = weight.t().contiguous()
        super().__init__(self.names, dtype, c["n_layer"], c["n_head"], c["n_head"], c["n_embd"] // c["n_head"])
        self.epsilon = c.get("layer_norm_epsilon", 1e-5)

    def embed(self, ids):
        positions = self.w["transformer.wpe.weight"][self.used:self.used + ids.shape[1]]
        return self.w["transformer.wte.weight"][ids] + positions

    def layer(self, i, x):
        at = f"transformer.h.{i}."
        h = self.layer_norm(x, at + "ln_1", self.epsilon)
        q, k, v = (y.unflatten(-1, (self.heads, self.d)).transpose(1, 2) for y in self.linear(h, at + "attn.c_attn").chunk(3, -1))
        x = x + self.linear(self.attend(i, q, k, v), at + "attn.c_proj")
        h = self.linear(self.layer_norm(x, at + "ln_2", self.epsilon), at + "mlp.c_fc")
        return x + self.linear(F.gelu(h, approximate="tanh"), at + "mlp.c_proj")

    def head(self, x):
        x = self.layer_norm(x, "transformer.ln_f", self.epsilon)
        return F.linear(x, self.w.get("lm_head.weight", self.w["transformer.wte.weight"]))


class EagerNeox(Eager):
    def __init__(self, c, weights, dtype):
        heads = c["num_attention_heads"]
        d = c["hidden_size"] // heads
        super().__init__(weights, dtype, c["num_hidden_layers"], heads, heads, d, int(d * c.get("rotary_pct", 0.25)),
                         c.get("rotary_emb_base", 1e4), c["max_position_embeddings"])
        self.epsilon, self.parallel = c.get("layer_norm_eps", 1e-5), c.get("use_parallel_residual", True)

    def embed(self, ids):
        return self.w["gpt_neox.embed_in.weight"][ids]

    def layer(self, i, x):
        at = f"gpt_neox.layers.{i}."
        h = self.layer_norm(x, at + "input_layernorm", self.epsilon)
        qkv = self.linear(h, at + "attention.query_key_value").unflatten(-1, (self.heads, 3 * self.d)).transpose(1, 2)
        mixed = self.linear(self.attend(i, *qkv.chunk(3, -1)), at + "attention.dense")
        h = self.layer_norm(x if self.parallel else x + mixed, at + "post_attention_layernorm", self.epsilon)
        return x + mixed + self.linear(F.gelu(self.linear(h, at + "mlp.dense_h_to_4h")), at + "mlp.dense_4h_to_h")

    def head(self, x):
        x = self.layer_norm(x, "gpt_neox.final_layer_norm", self.epsilon)
        return F.linear(x, self.w.get("embed_out.weight", self.w["gpt_neox.embed_in.weight"]))


EAGER = {"llama": EagerLlama, "gpt2": EagerGpt2, "gpt_neox": EagerNeox}


@torch.inference_mode()
def eager_speeds(model, vocabulary, batches, prompt, tokens, prefill):
    def decode(batch, steps):
        model.start(batch, prompt + steps)
        ids = model.forward(torch.randint(vocabulary, (batch, prompt))).argmax(-1, keepdim=True)
        begun = time.perf_counter()
        for _ in range(steps):
            ids = model.forward(ids).argmax(-1, keepdim=True)
        return batch * steps / (time.perf_counter() - begun)

    def fill():
        model.start(1, prefill)
        begun = time.perf_counter()
        model.forward(torch.randint(vocabulary, (1, prefill)))
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


@torch.inference_mode()
def check_logits(folder, config, weights):
    """Both must compute the same model: logits of a short text, in f32."""
    ids = [3, 1, 4, 1, 5, 9, 2, 6]
    model = EAGER[config["model_type"]](config, weights, torch.float32)
    model.start(1, len(ids))
    expected = model.forward(torch.tensor([ids]))[0]
    done = subprocess.run([ASSAY, "logits", str(folder), "--tokens", "-"], input=json.dumps([ids]), check=True, capture_output=True, text=True)
    off = (torch.tensor(json.loads(done.stdout)[0]["last_logits"]) - expected).abs().max().item()
    if off > 3e-4:
        sys.exit(f"{folder}: eager's logits are {off} away: it computes another model")


def measure(folder, o, bounds_of_shape):
    """Prints the rows of one folder; whether one missed its bound."""
    config = json.loads((folder / "config.json").read_text())
    kind = config["model_type"]
    if kind not in EAGER:
        sys.exit(f"{folder}: eager knows {', '.join(EAGER)}, not {kind}")
    check_logits(folder, config, read_weights(folder, torch.float32))
    torch.set_num_threads(o.threads)
    batches = [int(b) for b in o.batches.split(",")]
    work = (batches, o.prompt, o.tokens, o.prefill)
    missed = False
    for dtype in o.dtype.split(","):
        stored = torch.bfloat16 if dtype == "bf16" else torch.float32
        model = EAGER[kind](config, read_weights(folder, stored), stored)
        rounds = [(our_speeds(folder, dtype, o.threads, *work), eager_speeds(model, config["vocab_size"], *work)) for _ in range(o.rounds)]
        for batch in [*batches, 0]:
            ratio = statistics.median(ours[batch] / eager[batch] for ours, eager in rounds)
            ours, eager = (max(speeds[batch] for speeds in side) for side in zip(*rounds))
            bound = BOUNDS.get((dtype, batch), 1)
            floor = LLAMA2_C if bounds_of_shape and kind == "llama" and batch == 1 else 0
            bad = ratio < bound or ours < floor
            missed = missed or bad
            title = f"batch {batch}" if batch else "prefill"
            print(f"{kind:10}{dtype:6}{title:10}{ours:13.0f}{eager:13.0f}{ratio:8.2f}{bound:8.1f}"
                  f"{f'   llama2.c {floor}: {ours / floor:.2f} times' if floor else ''}{'   MISSED' if bad else ''}", flush=True)
    return missed


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", nargs="?", type=pathlib.Path)
    arguments.add_argument("--shapes", default="llama,gpt2,gpt_neox")
    arguments.add_argument("--dtype", default="f32,bf16,int8")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--batches", default="1,8,32")
    arguments.add_argument("--prompt", type=int, default=64)
    arguments.add_argument("--tokens", type=int, default=128)
    arguments.add_argument("--prefill", type=int, default=256)
    arguments.add_argument("--rounds", type=int, default=3)
    o = arguments.parse_args()
    missed = False
    print(f"{'shape':10}{'dtype':6}{'work':10}{'assay tok/s':>13}{'eager tok/s':>13}{'ratio':>8}{'bound':>8}")
    if o.model:
        return 1 if measure(o.model, o, False) else 0
    for shape in o.shapes.split(","):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            write_random_model(folder, SHAPES[shape])
            missed = measure(folder, o, True) or missed
            if shape != "llama":
                continue
            for dtype in o.dtype.split(","):
                done = subprocess.run([BENCH, str(folder), "--dtype", dtype, "--threads", str(o.threads), "--prefix", "300"],
                                      check=True, capture_output=True, text=True)
                row = json.loads(done.stdout)
                missed = missed or row["ratio"] < 5
                print(f"{shape:10}{dtype:6}300 prompts behind 1,000 common tokens: {row['ratio']:.1f} times as fast as each by itself "
                      f"(bound 5), outputs identical: {row['identical']}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
