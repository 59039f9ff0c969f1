# The service as an image: locked dependencies, no compiler, no root.
#   docker build -t btc .
#   docker run --rm -p 8000:8000 -v btc:/var/lib/btc btc      (brings its own Postgres)
# With a database of its own beside it: docker-compose.yml.

FROM python:3.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/btc
# The dependencies first: they change seldom, so this layer is usually there already.
COPY requirements.lock ./
RUN /opt/btc/bin/pip install --no-cache-dir --disable-pip-version-check \
      --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY alembic alembic
COPY app app
# setuptools is locked like everything else; neither it nor pip is needed where nothing is built.
RUN /opt/btc/bin/pip install --no-cache-dir --disable-pip-version-check \
      --no-build-isolation --no-deps . \
    && /opt/btc/bin/pip uninstall --yes --quiet setuptools pip

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/btc btc
COPY --from=build /opt/btc /opt/btc
ENV PATH=/opt/btc/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BTC_HOST=0.0.0.0 \
    BTC_PORT=8000 \
    BTC_DATA_DIR=/var/lib/btc
USER btc
WORKDIR /var/lib/btc
VOLUME /var/lib/btc
EXPOSE 8000
# Alive, not ready: a container whose database is away must not be restarted for that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://127.0.0.1:{os.environ['BTC_PORT']}/healthz\", timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["btc"]
CMD ["serve"]
