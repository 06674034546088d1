# assay for users: docker build -t assay . && docker run --rm -v "$PWD:/work" assay run experiment.yaml
FROM debian:12-slim AS build
WORKDIR /source
COPY scripts/setup scripts/packages.txt scripts/
RUN scripts/setup && apt-get install -y -qq --no-install-recommends dpkg-dev file
COPY . .
RUN cmake --preset release -DASSAY_BUILD_TESTS=OFF && cmake --build --preset release && cd build/release && cpack -G DEB

FROM debian:12-slim
COPY --from=build /source/build/release/*.deb /tmp/packages/
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends /tmp/packages/*.deb libtorch-dev \
 && rm -rf /var/lib/apt/lists/* /tmp/packages \
 && useradd --create-home --uid 1000 assay \
 && install -d -o assay /work
USER assay
WORKDIR /work
ENTRYPOINT ["assay"]
CMD ["--help"]
