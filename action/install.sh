#!/usr/bin/env bash
# Installs the wheel into a virtual environment of its own and names the program in the step's outputs.
set -euo pipefail

version=${INPUT_VERSION:?}
if ! [[ $version =~ ^[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?$ ]]; then
    echo "::error title=cwegate::the input \`version\` is not a version such as 0.1.0"
    exit 2
fi

python=$(command -v python3 || command -v python) || {
    echo "::error title=cwegate::there is no Python to install with; add actions/setup-python, or set the input \`cwegate-path\`"
    exit 2
}

# Away from the checkout, and isolated (-I): a `venv.py` or `pip.py` of the pull request must not run here.
cd "$RUNNER_TEMP"
folder=$(mktemp -d "$RUNNER_TEMP/cwegate-install.XXXXXX")
"$python" -I -m venv "$folder"
programs=$folder/bin
[[ -d $programs ]] || programs=$folder/Scripts
# Wheels only: nothing is built, so nothing of a build script runs.
"$programs/python" -I -m pip install --quiet --disable-pip-version-check --only-binary :all: "cwegate==$version"
"$programs/cwegate" --version
echo "cwegate=$programs/cwegate" >>"$GITHUB_OUTPUT"
