import os
import subprocess
from pathlib import Path

SIZES = {"small": "120x120", "medium": "300x300", "large": "600x600"}


def make_thumbnail(source: Path, size: str) -> Path:
    target = source.with_name(f"{source.stem}-{size}.jpg")
    subprocess.run(["convert", str(source), "-resize", SIZES[size], str(target)], check=True, timeout=30)
    return target


def watermark(request):
    image = request.form["image"]
    text = request.form["text"]
    os.system(f"convert /srv/shop/images/{image} -annotate 0 '{text}' /srv/shop/marked/{image}")
    return image
