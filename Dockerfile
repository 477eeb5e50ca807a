# Two images from one file:
#   docker build --target worker -t holdfast .                    the worker and the CLI
#   docker build --target sagemaker-local -t holdfast-local .     the same, with Python, for local jobs
#
# Debian, not Alpine: Temporal's native core and the tokenizers are built for glibc.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY activities ./activities
COPY workflows ./workflows
# Compiles, and bundles the workflows once: a worker does not bundle at its start.
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:22-bookworm-slim AS worker
# Root certificates for Temporal Cloud: the native core reads the system's, and slim has none.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE NOTICE ./
COPY src/aws/service-model/service-model.json ./src/aws/service-model/
COPY src/local/python ./src/local/python
COPY src/estimator/images.json ./src/estimator/
COPY src/init ./src/init
COPY training ./training
RUN ln -s /app/dist/src/cli/main.js /usr/local/bin/holdfast \
  && chmod +x /app/dist/src/cli/main.js \
  && install -d -o node -g node /project /data
USER node
WORKDIR /project
# Two processes, one for each task queue. SIGTERM gives activities 10 s; no job is ever stopped by it.
CMD ["node", "/app/dist/src/worker.js"]

FROM worker AS sagemaker-local
USER root
# A compiler, for one part of SageMaker's training toolkit.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 python3-pip python3-venv gcc libc6-dev python3-dev g++ \
  && rm -rf /var/lib/apt/lists/*
ENV HOLDFAST_CACHE=/opt/holdfast
# The product's own set-up: locked packages, CPU torch where its index answers, then one fixed path.
RUN node -e "require('/app/dist/src/local/setup').setUp({ parts: ['python'], onProgress: console.error }).then(({ python }) => require('node:fs').symlinkSync(require('node:path').join(python, '../..'), '/opt/python'))" \
  && rm -rf /opt/holdfast/uv-cache
ENV HOLDFAST_PYTHON=/opt/python/bin/python
USER node
CMD ["node", "/app/dist/src/local/sagemaker/main.js", "--port", "9000", "--data-dir", "/data"]
