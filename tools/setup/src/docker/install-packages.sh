#!/bin/sh
# Inside an image's build: installs the locked packages; with workspaces only theirs, and of those only what runs here.
#
#   install-packages [npm ci's options] [workspace...]
set -eu

if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi
options=""
workspaces=""
for word in "$@"; do
  case "$word" in
    -*) options="$options $word" ;;
    *) workspaces="$workspaces --workspace $word" ;;
  esac
done
# shellcheck disable=SC2086 # words are meant to be split
npm ci $options $workspaces
if [ -z "$workspaces" ]; then exit; fi

# ONNX Runtime's package has the libraries of six platforms.
this=$(node -p '`${process.platform}/${process.arch}`')
find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d -not -path "*/$this" -exec rm -r {} +
# For compilers, debuggers and browsers.
find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' -o -name '*.min.js' \) -delete
# OpenTelemetry has its code three times over; Node takes build/src.
find node_modules/@opentelemetry -type d \( -name esm -o -name esnext \) -path '*/build/*' -prune -exec rm -r {} +
