#!/usr/bin/env python3
"""Writes catalog/offers.csv from converted price files: make_offers.py FOLDER

FOLDER holds offers.csv with the columns of README.md's first table, one row an offer, converted from the sources that its second table
lists. Kept are rows with an accelerator whose source is under a licence that lets the facts be passed on; names of accelerators become
those of devices.csv; memory becomes the maker's figure. Every date is kept: the same offer at an older date is another row.
"""
import collections
import csv
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Sources by how their rows name them, and why their facts may be shipped.
LICENSED = {"karpenter-aws": "Apache-2.0", "karpenter-azure": "Apache-2.0", "gcp-cost-calculator": "Apache-2.0", "gpuhunt": "MPL-2.0"}
COLUMNS = ["provider", "region", "instance", "gpu", "gpu_count", "gpu_memory_gb", "vcpus", "memory_gb", "price_hour", "spot_price_hour",
           "price_month_1y", "price_month_3y", "as_of_date", "source"]
# What a provider calls it, with the memory it states where that tells two apart -> the name in devices.csv, the maker's memory in GB.
NAMES = {("A100", 40): ("A100 SXM 40GB", 40), ("A100", 80): ("A100 SXM 80GB", 80), ("A100-PCIe", 40): ("A100 PCIe 40GB", 40),
         ("A100-PCIe", 80): ("A100 PCIe 80GB", 80), ("V100", 16): ("V100 SXM 16GB", 16), ("V100", 32): ("V100 SXM 32GB", 32)}
PLAIN = {"H100": ("H100 SXM", 80), "H100-NVL": ("H100 NVL", 94), "H200": ("H200 SXM", 141), "B200": ("B200 SXM", 180),
         "B300": ("B300 SXM", 288), "GB200": ("GB200", 186), "RTX PRO 6000": ("RTX PRO 6000 Server", 96),
         "rtx-pro-server-6000": ("RTX PRO 6000 Server", 96), "rtx-pro-4500": ("RTX PRO 4500", 32), "A10": ("A10", 24), "A10G": ("A10G", 24),
         "L4": ("L4", 24), "L40S": ("L40S", 48), "A40": ("A40", 48), "T4": ("T4", 16), "T4g": ("T4g", 16), "MI300X": ("MI300X", 192),
         "M60": ("M60", 8), "K80": ("K80", 12), "k520": ("K520", 4), "radeon-pro-v520": ("Radeon Pro V520", 8),
         "gaudi-hl-205": ("Gaudi HL-205", 32), "inferentia": ("Inferentia", 8), "inferentia2": ("Inferentia2", 32), "trainium": ("Trainium", 32)}
# Azure's sizes with a card in a slot; the others of the same chip have it on a board.
IN_SLOTS = {"A100 SXM 80GB": ("ads_A100_v4", "A100 PCIe 80GB"), "V100 SXM 16GB": ("s_v3", "V100 PCIe 16GB")}


def number(text):
    """The same number, as short as it can be written."""
    return f"{float(text):.6f}".rstrip("0").rstrip(".") if text else ""


def device(row):
    """(name, memory of a whole device in GB or None, devices) of one row."""
    stated = float(row["gpu_memory_gb"] or 0)
    name, memory = NAMES.get((row["gpu"], round(stated))) or PLAIN.get(row["gpu"]) or (row["gpu"], None)
    if memory is None and not name.startswith("TPU"):
        raise SystemExit(f"{row['instance']}: {row['gpu']!r} has no name in this script; add it to NAMES or PLAIN")
    if row["provider"] == "azure" and name in IN_SLOTS and row["instance"].endswith(IN_SLOTS[name][0]):
        name = IN_SLOTS[name][1]
    if row["gpu_count"]:
        return name, memory, number(row["gpu_count"])
    # A part of a device (AWS g6f): the part of its memory that is stated, 22.35 GiB being all of an L4.
    return name, memory, number(round(stated * 8 / 22.351562) / 8)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    left_out, kept = collections.Counter(), []
    with open(os.path.join(sys.argv[1], "offers.csv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"].split("@")[0] not in LICENSED:
                left_out["source without a clear licence"] += 1
            elif not row["gpu"]:
                left_out["without an accelerator"] += 1
            elif not row["as_of_date"]:
                left_out["without a date"] += 1
            else:
                name, memory, count = device(row)
                row |= {"gpu": name, "gpu_memory_gb": str(memory or ""), "gpu_count": count}
                for column in ("memory_gb", "price_hour", "spot_price_hour", "price_month_1y", "price_month_3y"):
                    row[column] = number(row[column])
                kept.append([row[column] for column in COLUMNS])
    kept.sort(key=lambda row: (row[12], row[0], row[1], row[2]))
    with open(os.path.join(HERE, "offers.csv"), "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(kept)
    print(f"{len(kept)} offers kept; left out: {dict(left_out)}")


if __name__ == "__main__":
    main()
