"""Adds the peer's q8 beside an exported vision tower, with the settings of its published models.

    pip install onnx onnxruntime
    python bench/peers/quantize_onnx.py OUT

OUT is a folder of export_onnx.py and receives onnx/vision_model_quantized.onnx: dynamic quantisation by ONNX Runtime's own
tool, per channel, reduced range, uint8 weights because the graph holds a convolution.
"""
import argparse
from pathlib import Path

import onnx
import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    source, target = (args.out / "onnx" / f"vision_model{suffix}.onnx" for suffix in ("", "_quantized"))
    operators = {node.op_type for node in onnx.load(source, load_external_data=False).graph.node}
    weights = QuantType.QUInt8 if "Conv" in operators else QuantType.QInt8
    quantize_dynamic(source, target, weight_type=weights, per_channel=True, reduce_range=True,
                     extra_options={"EnableSubgraph": True})
    print(f"{target}: {target.stat().st_size / 1e6:.0f} MB, {weights.name}, onnxruntime {onnxruntime.__version__}")


if __name__ == "__main__":
    main()
