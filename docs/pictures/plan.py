#!/usr/bin/env python3
"""The pictures of docs/planning.md, taken out of the reports: plan.py BUSBAR

Each is the wide drawing of one section of a page that the program wrote, with the page's own look inside.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Name of the picture, the section it is in, the command.
STUDENT = "plan train Llama-3-8B --method lora -g 2:RTX3090 --documents 10k --document-tokens 500 --epochs 3 --as-of 2026-11-27"
PICTURES = [
    ("plan-student-memory", "Memory of a device", STUDENT),
    ("plan-student-cost", "Cost over time", STUDENT),
    ("plan-lab-racks", "Racks", "plan cluster --people 12 --gpus-each 1.3 --breaker 60 --feeds 3 --cooling 30 --budget 600000 --node-price 280000"),
    ("plan-lab-lines", "Lines", "plan cluster --people 12 --gpus-each 1.3 --breaker 60 --feeds 3 --cooling 30 --budget 600000 --node-price 280000"),
    ("plan-lab-even", "Break-even", "plan tco -g 16:H100 --busy 45% --gpu-price 30000 --staff 3000 --storage 50 --egress 5 --as-of 2026-11-27"),
    ("plan-company-racks", "Racks", "plan cluster -g 512 --volts 400"),
    ("plan-company-network", "Networks", "plan cluster -g 512 --volts 400"),
    ("plan-company-moves", "What moves it", "plan tco -g 512:H100 --busy 70% --gpu-price 30000 --staff 40000 --site 20000 --storage 5000 --egress 50 --as-of 2026-11-27"),
]


def main():
    for name, section, command in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            page = os.path.join(folder, "page.html")
            subprocess.run([sys.argv[1], *command.split(), "--report", page], check=True, stdout=subprocess.DEVNULL)
            with open(page, encoding="utf-8") as file:
                html = file.read()
        look = re.search(r"<style>(.*?)</style>", html, re.S).group(1)
        drawing = re.search(rf"<h2>{section}</h2>.*?(<svg class=\"wide\".*?</svg>)", html, re.S).group(1)
        drawing = drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="system-ui,sans-serif" ', 1)
        paper = '<rect width="100%" height="100%" fill="#fff"/>'
        # Only the look for paper: a picture in a document does not know how dark its page is.
        kept = "\n".join(line for line in look.splitlines() if line.startswith((":root", ".")) and not line.startswith(".scroll"))
        drawing = drawing.replace(">", f"><style>{kept}</style>{paper}", 1)
        with open(os.path.join(HERE, name + ".svg"), "w", encoding="utf-8") as file:
            file.write(drawing + "\n")


if __name__ == "__main__":
    main()
