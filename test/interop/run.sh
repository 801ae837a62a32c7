#!/usr/bin/env bash
# Tries the AWS CLI, boto3, celery, SAM, Serverless and CDK, unmodified, against a platform of its own:
# npm run test:interop. Installs them from PyPI and npm into .venv and .tools the first time; after that it
# needs no network. What needs Go or Java is skipped, and named, where they are not.
set -euo pipefail
cd "$(dirname "$0")/../.."

awscli=1.46.3
boto3=1.44.5
celery=5.7.0
sam=1.170.0
osls=4.3.1
cdk=2.1148.1
cdk_lib=2.276.0
venv=${NUAGE_VENV:-.venv}

installed() {
  "$venv/bin/python" - "$awscli" "$boto3" "$celery" 2>/dev/null <<'PYTHON'
import sys
from importlib.metadata import version
sys.exit([version("awscli"), version("boto3"), version("celery")] != sys.argv[1:])
PYTHON
}

install_clients() {
  installed && return
  echo "installing awscli $awscli, boto3 $boto3 and celery $celery into $venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "awscli==$awscli" "boto3==$boto3" \
    "celery[sqs]==$celery"
}

tools=$PWD/.tools
install_sam() {
  [ "$("$tools/sam/bin/sam" --version 2>/dev/null)" != "SAM CLI, version $sam" ] || return 0
  echo "installing aws-sam-cli $sam into .tools"
  python3 -m venv "$tools/sam"
  "$tools/sam/bin/pip" install --quiet --disable-pip-version-check "aws-sam-cli==$sam"
}

install_node_tools() {
  [ "$(cat "$tools/node/versions" 2>/dev/null)" != "$osls $cdk $cdk_lib" ] || return 0
  echo "installing osls $osls, aws-cdk $cdk and aws-cdk-lib $cdk_lib into .tools"
  mkdir -p "$tools/node"
  npm install --prefix "$tools/node" --no-save --no-audit --no-fund --silent \
    "osls@$osls" "aws-cdk@$cdk" "aws-cdk-lib@$cdk_lib" "constructs@10.8.1"
  echo "$osls $cdk $cdk_lib" >"$tools/node/versions"
}

install_clients & clients=$!
install_sam & sam_tools=$!
install_node_tools & node_tools=$!
wait "$clients"
wait "$sam_tools"
wait "$node_tools"
export NUAGE_NODE_TOOLS=$tools/node

npm run --silent build
PATH="$PWD/$venv/bin:$PATH"
[ "${venv#/}" = "$venv" ] || PATH="$venv/bin:$PATH"
PATH="$PATH:$tools/sam/bin:$tools/node/node_modules/.bin"
export PATH
exec python test/interop/run.py "$@"
