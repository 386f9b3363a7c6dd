# An image of ours with libfaketime, which makes a clock wrong for one container.
ARG IMAGE
FROM ${IMAGE}
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends libfaketime
USER worldmodels
