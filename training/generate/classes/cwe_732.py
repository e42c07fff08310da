"""Permissions that are too wide."""

SHAPES = (
    "".join(
        f"\n== {n}-{b[-3:]}\ni import os\n{i}- {t.replace('@', b)}\n+ {t.replace('@', g)}\n"
        for b, g in (("0o777", "0o750"), ("0o666", "0o600"), ("0o757", "0o700"))
        for n, i, t in (
            ("chmod", "", 'os.chmod("$dir/$file.$ext", @)'),
            ("chmod-path", "", "os.chmod(path, @)"),
            ("path-chmod", "i from pathlib import Path\n", 'Path("$dir/$file.$ext").chmod(@)'),
            ("makedirs", "", 'os.makedirs("$dir/$noun", mode=@, exist_ok=True)'),
            ("mkdir", "", 'os.mkdir("$dir/$noun", @)'),
            ("os-open", "", 'fd = os.open("$dir/$file.$ext", os.O_CREAT | os.O_WRONLY, @)'),
            ("fchmod", "", "os.fchmod(fd, @)"),
            ("pathlib-mkdir", "i from pathlib import Path\n", 'Path("$dir/$noun").mkdir(mode=@, parents=True)'),
            ("mkfifo", "", 'os.mkfifo("/run/$noun.fifo", @)'),
            ("sftp-chmod", "", 'sftp.chmod("$dir/$file.$ext", @)'),
            ("walk-chmod", "", "for name in os.listdir(root):\n=X     os.chmod(os.path.join(root, name), @)"),
            ("tar-mode", "", "member.mode = @"),
            ("lchmod", "", 'os.chmod(os.path.join(settings.DATA_DIR, "$noun"), mode=@)'),
        )
        if "=X" not in t
    )
    + r"""
== umask-zero
i import os
- os.umask(0)
+ os.umask(0o077)
== chmod-stat
i import os
i import stat
- os.chmod(path, stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
+ os.chmod(path, stat.S_IRWXU)
== chmod-write-other
i import os
i import stat
- os.chmod(path, os.stat(path).st_mode | stat.S_IWOTH)
+ os.chmod(path, os.stat(path).st_mode & ~stat.S_IWOTH)
== chmod-shell
i import subprocess
- subprocess.run(["chmod", [["-R", "777"||"a+rwx"||"666"]], "$dir/$noun"], check=True)
+ subprocess.run(["chmod", "750", "$dir/$noun"], check=True)
== key-file
i import os
= with open("$dir/$file.pem", "w") as out:
=     out.write(private_key)
- os.chmod("$dir/$file.pem", 0o644)
+ os.chmod("$dir/$file.pem", 0o600)
== django-upload module
- FILE_UPLOAD_PERMISSIONS = 0o[[777||666]]
+ FILE_UPLOAD_PERMISSIONS = 0o640
== django-upload-dir module
- FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o777
+ FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
== s3-acl
i import boto3
- s3.put_object(Bucket="$noun", Key="$key", Body=body, ACL="[[public-read||public-read-write]]")
+ s3.put_object(Bucket="$noun", Key="$key", Body=body, ACL="private")
== s3-bucket-acl
- s3.put_bucket_acl(Bucket="$noun", ACL="[[public-read-write||authenticated-read]]")
+ s3.put_bucket_acl(Bucket="$noun", ACL="private")
== gcs-public
- blob.make_public()
+ $r = blob.generate_signed_url(expiration=3600)
== loop-chmod
i import os
= for name in os.listdir("$dir"):
-     os.chmod(os.path.join("$dir", name), 0o777)
+     os.chmod(os.path.join("$dir", name), 0o640)
"""
)
