#!/usr/bin/python3
"""Writes an adapter folder for a Llama folder as PEFT lays it out, with random tensors; written from PEFT's source, apart
from the engine.

    write_adapter.py MODEL KIND OUT      KIND: lora, rslora, dora, ia3, prefix, prompt; bottleneck in the engine's own form
"""
import json
import pathlib
import sys

import numpy as np


def write_safetensors(path, tensors):
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, values in sorted(tensors.items()):
        blob = np.ascontiguousarray(values, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def main():
    model, kind, out = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    config = json.loads((model / "config.json").read_text())
    hidden, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    heads, kv = config["num_attention_heads"], config.get("num_key_value_heads") or config["num_attention_heads"]
    size = config.get("head_dim") or hidden // heads
    shapes = {"self_attn.q_proj": (heads * size, hidden), "self_attn.k_proj": (kv * size, hidden), "self_attn.v_proj": (kv * size, hidden),
              "self_attn.o_proj": (hidden, heads * size), "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
              "mlp.down_proj": (hidden, inner)}
    modules = {f"model.layers.{i}.{name}": shape for i in range(layers) for name, shape in shapes.items()}
    rng = np.random.default_rng(5)
    normal = lambda *shape: rng.standard_normal(shape) * 0.2
    common = {"task_type": "CAUSAL_LM", "base_model_name_or_path": str(model), "inference_mode": True, "revision": None}
    tensors = {}
    if kind in ("lora", "rslora", "dora"):
        common |= {"peft_type": "LORA", "r": 3, "lora_alpha": 7, "lora_dropout": 0.1, "bias": "none", "fan_in_fan_out": False,
                   "use_rslora": kind == "rslora", "use_dora": kind == "dora", "target_modules": sorted(n.split(".")[-1] for n in shapes),
                   "init_lora_weights": True, "rank_pattern": {}, "alpha_pattern": {}, "modules_to_save": None}
        for name, (rows, columns) in modules.items():
            at = f"base_model.model.{name}."
            tensors[at + "lora_A.weight"], tensors[at + "lora_B.weight"] = normal(3, columns), normal(rows, 3)
            if kind == "dora":
                tensors[at + "lora_magnitude_vector"] = 1 + normal(rows)
    elif kind == "ia3":
        common |= {"peft_type": "IA3", "target_modules": ["k_proj", "v_proj", "down_proj"], "feedforward_modules": ["down_proj"],
                   "fan_in_fan_out": False, "init_ia3_weights": True, "modules_to_save": None}
        for name, (rows, columns) in modules.items():
            if name.endswith(("k_proj", "v_proj")):
                tensors[f"base_model.model.{name}.ia3_l"] = 1 + normal(rows, 1)
            elif name.endswith("down_proj"):
                tensors[f"base_model.model.{name}.ia3_l"] = 1 + normal(1, columns)
    elif kind in ("prefix", "prompt"):
        width = layers * 2 * kv * size if kind == "prefix" else hidden
        common |= {"peft_type": "PREFIX_TUNING" if kind == "prefix" else "PROMPT_TUNING", "num_virtual_tokens": 21,
                   "token_dim": kv * size if kind == "prefix" else hidden, "num_layers": layers,
                   "num_attention_heads": kv if kind == "prefix" else heads, "num_transformer_submodules": 1}
        if kind == "prefix":
            common |= {"encoder_hidden_size": hidden, "prefix_projection": False}
        else:
            common |= {"prompt_tuning_init": "RANDOM", "prompt_tuning_init_text": None, "tokenizer_name_or_path": None}
        tensors["prompt_embeddings"] = normal(21, width) * 3
    elif kind == "bottleneck":
        common = {"adapter_type": "bottleneck", "activation": "relu"}
        for i in range(layers):
            for place in ("attention_adapter", "mlp_adapter"):
                at = f"model.layers.{i}.{place}."
                tensors |= {at + "down.weight": normal(6, hidden), at + "down.bias": normal(6), at + "up.weight": normal(hidden, 6),
                            at + "up.bias": normal(hidden)}
    else:
        raise SystemExit(f"{kind}: no such kind")
    out.mkdir(parents=True, exist_ok=True)
    (out / "adapter_config.json").write_text(json.dumps(common, indent=2))
    write_safetensors(out / "adapter_model.safetensors", tensors)


main()
