"""A sequence model: what comes next, from the whole order of a history. It answers by onnxruntime and trains by PyTorch."""
