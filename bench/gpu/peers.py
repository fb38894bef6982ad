"""The same loss in PyTorch, and cross entropies of other libraries, forward and backward, timed as bench/gpu/measure.ts does.

Reads {"cases": [{classes, rows, dtype}], "rounds", "milliseconds", "device"} from standard input; writes a JSON line per
case and peer: {classes, rows, dtype, peer, median, p20, p80} in microseconds, or {..., error}.
"""
import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def squared_emd(logits, labels):
    probabilities = torch.softmax(logits.float(), dim=1)
    places = torch.arange(logits.shape[1], device=logits.device)
    target = (places[None, :] >= labels[:, None]).float()
    return (torch.cumsum(probabilities, dim=1) - target)[:, :-1].square().sum()


def cross_entropy(logits, labels):
    return F.cross_entropy(logits.float(), labels, reduction="sum")


def differentiated(loss):
    """A step with autograd."""

    def prepare(logits, labels):
        logits.requires_grad_()

        def step():
            logits.grad = None
            loss(logits, labels).backward()

        return step

    return prepare


def compiled(logits, labels):
    torch._dynamo.reset()  # else later shapes get code for any shape, and after eight of them none
    return differentiated(torch.compile(squared_emd, dynamic=False))(logits, labels)


def liger(logits, labels):
    from liger_kernel.transformers import LigerCrossEntropyLoss

    return differentiated(LigerCrossEntropyLoss(reduction="sum"))(logits, labels)


def quack(logits, labels):
    from quack.cross_entropy import cross_entropy_fwd

    return lambda: cross_entropy_fwd(logits, labels, return_dx=True)


# Each takes logits and labels and returns a step: loss and gradient. Only the first two are this loss.
PEERS = {
    "PyTorch eager": differentiated(squared_emd),
    "torch.compile": compiled,
    "F.cross_entropy": differentiated(cross_entropy),
    "Liger cross entropy": liger,
    "quack cross entropy": quack,
}


def elapsed(work, calls, device):
    """Milliseconds."""
    if device == "cpu":
        begin = time.perf_counter()
        for _ in range(calls):
            work()
        return (time.perf_counter() - begin) * 1e3
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    for _ in range(calls):
        work()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end)


def measure(work, rounds, milliseconds, device):
    elapsed(work, 3, device)
    calls = max(1, round(milliseconds / max(elapsed(work, 3, device) / 3, 1e-4)))
    times = [elapsed(work, calls, device) / calls * 1e3 for _ in range(rounds)]
    if rounds < 2:
        return {"median": times[0], "p20": times[0], "p80": times[0]}
    fifths = statistics.quantiles(times, n=5, method="inclusive")
    return {"median": statistics.median(times), "p20": fifths[0], "p80": fifths[3]}


def run(case, prepare, plan):
    logits = (torch.rand(case["rows"], case["classes"], device=plan["device"]) * 4 - 2).to(DTYPES[case["dtype"]])
    labels = torch.arange(case["rows"], device=plan["device"]) * 7919 % case["classes"]
    return measure(prepare(logits, labels), plan["rounds"], plan["milliseconds"], plan["device"])


def main():
    plan = json.load(sys.stdin)
    if plan["device"] != "cpu" and not torch.cuda.is_available():
        sys.exit("torch has no CUDA")
    for case in plan["cases"]:
        for name, prepare in PEERS.items():
            try:
                result = run(case, prepare, plan)
            except Exception as error:  # out of memory, no compiler, no such library: the others still run
                result = {"error": (str(error) or type(error).__name__).splitlines()[0][:200]}
            print(json.dumps({**case, "peer": name, **result}), flush=True)
            if plan["device"] != "cpu":
                torch.cuda.empty_cache()


main()
