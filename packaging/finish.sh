#!/usr/bin/env bash
# Adds to a release's folder what is about all of its files: the list of what was built in, taken from a wheel, and checksums.
set -euo pipefail
cd "${1:?name the folder of the release}"

wheels=(cwegate-*.whl)
[[ -e ${wheels[0]} ]] || {
    echo "error: there is no wheel in $PWD" >&2
    exit 1
}
# maturin lists the crates that cargo resolved, those for other systems too, so that one list serves all packages.
python3 - "${wheels[0]}" >cwegate.cyclonedx.json <<'PYTHON'
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
[name] = [name for name in wheel.namelist() if name.endswith(".dist-info/sboms/cwegate.cyclonedx.json")]
sys.stdout.buffer.write(wheel.read(name))
PYTHON
rm -f SHA256SUMS
files=(*)
sha256sum "${files[@]}" >SHA256SUMS
cat SHA256SUMS
