"""One rank of a real torch.distributed run: a tiny net learns synthetic digits; it meets the others by what its environment says alone."""
import os
import sys

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

STEPS, SAVE_EVERY = 60, 10


def digits(count, seed):
    """Ten 8 x 8 pictures, each with noise of its own: learnable, and nothing to download."""
    prototypes = torch.rand(10, 64, generator=torch.Generator().manual_seed(1)).round()
    chance = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=chance)
    return prototypes[labels] + 0.3 * torch.randn(count, 64, generator=chance), labels


def main():
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method="env://")
    rank, size = dist.get_rank(), dist.get_world_size()
    total = torch.tensor([float(rank + 1)])
    dist.all_reduce(total)
    assert total.item() == size * (size + 1) / 2, total

    torch.manual_seed(7)
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    restarts, first = int(os.environ["BUSBAR_RESTART_COUNT"]), 0
    if os.path.exists("checkpoint.pt"):
        saved = torch.load("checkpoint.pt")
        net.load_state_dict(saved["net"])
        first = saved["step"] + 1
    model = DistributedDataParallel(net)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
    print(f"rank {rank} of {size} restarts {restarts} first {first}", flush=True)
    for step in range(first, STEPS):
        pictures, labels = digits(256, seed=1000 * rank + step)
        loss = torch.nn.functional.cross_entropy(model(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean = loss.detach().clone()
        dist.all_reduce(mean)
        if rank == 0:
            with open("losses", "a") as file:
                file.write(f"{restarts} {step} {mean.item() / size:.4f}\n")
            if step % SAVE_EVERY == SAVE_EVERY - 1:
                torch.save({"net": net.state_dict(), "step": step}, "checkpoint.new")
                os.replace("checkpoint.new", "checkpoint.pt")
        if restarts == 0 and step == STEPS // 2 + 2:
            # Stands still in the middle of the first run, after a checkpoint: here it is killed from outside.
            dist.barrier()
            open(f"pid.{rank}", "w").close()
            while True:
                dist.barrier()
                __import__("time").sleep(0.1)
    weights = torch.cat([w.flatten() for w in net.parameters()])
    others = [torch.empty_like(weights) for _ in range(size)]
    dist.all_gather(others, weights.detach())
    assert all(torch.equal(weights.detach(), other) for other in others), "the ranks do not agree"
    pictures, labels = digits(1000, seed=99)
    right = (model(pictures).argmax(1) == labels).float().mean().item()
    print(f"rank {rank} done, {right:.3f} right", flush=True)
    return 0 if right > 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
