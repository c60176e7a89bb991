"""The network as an ONNX file, which onnxruntime reads. Needs PyTorch and onnxscript."""

from __future__ import annotations

import io
import logging
import warnings

import onnx
import torch
from torch import Tensor, nn

from services.recommendation.engine.sequence.network import Network


class _Last(nn.Module):
    """What speaks for each title after the whole of a history."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, histories: Tensor) -> Tensor:
        """Viewers × titles."""
        return self.network.scores(self.network.states(histories)[:, -1])


def exported(network: Network) -> bytes:
    """The file: `histories` in, places of titles with the oldest first (viewers × places, int64); `scores` out."""
    shape = network.shape
    example = torch.zeros(2, min(shape.longest, 5), dtype=torch.int64)
    module = _Last(network).eval()
    sizes = {0: torch.export.Dim("viewers"), 1: torch.export.Dim("places", min=2, max=shape.longest)}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            module, (example,), input_names=["histories"], output_names=["scores"], dynamic_shapes=(sizes,),
            dynamo=True, verbose=False, external_data=False,
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    onnx.helper.set_model_props(model, {"longest": str(shape.longest), "titles": str(shape.titles)})
    file = io.BytesIO()
    onnx.save_model(model, file)
    return file.getvalue()
