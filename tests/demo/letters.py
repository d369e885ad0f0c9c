"""A tiny language model: which letter follows which two, learned from half of the texts, scored on the other half."""
import collections
import math
import os
import sys

folder = sys.argv[1]
texts = [open(os.path.join(folder, name), errors="replace").read().lower()
         for name in sorted(os.listdir(folder)) if "." not in name]
half = len(texts) // 2
counts, totals = collections.Counter(), collections.Counter()
for text in texts[:half]:
    for a, b, c in zip(text, text[1:], text[2:]):
        counts[a, b, c] += 1
        totals[a, b] += 1
bits, letters = 0.0, 0
for text in texts[half:]:
    for a, b, c in zip(text, text[1:], text[2:]):
        bits -= math.log2((counts[a, b, c] + 0.1) / (totals[a, b] + 0.1 * 128))
        letters += 1
print(f"learned from {half} files, scored on {len(texts) - half}: {bits / letters:.2f} bits a letter over {letters} letters")
print(f"on device {os.environ['CUDA_VISIBLE_DEVICES']}, as rank {os.environ['RANK']} of {os.environ['WORLD_SIZE']}")
