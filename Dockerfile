# The services as images. Targets: `lean` (environments, rollout, evolver; no TensorFlow), `training` (encoder, predictor) and
# `python` (vizdoom-env, gymnasium-env). Which service a container runs is its command,
# e.g. `services/rollout/dist/main.js --listen 0.0.0.0:50055`.
# docs/deploy.md says how they are built, and what they promise.
#
# Any Debian 12 with Node 20 or later and npm will do as the base.
ARG BASE=node:20-bookworm-slim

FROM ${BASE} AS sources
WORKDIR /worldmodels
COPY . .

# Manifests alone, so that packages are installed anew only when one of these has changed.
FROM sources AS manifests
RUN mkdir /manifests && cp --parents package.json package-lock.json */package.json */*/package.json /manifests

# `ca` is the machine's own bundle of certificates, for networks that look into TLS; without the secret Node's own is used.
FROM ${BASE} AS packages
WORKDIR /worldmodels
COPY --from=manifests /manifests .
ENV NPM_CONFIG_UPDATE_NOTIFIER=false NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false NPM_CONFIG_IGNORE_SCRIPTS=true
COPY --chmod=755 tools/setup/src/docker/install-packages.sh /usr/local/bin/install-packages

FROM packages AS all-packages
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=ca install-packages

FROM all-packages AS compiled
COPY --from=sources /worldmodels .
# Types are checked by npm test; the same bytes come out without, in a quarter of the time.
RUN npx tsc --build --noCheck services/*/tsconfig.lib.json tools/cli/tsconfig.lib.json
# What runs, and nothing else: manifests, compiled code, and the Python side.
RUN mkdir /compiled && find libs services proto tools -path '*/node_modules' -prune -o -type f \
      \( -path '*/dist/*.js' -o -path '*/dist/*.mjs' -o -path 'tools/*/*.mjs' -o -path 'tools/setup/*.py' -o -path 'libs/*/python/*' -o -name package.json \) \
      -not -name '*.test*' -print0 | xargs -0 cp --parents -t /compiled && cp --parents package.json proto/descriptor.binpb /compiled

FROM packages AS lean-packages
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=ca \
    install-packages --omit=dev --omit=optional services/car-racing-env services/rollout services/evolver tools/cli

FROM packages AS python-packages
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=ca \
    install-packages --omit=dev --omit=optional services/vizdoom-env services/gymnasium-env

FROM packages AS training-packages
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=ca \
    install-packages --omit=dev services/encoder services/predictor

# What all images have in common.
FROM ${BASE} AS runtime
ARG VERSION=0.1.0
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="worldmodels" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
ENV NODE_ENV=production WORLDMODELS_CACHE=/opt/worldmodels WORLDMODELS_COMMIT=${COMMIT}
# Volumes take over owner and mode of the folder that they are first mounted on.
RUN groupadd --system --gid 10001 worldmodels \
 && useradd --system --uid 10001 --gid worldmodels --create-home --home-dir /var/lib/worldmodels --shell /usr/sbin/nologin worldmodels \
 && cd /var/lib/worldmodels && install -d -o worldmodels -g worldmodels . artifacts jobs optimizers runs /authority \
      /certificates /certificates/car-racing-env /certificates/encoder /certificates/predictor /certificates/evolver \
      /certificates/rollout /certificates/vizdoom-env /certificates/gymnasium-env
WORKDIR /worldmodels
ENTRYPOINT ["node"]
STOPSIGNAL SIGTERM

FROM runtime AS lean
COPY --from=lean-packages /worldmodels/node_modules node_modules
COPY --from=compiled /compiled .
USER worldmodels

FROM runtime AS with-python
RUN apt-get update && apt-get install --yes --no-install-recommends python3 && apt-get clean && rm -r /var/lib/apt/lists/*

FROM with-python AS python-environments
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
COPY --from=python-packages /worldmodels/node_modules node_modules
# No more than this takes, so that it is done again only when one of these has changed.
COPY --from=compiled /compiled/libs/errors libs/errors
COPY --from=compiled /compiled/libs/python-env libs/python-env
COPY --from=compiled /compiled/tools/setup tools/setup
RUN --mount=type=cache,target=/root/.cache/pip --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi \
 && node --input-type=module --eval 'import { preparePython } from "/worldmodels/libs/python-env/dist/prepare-python.js"; \
      await preparePython("vizdoom"); await preparePython("gymnasium");' \
 && for folder in /opt/worldmodels/python/*; do "$folder/bin/python" -m pip uninstall --yes --quiet setuptools pip; done \
 && hardlink --ignore-time --quiet /opt/worldmodels/python

FROM with-python AS python
# Not COPY, which would store a file with two names twice.
RUN --mount=type=bind,from=python-environments,source=/opt/worldmodels,target=/made cp --archive /made /opt/worldmodels
COPY --from=python-packages /worldmodels/node_modules node_modules
COPY --from=compiled /compiled .
USER worldmodels

# The addon is fetched ready made, or else built from TensorFlow's wheel, which takes a compiler and pip. No WebAssembly in its
# place: that would train 30 times slower.
FROM all-packages AS native-tensorflow
RUN apt-get update && apt-get install --yes --no-install-recommends g++ python3-pip
COPY --from=sources /worldmodels/tools/setup tools/setup
ENV WORLDMODELS_CACHE=/opt/worldmodels
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca PIP_CERT=/run/secrets/ca; fi \
 && node --input-type=module --eval 'import { installNative } from "/worldmodels/tools/setup/src/native/native-tensorflow.mjs"; \
      if ((await installNative()) === undefined) process.exit(1);'

FROM runtime AS training
COPY --from=native-tensorflow /opt/worldmodels /opt/worldmodels
COPY --from=training-packages /worldmodels/node_modules node_modules
# With its links to what was just made.
COPY --from=native-tensorflow /worldmodels/node_modules/@tensorflow/tfjs-node node_modules/@tensorflow/tfjs-node
COPY --from=compiled /compiled .
USER worldmodels
