#!/usr/bin/python3
"""Training against an eager PyTorch loop: same weights, dtype, threads and rows. Prints tokens a second of both and their
ratio beside the bound that the project promises.

    training.py [--threads 2] [--steps 6] [--rounds 5] [--only f32,bf16,e2e,lora]

The model is a Llama of 7 M parameters (D 288, 6 heads, 6 layers, FF 768, vocabulary 4,096) with random weights. Each round
times both in turn, so that a busy machine slows both; what is compared are medians over the rounds.

- f32, bf16: every weight trains on a batch of 8 x 256 tokens. The eager loop in bf16 keeps its weights and AdamW's moments in
  bf16 (no f32 master copy to update: less work than ours).
- e2e: rows of E2E's development set (ASSAY_SHARED_DATA/e2e) as nano's tokenizer cuts them, 16 a batch. The eager loop pads a
  batch to its longest row, as one does; only tokens of rows count. f32.
- lora: rank 8 on q_proj and v_proj against our own full training, f32 and bf16, 8 x 256.
- checkpointing: what activation_checkpointing costs and spares. No bound.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn.functional as F

from inference import NANO, SHAPES, read_weights, write_random_model

SHAPE = SHAPES["llama"]

BUILD = pathlib.Path(os.environ.get("ASSAY_BUILD", pathlib.Path(__file__).parents[2] / "build/release"))
BENCH = BUILD / "tests/training_bench"
KINDS = {"f32": torch.float32, "bf16": torch.bfloat16}
RATE = 1e-4


class Eager:
    """A Llama and its training step as one writes them with PyTorch's operators."""

    def __init__(self, folder, dtype):
        self.c = json.loads((folder / "config.json").read_text())
        self.w = {name: w.requires_grad_(True) for name, w in read_weights(folder, KINDS[dtype]).items()}
        self.heads = self.c["num_attention_heads"]
        self.d = self.c["hidden_size"] // self.heads
        positions = torch.arange(self.c["max_position_embeddings"], dtype=torch.float64)
        angles = positions[:, None] * self.c["rope_theta"] ** (-torch.arange(0, self.d, 2, dtype=torch.float64) / self.d)
        self.cos, self.sin = (torch.cat([f(angles)] * 2, -1).to(KINDS[dtype]) for f in (torch.cos, torch.sin))
        decay = [w for w in self.w.values() if w.dim() > 1]
        plain = [w for w in self.w.values() if w.dim() == 1]
        self.optimizer = torch.optim.AdamW([{"params": decay}, {"params": plain, "weight_decay": 0.0}], lr=RATE, foreach=True)

    def norm(self, x, name):
        h = x.float()
        return self.w[name + ".weight"] * (h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + self.c["rms_norm_eps"])).to(x.dtype)

    def rotate(self, x):
        half, t = self.d // 2, x.shape[2]
        return x * self.cos[:t] + torch.cat([-x[..., half:], x[..., :half]], -1) * self.sin[:t]

    def logits(self, ids):
        b, t = ids.shape
        x = self.w["model.embed_tokens.weight"][ids]
        mask = torch.full((t, t), -math.inf, dtype=x.dtype).triu(1)
        for i in range(self.c["num_hidden_layers"]):
            at = f"model.layers.{i}."
            h = self.norm(x, at + "input_layernorm")
            q, k, v = (F.linear(h, self.w[at + f"self_attn.{n}_proj.weight"]).view(b, t, self.heads, self.d).transpose(1, 2) for n in "qkv")
            scores = self.rotate(q) @ self.rotate(k).transpose(2, 3) / math.sqrt(self.d) + mask
            mixed = torch.softmax(scores, -1, dtype=torch.float32).to(x.dtype) @ v
            x = x + F.linear(mixed.transpose(1, 2).reshape(b, t, -1), self.w[at + "self_attn.o_proj.weight"])
            h = self.norm(x, at + "post_attention_layernorm")
            gated = F.silu(F.linear(h, self.w[at + "mlp.gate_proj.weight"])) * F.linear(h, self.w[at + "mlp.up_proj.weight"])
            x = x + F.linear(gated, self.w[at + "mlp.down_proj.weight"])
        return F.linear(self.norm(x, "model.norm"), self.w["model.embed_tokens.weight"])

    def step(self, rows):
        """Rows of {"tokens", "weights"}, padded to the longest; -100 is what cross_entropy passes over."""
        longest = max(len(row["tokens"]) for row in rows)
        ids = torch.zeros(len(rows), longest - 1, dtype=torch.long)
        targets = torch.full((len(rows), longest - 1), -100, dtype=torch.long)
        for i, row in enumerate(rows):
            tokens = torch.tensor(row["tokens"])
            ids[i, :len(tokens) - 1] = tokens[:-1]
            targets[i, :len(tokens) - 1] = torch.where(torch.tensor(row["weights"][1:]) > 0, tokens[1:], -100)
        logits = self.logits(ids)
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]).float(), targets.reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.w.values()), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        loss.item()


