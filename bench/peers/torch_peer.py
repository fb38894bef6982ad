"""PyTorch as a peer: answers the requests of bench/run/protocol.ts, a line of JSON each, arrays in base64."""
import base64
import json
import sys
import time

import torch


def squared_emd(logits, labels):
    probabilities = torch.softmax(logits, dim=1)
    places = torch.arange(logits.shape[1])
    target = (places[None, :] >= labels[:, None]).float()
    return (torch.cumsum(probabilities, dim=1) - target)[:, :-1].square().sum() / logits.shape[0]


def energy(logits, targets, distances):
    difference = torch.softmax(logits, dim=1) - targets
    return -0.5 * (difference * (difference @ distances)).sum() / logits.shape[0]


def array(text, dtype):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=dtype) if text else torch.empty(0, dtype=dtype)


def encoded(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().tobytes()).decode()


class Loss:
    def __init__(self, problem, compiled):
        self.logits = array(problem["predictions"], torch.float32).reshape(-1, problem["classes"]).requires_grad_()
        function, self.arguments = self.of(problem)
        if compiled:
            torch._dynamo.reset()  # else later shapes get code for any shape
        self.loss = torch.compile(function, dynamic=False) if compiled else function

    def of(self, problem):
        classes, targets = problem["classes"], problem["targets"]
        is_index = targets["kind"] == "index"
        values = array(targets["values"], torch.int32).long() if is_index else None
        if problem["ground"]["kind"] != "energy":
            return squared_emd, [values]
        masses = (
            torch.nn.functional.one_hot(values, classes).float()
            if is_index
            else array(targets["values"], torch.float32).reshape(-1, classes)
        )
        return energy, [masses, array(problem["ground"]["distances"], torch.float32).reshape(classes, classes)]

    def run(self):
        self.logits.grad = None
        self.value = self.loss(self.logits, *self.arguments)
        self.value.backward()

    def output(self):
        return {"kind": "loss", "loss": self.value.item(), "gradient": encoded(self.logits.grad)}


class Distances:
    def __init__(self, problem):
        self.points = array(problem["features"], torch.float32).reshape(problem["classes"], -1)

    def run(self):
        self.values = torch.cdist(self.points, self.points)

    def output(self):
        return {"kind": "numbers", "values": encoded(self.values)}


class Sums:
    def __init__(self, problem):
        self.labels = array(problem["targets"]["values"], torch.int32).long()
        self.features = array(problem["features"], torch.float32).reshape(len(self.labels), -1)
        self.sums = torch.zeros(problem["classes"], self.features.shape[1])
        self.first = None

    def run(self):
        self.sums.index_add_(0, self.labels, self.features)
        if self.first is None:
            self.first = self.sums.clone()

    def output(self):
        return {"kind": "numbers", "values": encoded(self.first)}


def prepare(request):
    torch.set_num_threads(request["contender"]["threads"])
    work = request["work"].get("work", "loss")
    problem = request["problem"]
    if work == "distances":
        return Distances(problem)
    if work == "sums":
        return Sums(problem)
    return Loss(problem, request["contender"]["peer"] == "torch.compile")


def elapsed(runner, calls):
    """Milliseconds."""
    begin = time.perf_counter()
    for _ in range(calls):
        runner.run()
    return (time.perf_counter() - begin) * 1e3


def main():
    runner = None
    last = 0.0
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["kind"] == "prepare":
                runner = prepare(request)
                runner.run()
                answer = {"output": runner.output()}
            else:
                if last < 10:  # the others have had the caches since the last time
                    runner.run()
                taken = elapsed(runner, request["calls"])
                last = taken / request["calls"]
                answer = {"milliseconds": taken}
        except Exception as error:  # no compiler for torch.compile, say
            answer = {"error": str(error).splitlines()[0][:200]}
        print(json.dumps(answer), flush=True)


main()
