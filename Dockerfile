# Build: everything from hash-locked requirements into one virtual environment.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/chalkline
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/python -m pip install --no-cache-dir --no-compile --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY alembic alembic
RUN .venv/bin/python -m pip install --no-cache-dir --no-compile --no-deps --no-build-isolation --editable . \
 && .venv/bin/python -m compileall -q .venv/lib service alembic

# Run: no compiler, no root, nothing written but to /data.
FROM python:3.11-slim-bookworm
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PATH=/srv/chalkline/.venv/bin:$PATH \
    CHALKLINE_HOST=0.0.0.0 \
    CHALKLINE_DATABASE_URL=sqlite:////data/chalkline.db
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin chalkline \
 && install -d -o chalkline -g chalkline /data
WORKDIR /srv/chalkline
COPY --from=build /srv/chalkline /srv/chalkline
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["chalkline"]
CMD ["serve"]
