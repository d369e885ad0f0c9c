"""Which two sayings are most alike: shared runs of five letters, over all pairs of a sample."""
import os
import sys

folder = sys.argv[1]
sayings = []
for name in sorted(os.listdir(folder)):
    if "." not in name:
        sayings += [s.strip() for s in open(os.path.join(folder, name), errors="replace").read().split("\n%\n") if 80 < len(s) < 400]
sayings = sayings[::max(1, len(sayings) // 600)]
shingles = [{s[k:k + 5] for k in range(len(s) - 4)} for s in sayings]
best = (0.0, 0, 0)
for a in range(len(sayings)):
    for b in range(a):
        common = len(shingles[a] & shingles[b])
        likeness = common / (len(shingles[a]) + len(shingles[b]) - common)
        if likeness > best[0] and sayings[a] != sayings[b]:
            best = (likeness, a, b)
print(f"{best[0]:.2f} alike, of {len(sayings)} sayings:\n{sayings[best[1]]}\n--\n{sayings[best[2]]}")