def useful(rows):
    return sum(len(row["tokens"]) - 1 for row in rows)


def eager_speed(model, rows, batch, steps):
    batches = [rows[i * batch % len(rows):][:batch] for i in range(steps)]
    begun = time.perf_counter()
    for one in batches:
        model.step(one)
    return sum(map(useful, batches)) / (time.perf_counter() - begun)


def our_run(scratch, folder, rows, threads, batch, steps, strategy="sft", **params):
    case = {"model": str(folder), "plugin": str(BUILD / f"lib/assay/plugins/{strategy}.so"), "threads": threads, "examples": rows,
            "params": {"learning_rate": RATE, "batch_size": batch, "max_steps": steps, "schedule": "constant", "warmup_ratio": 0,
                       "weight_decay": 0.01, **params}}
    file = scratch / "case.json"
    file.write_text(json.dumps(case))
    return json.loads(subprocess.run([BENCH, "train", file], check=True, capture_output=True, text=True).stdout)


def blocks(count, length):
    draw = random.Random(0)
    return [{"tokens": [draw.randrange(SHAPE["vocab_size"]) for _ in range(length + 1)], "weights": [1.0] * (length + 1)} for _ in range(count)]


def e2e_rows(count):
    file = pathlib.Path(os.environ["ASSAY_SHARED_DATA"]) / "e2e/devset.csv"
    with open(file, newline="", encoding="utf-8") as lines:
        texts = [(row["mr"], row["ref"]) for row in csv.DictReader(lines)]
    random.Random(0).shuffle(texts)
    flat = [text.replace("\n", " ") for pair in texts[:count] for text in (pair[0] + "\nText:".replace("\n", " "), " " + pair[1])]
    done = subprocess.run([BENCH, "tokens", NANO], input="\n".join(flat) + "\n", check=True, capture_output=True, text=True)
    ids = [json.loads(line) for line in done.stdout.splitlines()]
    return [{"tokens": a + b, "weights": [0.0] * len(a) + [1.0] * len(b)} for a, b in zip(ids[::2], ids[1::2])]


class Table:
    def __init__(self):
        self.missed = False
        print(f"{'work':24}{'assay tok/s':>14}{'against tok/s':>15}{'ratio':>8}{'bound':>8}", flush=True)

    def row(self, work, ours, others, bound):
        a, b = statistics.median(ours), statistics.median(others)
        self.missed |= a / b < bound
        print(f"{work:24}{a:14.0f}{b:15.0f}{a / b:8.2f}{bound:8.2f}{'' if a / b >= bound else '   MISSED'}", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--steps", type=int, default=6)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--only", default="f32,bf16,e2e,lora,checkpointing")
    o = arguments.parse_args()
    wanted = o.only.split(",")
    torch.set_num_threads(o.threads)
    table = Table()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        folder = scratch / "model"
        folder.mkdir()
        write_random_model(folder, SHAPE)

        def against_eager(work, dtype, rows, batch, steps, bound):
            model = Eager(folder, dtype)
            eager_speed(model, rows, batch, 2)
            ours, eager = [], []
            for _ in range(o.rounds):
                ours.append(our_run(scratch, folder, rows, o.threads, batch, steps, dtype=dtype)["tokens_per_second"])
                eager.append(eager_speed(model, rows, batch, steps))
            table.row(work, ours, eager, bound)

        square = blocks(8, 256)
        for dtype, bound in (("f32", 1.05), ("bf16", 1.3)):
            if dtype in wanted:
                against_eager(f"full {dtype} 8x256", dtype, square, 8, o.steps, bound)
        if "e2e" in wanted:
            against_eager("full f32 E2E rows", "f32", e2e_rows(16 * 10 * 2), 16, 20, 2)
        pairs = []
        if "lora" in wanted:
            pairs += [("LoRA 8 q,v / full " + dtype, dtype, "lora", {"rank": 8, "target_modules": ["q_proj", "v_proj"]}, 1.2) for dtype in KINDS]
        if "checkpointing" in wanted:
            pairs.append(("layers again / full f32", "f32", "sft", {"activation_checkpointing": True}, 0))
        for work, dtype, strategy, params, bound in pairs:
            runs = [(our_run(scratch, folder, square, o.threads, 8, o.steps, strategy, dtype=dtype, **params),
                     our_run(scratch, folder, square, o.threads, 8, o.steps, dtype=dtype)) for _ in range(o.rounds)]
            table.row(work, *[[run[i]["tokens_per_second"] for run in runs] for i in (0, 1)], bound)
            memory = [max(run[i]["peak_memory"] for run in runs) >> 20 for i in (0, 1)]
            print(f"{'':24}{memory[0]:10} MiB{memory[1]:11} MiB")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
