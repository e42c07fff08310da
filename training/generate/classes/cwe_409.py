"""Archives and streams that grow without end when unpacked."""

_S = (
    (
        "zlib",
        "zlib",
        "zlib.decompress([[request.data||request.get_data()||upload.read()||message.body]])",
        "zlib.decompressobj().decompress([[request.data||request.get_data()||upload.read()||message.body]], MAX_SIZE)",
    ),
    (
        "gzip",
        "gzip",
        "gzip.decompress([[request.data||request.get_data()||upload.read()||message.body]])",
        "gzip.GzipFile(fileobj=io.BytesIO([[request.data||request.get_data()||upload.read()||message.body]])).read(MAX_SIZE)",
    ),
    (
        "bz2",
        "bz2",
        "bz2.decompress([[request.data||request.get_data()||upload.read()||message.body]])",
        "bz2.BZ2Decompressor().decompress([[request.data||request.get_data()||upload.read()||message.body]], max_length=MAX_SIZE)",
    ),
    (
        "lzma",
        "lzma",
        "lzma.decompress([[request.data||request.get_data()||upload.read()||message.body]])",
        "lzma.LZMADecompressor().decompress([[request.data||request.get_data()||upload.read()||message.body]], max_length=MAX_SIZE)",
    ),
    (
        "zstd",
        "zstandard",
        "zstandard.ZstdDecompressor().stream_reader([[request.data||request.get_data()||upload.read()||message.body]]).read()",
        "zstandard.ZstdDecompressor().stream_reader([[request.data||request.get_data()||upload.read()||message.body]]).read(MAX_SIZE)",
    ),
    (
        "zip-read",
        "zipfile",
        'zipfile.ZipFile(upload).read("$file.$ext")',
        'zipfile.ZipFile(upload).open("$file.$ext").read(MAX_SIZE)',
    ),
    (
        "zlib-obj",
        "zlib",
        "zlib.decompressobj(31).decompress([[request.data||request.get_data()||upload.read()||message.body]])",
        "zlib.decompressobj(31).decompress([[request.data||request.get_data()||upload.read()||message.body]], MAX_SIZE)",
    ),
    (
        "brotli-stream",
        "zlib",
        "zlib.decompress(base64.b64decode(token))",
        "zlib.decompressobj().decompress(base64.b64decode(token), MAX_SIZE)",
    ),
    (
        "codecs",
        "codecs",
        'codecs.decode([[request.data||request.get_data()||upload.read()||message.body]], "zlib")',
        "zlib.decompressobj().decompress([[request.data||request.get_data()||upload.read()||message.body]], MAX_SIZE)",
    ),
    ("request", "gzip", "gzip.decompress(request.data)", "gzip.GzipFile(fileobj=request.stream).read(MAX_SIZE)"),
    ("gzip-fileobj", "gzip", "gzip.GzipFile(fileobj=upload).read()", "gzip.GzipFile(fileobj=upload).read(MAX_SIZE)"),
    ("snappy", "zlib", "zlib.decompress(message.value)", "zlib.decompressobj().decompress(message.value, MAX_SIZE)"),
)
SHAPES = (
    "".join(f"\n== {n}\ni import {m}\n- $r = {b}\n+ $r = {g}\n" for n, m, b, g in _S)
    + "".join(
        f"\n== {n}-json\ni import json\ni import {m}\n- $r = json.loads({b})\n+ $r = json.loads({g})\n"
        for n, m, b, g in _S
    )
    + "".join(
        f'\n== {n} raw\ni import zipfile\n= def $fn({a}):\n{o}{guard}=     {d}  #!\n=     return "$dir"\n'
        for n, a, o, guard, d in (
            (
                "zip-extractall",
                "upload",
                "=     archive = zipfile.ZipFile(upload)\n",
                '+     if sum(i.file_size for i in archive.infolist()) > MAX_SIZE:\n+         raise ValueError("$phrase")\n',
                'archive.extractall("$dir")',
            ),
            (
                "tar-extractall",
                "upload_path",
                "=     archive = tarfile.open(upload_path)\n",
                '+     if sum(m.size for m in archive.getmembers()) > MAX_SIZE:\n+         raise ValueError("$phrase")\n',
                'archive.extractall("$dir", filter="data")',
            ),
            (
                "unpack-archive",
                "upload_path",
                "",
                "+     check_unpacked_size(upload_path, MAX_SIZE)\n",
                'shutil.unpack_archive(upload_path, "$dir")',
            ),
            (
                "sevenzip",
                "upload_path",
                "=     archive = py7zr.SevenZipFile(upload_path)\n",
                '+     if archive.archiveinfo().uncompressed > MAX_SIZE:\n+         raise ValueError("$phrase")\n',
                'archive.extractall("$dir")',
            ),
            (
                "rar",
                "upload_path",
                "=     archive = rarfile.RarFile(upload_path)\n",
                '+     if sum(i.file_size for i in archive.infolist()) > MAX_SIZE:\n+         raise ValueError("$phrase")\n',
                'archive.extractall("$dir")',
            ),
            (
                "zip-count",
                "upload_path",
                "=     archive = zipfile.ZipFile(upload_path)\n",
                '+     if len(archive.namelist()) > 1000 or sum(i.file_size for i in archive.infolist()) > MAX_SIZE:\n+         raise ValueError("$phrase")\n',
                "pages = [archive.read(n) for n in archive.namelist()]",
            ),
        )
    )
    + r"""
== copyfileobj raw
i import gzip
i import shutil
= def $fn(upload_path):
=     with gzip.open(upload_path) as source, open("$dir/$file.$ext", "wb") as out:
-         shutil.copyfileobj(source, out)
+         out.write(source.read(MAX_SIZE))
"""
)
