"""Privileges that are kept or given without need."""

SHAPES = r"""
== setuid-order
i import os
- os.setuid(uid)#!
- os.setgid(gid)
+ os.setgid(gid)
+ os.setuid(uid)
== no-setgroups
i import os
+ os.setgroups([])
= os.setgid(gid)#!
= os.setuid(uid)
== seteuid
i import os
- os.seteuid(uid)
+ os.setuid(uid)
== setuid-root
i import os
- os.setuid(0)
+ os.setuid(pwd.getpwnam("$user").pw_uid)
== seteuid-root-back
i import os
= os.seteuid(0)
= $r = open("/etc/$file.conf").read()
+ os.seteuid(os.getuid())
= logger.info("$log", "$noun")#!
== drop-after-listen raw
i import os
i import socket
= def $fn(port, uid, gid):
=     sock = socket.socket()
=     sock.bind(("127.0.0.1", port))
+     os.setgid(gid)
+     os.setuid(uid)
=     sock.listen($num)#!
=     return sock
== docker-privileged
i import docker
- $r = docker.from_env().containers.run("$noun:latest", privileged=True, detach=True)
+ $r = docker.from_env().containers.run("$noun:latest", cap_drop=["ALL"], detach=True)
== docker-root
- $r = client.containers.run("$noun", user="root", detach=True)
+ $r = client.containers.run("$noun", user="1000:1000", detach=True)
== docker-socket
- $r = client.containers.run("$noun", volumes={"/var/run/docker.sock": {"bind": "/var/run/docker.sock", "mode": "rw"}})
+ $r = client.containers.run("$noun", volumes={"$dir": {"bind": "/data", "mode": "ro"}})
== docker-cap-add
- $r = client.containers.run("$noun", cap_add=["SYS_ADMIN"], detach=True)
+ $r = client.containers.run("$noun", cap_drop=["ALL"], detach=True)
== k8s-privileged
- security = client.V1SecurityContext(privileged=True)
+ security = client.V1SecurityContext(privileged=False, run_as_non_root=True)
== k8s-escalation
- security = client.V1SecurityContext(allow_privilege_escalation=True)
+ security = client.V1SecurityContext(allow_privilege_escalation=False)
== k8s-host
- spec = client.V1PodSpec(containers=[container], host_pid=True, host_network=True)
+ spec = client.V1PodSpec(containers=[container])
== iam-star
i import json
- policy = {"Effect": "Allow", "Action": "*", "Resource": "*"}
+ policy = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::$noun/*"}
= iam.put_role_policy(RoleName="$noun", PolicyName="$key", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]}))
== iam-admin
- iam.attach_role_policy(RoleName="$noun", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
+ iam.attach_role_policy(RoleName="$noun", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
== sql-grant
- cur.execute("GRANT ALL PRIVILEGES ON *.* TO '$user'@'%'")
+ cur.execute("GRANT SELECT ON $noun.* TO '$user'@'%'")
== sudoers
- line = "$user ALL=(ALL) NOPASSWD: ALL\n"
+ line = "$user ALL=(root) NOPASSWD: /usr/bin/systemctl restart $noun\n"
= open("/etc/sudoers.d/$noun", "w").write(line)#!
== is-staff-from-form raw
= @login_required
= def $fn(request):
=     user = request.user
-     user.is_staff = request.POST.get("is_staff") == "on"
+     user.bio = request.POST.get("bio", "")
=     user.save()
=     return redirect("$noun")
== register-superuser raw
= def $fn(request):
=     form = $modelForm(request.POST)
=     if form.is_valid():
-         user = User.objects.create_superuser(form.cleaned_data["name"], password=form.cleaned_data["password"])
+         user = User.objects.create_user(form.cleaned_data["name"], password=form.cleaned_data["password"])
=         login(request, user)
=     return redirect("$noun")
== role-from-body raw
= @app.post("/$route")
= def $fn(payload: $modelIn, db=Depends(get_db)):
-     user = User(name=payload.name, role=payload.role)
+     user = User(name=payload.name, role="member")
=     db.add(user)
=     db.commit()
=     return {"id": user.id}
== setcap
i import subprocess
- subprocess.check_call(["setcap", "cap_setuid+ep", "$dir/$noun"])
+ subprocess.check_call(["setcap", "cap_net_bind_service+ep", "$dir/$noun"])
== suid-bit
i import os
- os.chmod("$dir/$noun", 0o4755)
+ os.chmod("$dir/$noun", 0o755)
== popen-user
i import subprocess
- subprocess.Popen(["$dir/$noun"], user="root")
+ subprocess.Popen(["$dir/$noun"], user="nobody")
== celery-root module
i import os
- os.environ["C_FORCE_ROOT"] = "1"
+ os.environ.pop("C_FORCE_ROOT", None)
"""
