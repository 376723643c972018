# One image for every way of running Cairn: `serve`, `serve --http`, `migrate` and the offline commands.
FROM python:3.11-slim AS build
WORKDIR /cairn
RUN pip install --no-cache-dir uv
COPY requirements.lock .
RUN uv venv /venv && uv pip install --python /venv/bin/python --require-hashes -r requirements.lock

FROM python:3.11-slim
# Names on letters are written in any script.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 cairn \
    && install -d -o cairn -g cairn /cairn \
    && install -d -m 700 -o cairn -g cairn /cairn/var /keys
WORKDIR /cairn
COPY --from=build /venv /venv
COPY --chown=cairn:cairn app.py ./
COPY --chown=cairn:cairn bot bot
COPY --chown=cairn:cairn config config
COPY --chown=cairn:cairn handlers handlers
COPY --chown=cairn:cairn migrations migrations
COPY --chown=cairn:cairn runtime runtime
USER cairn
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////cairn/var/cairn.db KEY_DIR=/keys MONITOR_PORT=9464
# The keys of open pulse rounds live in a volume of their own, so that no backup of the data holds them.
VOLUME ["/cairn/var", "/keys"]
EXPOSE 3000
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"MONITOR_PORT\"]}/readyz', timeout=5)"]
ENTRYPOINT ["python", "app.py"]
CMD ["serve"]
