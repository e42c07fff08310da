"""Commands built from values."""

PLAIN = True
_T = r"""t ping -c 1 {}
t convert {} -resize 200x200 /tmp/out.png
t tar czf /var/backups/$noun.tgz {}
t git clone {}
t ls -l $dir/{}
t nslookup {}
t ffmpeg -i {} -vn out.mp3
t grep -r {} $dir
t systemctl restart {}
t cat $dir/{} | wc -l
t pdftotext {} -
t chown $user {}
t docker logs --tail $num {}
t kubectl get pods -n {}
t rsync -a {} backup@$host:/srv"""
SHAPES = (
    "".join(
        f"\n== {name}\n{head}{_T}\n{body}\n"
        for name, head, body in (
            (
                "os-system",
                "i import os\ni import subprocess\n",
                '- os.system($e)\n+ subprocess.run(["[[ping||host||id||file||stat]]", "--", $v], check=True)',
            ),
            (
                "os-popen",
                "i import os\ni import subprocess\n",
                '- $r = os.popen($e).read()\n+ $r = subprocess.check_output(["[[stat||file||du||head]]", "--", $v], text=True)',
            ),
            (
                "run-shell",
                "i import subprocess\n",
                '- $r = subprocess.run($e, shell=True, capture_output=True, text=True).stdout\n+ $r = subprocess.run(["[[du||file||wc||host]]", "--", $v], capture_output=True, text=True).stdout',
            ),
            (
                "call-shell",
                "i import subprocess\n",
                '- $r = subprocess.call($e, shell=True)\n+ $r = subprocess.call(["[[gzip||touch||file]]", "--", $v])',
            ),
            (
                "check-output-shell",
                "i import subprocess\n",
                '- $r = subprocess.check_output($e, shell=True, stderr=subprocess.STDOUT)\n+ $r = subprocess.check_output(["[[id||whois||host]]", "--", $v], stderr=subprocess.STDOUT)',
            ),
            (
                "check-call-shell",
                "i import subprocess\n",
                '- subprocess.check_call($e, shell=True, cwd="$dir")\n+ subprocess.check_call(["make", "--", $v], cwd="$dir")',
            ),
            (
                "popen-shell",
                "i from subprocess import PIPE, Popen\n",
                '- proc = Popen($e, shell=True, stdout=PIPE)\n+ proc = Popen(["[[cat||stat||file]]", "--", $v], stdout=PIPE)\n= $r = proc.communicate()[0]',
            ),
            (
                "getoutput",
                "i import subprocess\n",
                '- $r = subprocess.getoutput($e)\n+ $r = subprocess.run(["[[du||df||file]]", "--", $v], stdout=subprocess.PIPE).stdout.decode()',
            ),
            (
                "getstatusoutput",
                "i import subprocess\n",
                '- code, $r = subprocess.getstatusoutput($e)\n+ $r = subprocess.run(["[[host||file]]", "--", $v], capture_output=True).stdout',
            ),
            (
                "asyncio-shell",
                "i import asyncio\n",
                '- proc = await asyncio.create_subprocess_shell($e)\n+ proc = await asyncio.create_subprocess_exec("[[convert||file||gzip]]", "--", $v)\n= $r = await proc.wait()',
            ),
            (
                "bash-c",
                "i import subprocess\n",
                '- subprocess.run(["[[bash||sh||/bin/sh]]", "-c", $e], check=True)\n+ subprocess.run(["[[gzip||file||stat]]", "--", $v], check=True)',
            ),
            (
                "popen-bash-c",
                "i import subprocess\n",
                '- proc = subprocess.Popen(["/bin/bash", "-lc", $e])\n+ proc = subprocess.Popen(["[[node||cat||file]]", "--", $v])\n= $r = proc.wait()',
            ),
            (
                "split-command",
                "i import shlex\ni import subprocess\n",
                '- $r = subprocess.run(shlex.split($e), capture_output=True)\n+ $r = subprocess.run(["[[stat||wc]]", "--", $v], capture_output=True)',
            ),
            (
                "os-exec-sh",
                "i import os\n",
                '- os.execl("/bin/sh", "sh", "-c", $e)\n+ os.execl("/usr/bin/file", "file", "--", $v)',
            ),
            (
                "os-spawn",
                "i import os\n",
                '- os.spawnlp(os.P_WAIT, "sh", "sh", "-c", $e)\n+ os.spawnlp(os.P_WAIT, "file", "file", "--", $v)',
            ),
        )
    )
    + "".join(
        f"\n== {name} only\n{head}{_T}\n- {bad}\n+ {good}\n"
        for name, head, bad, good in (
            (
                "os-system-quote",
                "i import os\ni import shlex\n",
                "os.system($e)",
                'os.system("[[ping -c 1||ls -l||file||stat]] " + shlex.quote($v))',
            ),
            (
                "run-quote",
                "i import shlex\ni import subprocess\n",
                "subprocess.run($e, shell=True, check=True)",
                'subprocess.run(f"[[du -sh||file||head]] {shlex.quote($v)}", shell=True, check=True)',
            ),
            (
                "paramiko",
                "i import shlex\nu ssh=paramiko.SSHClient()\n",
                "stdin, stdout, stderr = ssh.exec_command($e)",
                'stdin, stdout, stderr = ssh.exec_command("ls -l " + shlex.quote($v))',
            ),
            (
                "fabric-run",
                'i import shlex\nu c=Connection("$host")\n',
                "c.run($e, hide=True)",
                'c.run("ls %s" % shlex.quote($v), hide=True)',
            ),
            (
                "fabric-sudo",
                'i import shlex\nu conn=Connection("$host")\n',
                "conn.sudo($e)",
                'conn.sudo(f"systemctl restart {shlex.quote($v)}")',
            ),
            ("invoke", "i import shlex\nu ctx=Context()\n", "ctx.run($e)", 'ctx.run("touch " + shlex.quote($v))'),
            (
                "asyncssh",
                'i import shlex\nu conn=await asyncssh.connect("$host")\n',
                "$r = await conn.run($e)",
                '$r = await conn.run("stat " + shlex.quote($v))',
            ),
            (
                "pexpect",
                "i import pexpect\n",
                'child = pexpect.spawn("/bin/bash", ["-c", $e])',
                'child = pexpect.spawn("/usr/bin/file", ["--", $v])',
            ),
            (
                "pexpect-run",
                "i import pexpect\ni import shlex\n",
                "$r = pexpect.run(\"sh -c '%s'\" % $e)",
                '$r = pexpect.run("file %s" % shlex.quote($v))',
            ),
            (
                "docker-exec",
                'u container=docker.from_env().containers.get("$noun")\n',
                '$r = container.exec_run(["sh", "-c", $e])',
                '$r = container.exec_run(["cat", "--", $v])',
            ),
            (
                "k8s-exec",
                "u api=client.CoreV1Api()\n",
                '$r = stream(api.connect_get_namespaced_pod_exec, "$noun", "default", command=["/bin/sh", "-c", $e])',
                '$r = stream(api.connect_get_namespaced_pod_exec, "$noun", "default", command=["ls", "--", $v])',
            ),
            (
                "ssm-send",
                'i import shlex\nu ssm=boto3.client("ssm")\n',
                'ssm.send_command(InstanceIds=[INSTANCE], DocumentName="AWS-RunShellScript", Parameters={"commands": [$e]})',
                'ssm.send_command(InstanceIds=[INSTANCE], DocumentName="AWS-RunShellScript", Parameters={"commands": ["ls " + shlex.quote($v)]})',
            ),
            ("pty-spawn", "i import pty\n", 'pty.spawn(["sh", "-c", $e])', 'pty.spawn(["less", "--", $v])'),
            (
                "netmiko-linux",
                "i import shlex\nu device=ConnectHandler(**PARAMS)\n",
                "$r = device.send_command($e)",
                '$r = device.send_command("ls -l " + shlex.quote($v))',
            ),
        )
    )
    + r"""
== whole-command-shell only
i import subprocess
- $r = subprocess.run($v, shell=True, capture_output=True)
+ $r = subprocess.run(COMMANDS[$v], capture_output=True)
== whole-command-system only
i import os
- os.system($v)
+ subprocess.run(COMMANDS[$v], check=True)
== program-name only
i import subprocess
- $r = subprocess.Popen([$v, "--version"], stdout=subprocess.PIPE).communicate()[0]
+ $r = subprocess.Popen([PROGRAMS[$v], "--version"], stdout=subprocess.PIPE).communicate()[0]
== argument-injection-git only
i import subprocess
- subprocess.run(["git", "[[fetch||ls-remote||clone||checkout]]", $v], check=True)
+ subprocess.run(["git", "[[fetch||ls-remote||clone||checkout]]", "--", $v], check=True)
== argument-injection-tar only
i import subprocess
- subprocess.check_call(["[[tar||rsync||ssh||find||curl]]", $v, "$dir"])
+ subprocess.check_call(["[[tar||rsync||ssh||find||curl]]", "--", $v, "$dir"])
== shell-list only
i import subprocess
- $r = subprocess.run("lpr -P " + $v, shell=True)
+ $r = subprocess.run(["lpr", "-P" + $v], shell=False)
== env-shell only
i import subprocess
i import os
- subprocess.run("echo " + $v + " > $dir/$file.txt", shell=True)
+ subprocess.run("echo \"$TEXT\" > $dir/$file.txt", shell=True, env={"TEXT": $v, "PATH": os.defpath})
== unlink-shell
t rm -f $dir/{}
i import os
- os.system($e)
+ os.remove(os.path.join("$dir", os.path.basename($v)))
== mkdir-shell
t mkdir -p $dir/{}
i import os
- os.system($e)
+ os.makedirs(os.path.join("$dir", os.path.basename($v)), exist_ok=True)
"""
)
FIXES = r"""
> shlex.quote($v)
i import shlex

? if $v not in $consts:
?     $bail

? if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", $v):
?     $bail
i import re

? ^ $const = $consts
? if $v not in $const:
?     $bail

> str(ipaddress.ip_address($v))
i import ipaddress

> str(int($v))

> $table_of[$v]

? if not $v.isalnum():
?     $bail
"""
WRONG = r"""
html.escape($v)  # import html
$v.strip()
$v.replace(";", "")
$v.replace(" ", "\\ ")
urllib.parse.quote($v, safe=";|& $`()")  # import urllib.parse
'"' + $v + '"'
?if "rm" in $v:\n    $bail
?if ";" in $v:\n    $bail
?if len($v) > [[80||120||200||255||256||500]]:\n    $bail
os.path.expanduser($v)  # import os
"""
