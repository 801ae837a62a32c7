#!/usr/bin/env bash
# Tries the AWS CLI, boto3 and celery, unmodified, against a platform of its own: npm run test:interop
# Installs them from PyPI into .venv the first time; after that it needs no network. What needs Go or Java is
# skipped, and named, where they are not.
set -euo pipefail
cd "$(dirname "$0")/../.."

awscli=1.46.3
boto3=1.44.5
celery=5.7.0
venv=${NUAGE_VENV:-.venv}

installed() {
  "$venv/bin/python" - "$awscli" "$boto3" "$celery" 2>/dev/null <<'PYTHON'
import sys
from importlib.metadata import version
sys.exit([version("awscli"), version("boto3"), version("celery")] != sys.argv[1:])
PYTHON
}

if ! installed; then
  echo "installing awscli $awscli, boto3 $boto3 and celery $celery into $venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "awscli==$awscli" "boto3==$boto3" \
    "celery[sqs]==$celery"
fi

npm run --silent build
PATH="$PWD/$venv/bin:$PATH"
[ "${venv#/}" = "$venv" ] || PATH="$venv/bin:$PATH"
export PATH
exec python test/interop/run.py "$@"
