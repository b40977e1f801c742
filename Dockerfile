# syntax=docker/dockerfile:1
# The backend, from the lock alone. BASE_IMAGE is any image with Python 3.11 or newer as `python3`, its venv and pip.
ARG BASE_IMAGE=python:3.12.12-slim-bookworm

FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY requirements.lock pyproject.toml ./
COPY scripts/environment/runtime.py scripts/environment/
# By uv, which is several times faster than pip and checks the same hashes; by pip where uv cannot reach the packages.
RUN python3 -m venv /opt/prodplan \
 && python3 -c "import re; print(re.search(r'(?ms)^uv==.*?[^\\\\]$', open('requirements.lock').read())[0])" > uv.lock \
 && install="install --require-hashes --only-binary :all:" \
 && /opt/prodplan/bin/python -m pip $install --no-cache-dir -r uv.lock \
 && { UV_NATIVE_TLS=true UV_SYSTEM_CERTS=true /opt/prodplan/bin/uv --no-config --no-cache pip $install \
      --python /opt/prodplan/bin/python -r requirements.lock \
   || /opt/prodplan/bin/python -m pip $install --no-cache-dir -r requirements.lock; } \
 && /opt/prodplan/bin/python scripts/environment/runtime.py pyproject.toml > surplus.txt \
 && /opt/prodplan/bin/python -m pip uninstall -y -r surplus.txt

FROM ${BASE_IMAGE}
ENV PATH=/opt/prodplan/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    IN_DOCKER=true \
    LOCAL_DIR=/tmp/prodplan
COPY --from=build /opt/prodplan /opt/prodplan
WORKDIR /srv/prodplan
COPY migrations migrations
COPY app app
RUN /opt/prodplan/bin/python -m compileall -q app migrations \
 && install -d -m 700 -o 10001 -g 10001 /uploads /keys
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=6 \
    CMD ["/opt/prodplan/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/api/health', timeout=3)"]
ENTRYPOINT ["/opt/prodplan/bin/python", "-m", "app"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
