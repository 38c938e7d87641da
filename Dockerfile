# m2 on a CPU: docker build --tag m2 . && docker run --rm --interactive --volume "$PWD:/data" m2 score < predictions.jsonl
FROM node:24-slim AS build
ENV ONNXRUNTIME_NODE_INSTALL=skip
WORKDIR /m2
COPY . .
RUN npm ci && npm pack --silent

FROM node:24-slim
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY --from=build /m2/m2-captioning-*.tgz /tmp/
# Of onnxruntime-node's libraries of five platforms, one stays.
RUN npm install --global /tmp/m2-captioning-*.tgz && \
    rm -rf /tmp/* /root/.npm && \
    cd "$(npm root --global)/m2-captioning/node_modules/onnxruntime-node/bin/napi-v6" && \
    find . -mindepth 2 -maxdepth 2 -type d ! -path "./linux/$(node -p process.arch)" -exec rm -rf {} + && \
    m2 --version
USER node
WORKDIR /data
ENTRYPOINT ["m2"]
