"""Links that are followed."""

SHAPES = r"""
== tar-links plain method celery
i import tarfile
= with tarfile.open("$dir/$file.tar") as archive:
=     for member in archive:
-         archive.extract(member, "$dir")
+         if member.isfile():
+             archive.extract(member, "$dir", filter="data")
== open-nofollow
i import os
- fd = os.open("/tmp/$file.$ext", os.O_WRONLY | os.O_CREAT)
+ fd = os.open("/tmp/$file.$ext", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_EXCL, 0o600)
== chown
i import os
- os.chown("/tmp/$file.$ext", uid, gid)
+ os.chown("/tmp/$file.$ext", uid, gid, follow_symlinks=False)
== chown-lchown
i import os
- os.chown("/tmp/$file.$ext", uid, -1)
+ os.lchown("/tmp/$file.$ext", uid, -1)
== copytree
i import shutil
- shutil.copytree(upload_dir, "$dir/$noun")
+ shutil.copytree(upload_dir, "$dir/$noun", symlinks=True)
== copyfile
i import shutil
- shutil.[[copyfile||copy||copy2]](os.path.join(upload_dir, name), "$dir/$file.$ext")
+ shutil.[[copyfile||copy||copy2]](os.path.join(upload_dir, name), "$dir/$file.$ext", follow_symlinks=False)
== walk
i import os
- $r = [files for _, _, files in os.walk(upload_dir, followlinks=True)]
+ $r = [files for _, _, files in os.walk(upload_dir, followlinks=False)]
== abspath-check raw
i import os
= def $fn(name):
-     full = os.path.abspath(os.path.join(ROOT, name))
+     full = os.path.realpath(os.path.join(ROOT, name))
=     if not full.startswith(ROOT + os.sep):
=         raise ValueError("$phrase")
=     return open(full).read()#!
== pid-file raw
i import os
= def $fn(pid):
-     with open("/tmp/$noun.pid", "w") as f:
+     fd = os.open("/run/$noun/app.pid", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
+     with os.fdopen(fd, "w") as f:
=         f.write(str(pid))
== tmp-log raw
i import os
= def $fn(line):
-     with open("/tmp/$noun.log", "a") as log:
+     fd = os.open("/var/log/$noun.log", os.O_APPEND | os.O_WRONLY | os.O_NOFOLLOW)
+     with os.fdopen(fd, "a") as log:
=         log.write(line)
== rglob-read raw
i from pathlib import Path
= def $fn(upload_dir):
=     out = []
=     for path in Path(upload_dir).rglob("*.$ext"):
+         if path.is_symlink():
+             continue
=         out.append(path.read_text())#!
=     return out
== rmtree-link raw
i import os
i import shutil
= def $fn(root):
=     for entry in os.scandir(root):
-         if entry.is_dir():
+         if entry.is_dir(follow_symlinks=False):
=             for name in os.listdir(entry.path):  #!
=                 os.remove(os.path.join(entry.path, name))
== zip-symlink raw
i import os
i import zipfile
= def $fn(archive, target):
=     for info in archive.infolist():
-         if (info.external_attr >> 16) & 0o170000 == 0o120000:
-             os.symlink(archive.read(info), os.path.join(target, os.path.basename(info.filename)))#!
+         if (info.external_attr >> 16) & 0o170000 == 0o120000:
+             continue
=         archive.extract(info, target)
== walk-add raw
i import os
i import tarfile
= def $fn(folder):
-     with tarfile.open("$file.tgz", "w:gz", dereference=True) as archive:
+     with tarfile.open("$file.tgz", "w:gz", dereference=False) as archive:
=         archive.add(folder)
"""
