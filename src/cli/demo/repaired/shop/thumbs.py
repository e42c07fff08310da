import subprocess
from pathlib import Path

from werkzeug.utils import secure_filename

SIZES = {"small": "120x120", "medium": "300x300", "large": "600x600"}
IMAGES = Path("/srv/shop/images")
MARKED = Path("/srv/shop/marked")


def make_thumbnail(source: Path, size: str) -> Path:
    target = source.with_name(f"{source.stem}-{size}.jpg")
    subprocess.run(["convert", str(source), "-resize", SIZES[size], str(target)], check=True, timeout=30)
    return target


def watermark(request):
    image = secure_filename(request.form["image"])
    text = request.form["text"]
    subprocess.run(["convert", IMAGES / image, "-annotate", "0", text, MARKED / image], check=True, timeout=30)
    return image
