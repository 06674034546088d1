#!/usr/bin/python3
"""Loading: a folder of random weights through `assay logits`, with the seconds that it takes warm and the peak of anonymous
memory against the weights' size in their run dtype (packed copies, scratch and everything else included).

    loading.py [--megabytes 1000] [--seconds 5] [--ratio 1.15] [--only TEXT] [--threads 1]
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
ASSAY = os.environ.get("ASSAY_BINARY", str(ROOT / "build/release/bin/assay"))
NANO = ROOT / "experiments/models/nano"
STORED = {"F32": 4, "F16": 2, "BF16": 2}
RUN = {"f32": 4, "bf16": 2, "int8": 1}  # bytes a weight; auto runs in what is stored


def llama(tied, target):
    """A config and its tensors with about `target` parameters."""
    d, f, v, kv = 1024, 2816, 31999, 256  # a vocabulary that fills no panel
    tensors = {"model.embed_tokens.weight": (v, d), "model.norm.weight": (d,)}
    if not tied:
        tensors["lm_head.weight"] = (v, d)
    layer = {"input_layernorm.weight": (d,), "post_attention_layernorm.weight": (d,), "self_attn.q_proj.weight": (d, d),
             "self_attn.k_proj.weight": (kv, d), "self_attn.v_proj.weight": (kv, d), "self_attn.o_proj.weight": (d, d),
             "mlp.gate_proj.weight": (f, d), "mlp.up_proj.weight": (f, d), "mlp.down_proj.weight": (d, f)}
    layers = repeat(tensors, layer, "model.layers.", target)
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": d, "intermediate_size": f,
            "num_hidden_layers": layers, "num_attention_heads": 16, "num_key_value_heads": 4, "vocab_size": v,
            "max_position_embeddings": 2048, "rms_norm_eps": 1e-5, "tie_word_embeddings": tied}, tensors


def gpt2(tied, target):
    d, v, n = 1024, 50257, 1024
    tensors = {"transformer.wte.weight": (v, d), "transformer.wpe.weight": (n, d), "transformer.ln_f.weight": (d,),
               "transformer.ln_f.bias": (d,)}
    if not tied:
        tensors["lm_head.weight"] = (v, d)
    layer = {"ln_1.weight": (d,), "ln_1.bias": (d,), "ln_2.weight": (d,), "ln_2.bias": (d,), "attn.c_attn.weight": (d, 3 * d),
             "attn.c_attn.bias": (3 * d,), "attn.c_proj.weight": (d, d), "attn.c_proj.bias": (d,), "mlp.c_fc.weight": (d, 4 * d),
             "mlp.c_fc.bias": (4 * d,), "mlp.c_proj.weight": (4 * d, d), "mlp.c_proj.bias": (d,)}
    layers = repeat(tensors, layer, "transformer.h.", target)
    return {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": d, "n_layer": layers, "n_head": 16,
            "n_positions": n, "vocab_size": v, "tie_word_embeddings": tied}, tensors


def repeat(tensors, layer, prefix, target):
    size = lambda shapes: sum(int(np.prod(shape)) for shape in shapes.values())
    layers = max(1, round((target - size(tensors)) / size(layer)))
    for i in range(layers):
        tensors |= {f"{prefix}{i}.{name}": shape for name, shape in layer.items()}
    return layers


def write_folder(folder, config, tensors, dtype):
    rng = np.random.default_rng(0)
    header, offset = {}, 0
    for name, shape in tensors.items():
        end = offset + int(np.prod(shape)) * STORED[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    # One megabyte of noise, again and again from another place: making the numbers would take longer than all that is measured.
    noise = (rng.standard_normal(1 << 20) * 0.02).astype("<f4")
    with open(folder / "model.safetensors", "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for shape in tensors.values():
            left = int(np.prod(shape))
            while left > 0:
                take = min(left, noise.size)
                values = np.roll(noise[:take], int(rng.integers(take)))
                kind = {"F32": lambda x: x, "F16": lambda x: x.astype("<f2"), "BF16": lambda x: (x.view("<u4") >> 16).astype("<u2")}
                out.write(kind[dtype](values).tobytes())
                left -= take
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json"):  # any will do: its ids are in the vocabulary
        shutil.copy(NANO / name, folder / name)
    (folder / "ids.json").write_text("[[1, 2, 3, 4]]")
    return sum(int(np.prod(shape)) for shape in tensors.values())


def measure(folder, dtype, threads):
    """Seconds, those of the processor (more than one core, or less where others are busy), and the peak of RssAnon in bytes."""
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = 0
    with open(folder / "answer.json", "w+") as answer:
        process = subprocess.Popen([ASSAY, "logits", str(folder), "--tokens", str(folder / "ids.json"), "--dtype", dtype,
                                    "--threads", str(threads)], stdout=answer)
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                peak = max(peak, int(status.split("RssAnon:")[1].split()[0]) * 1024)
            except (OSError, IndexError):
                pass
            time.sleep(0.002)
        seconds = time.perf_counter() - begun
        answer.seek(0)
        assert process.returncode == 0 and len(json.load(answer)[0]["last_logits"]) > 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--megabytes", type=float, default=1000)
    arguments.add_argument("--seconds", type=float, default=5)
    arguments.add_argument("--ratio", type=float, default=1.15)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--only", default="", help="cases whose line holds this")
    o = arguments.parse_args()
    missed = False
    print(f"{'case':34}{'MB':>7}{'seconds':>9}{'CPU s':>7}{'peak MB':>9}{'ratio':>7}")
    for make in (llama, gpt2):
        for tied in (True, False):
            for stored, size in STORED.items():
                cases = [(dtype, f"{make.__name__} {'tied' if tied else 'untied'} {stored} as {dtype}") for dtype in ("auto", *RUN)]
                cases = [case for case in cases if o.only in case[1]]
                if not cases:
                    continue
                with tempfile.TemporaryDirectory() as name:
                    folder = pathlib.Path(name)
                    config, tensors = make(tied, o.megabytes * 1e6 / size)
                    parameters = write_folder(folder, config, tensors, stored)
                    for dtype, title in cases:
                        seconds, busy, peak = min(measure(folder, dtype, o.threads) for _ in range(2))
                        ratio = peak / (parameters * RUN.get(dtype, size))
                        bad = seconds > o.seconds or ratio > o.ratio
                        missed = missed or bad
                        print(f"{title:34}{parameters * size / 1e6:7.0f}{seconds:9.2f}{busy:7.2f}{peak / 1e6:9.0f}{ratio:7.3f}{'   MISSED' if bad else ''}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
