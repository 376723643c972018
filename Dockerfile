# One image for every way of running Cairn: `serve`, `serve --http`, `migrate` and the offline commands.
# The base is pinned by its exact version. To pin it by digest too, as your registry gives it:
#   docker build --build-arg BASE=python:3.11.14-slim-bookworm@sha256:… -t cairn .
ARG BASE=python:3.11.14-slim-bookworm

FROM ${BASE} AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /build
COPY requirements-build.lock requirements.lock ./
RUN python -m venv uv && uv/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
RUN uv/bin/uv venv /venv \
    && uv/bin/uv pip install --python /venv/bin/python --compile-bytecode --require-hashes -r requirements.lock
WORKDIR /cairn
COPY app.py LICENSE ./
COPY bot bot
COPY config config
COPY handlers handlers
COPY migrations migrations
COPY runtime runtime
RUN chmod -R u=rwX,go=rX . \
    && python -m compileall -q --invalidation-mode unchecked-hash .

FROM ${BASE}
ARG VERSION=unreleased
LABEL org.opencontainers.image.title="Cairn" \
      org.opencontainers.image.description="A Slack bot for mentoring groups in medical education" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
# Names on letters are written in any script.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 cairn && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp cairn \
    && install -d -m 700 -o cairn -g cairn /var/lib/cairn /var/lib/cairn-keys
COPY --from=build /venv /venv
COPY --from=build /cairn /cairn
WORKDIR /cairn
USER 10001:10001
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////var/lib/cairn/cairn.db KEY_DIR=/var/lib/cairn-keys MONITOR_PORT=9464
# The keys of open pulse rounds live in a volume of their own, so that no backup of the data holds them.
VOLUME ["/var/lib/cairn", "/var/lib/cairn-keys"]
EXPOSE 3000 9464
HEALTHCHECK --interval=60s --timeout=15s --start-period=60s CMD ["python", "app.py", "health"]
ENTRYPOINT ["python", "app.py"]
CMD ["serve"]
