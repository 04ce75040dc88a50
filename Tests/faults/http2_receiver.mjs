// Receivers that speak HTTP/2, and HTTP/1.1 to clients that do not offer it; each has its own port, from the command line:
//
//     node http2_receiver.mjs '[{"port": 20100, "key": "…", "cert": "…", "behaviour": "…"}, …]'
//
// Writes "ready" once all listen, and then a JSON line for each complete request.
import fs from "node:fs";
import http2 from "node:http2";

const { NGHTTP2_CANCEL, NGHTTP2_HTTP_1_1_REQUIRED, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } =
  http2.constants;

// Reads the whole request, reports it, and then calls the continuation.
function whole(port, stream, headers, done) {
  const parts = [];
  stream.on("error", () => {});
  stream.on("data", (part) => parts.push(part));
  stream.on("end", () => {
    const body = Buffer.concat(parts);
    const session = stream.session ?? stream;
    const address = (session.socket ?? stream.socket).localAddress;
    console.log(JSON.stringify({ port, headers, body: body.toString("base64"), address }));
    done();
  });
}

const answer = (status, headers = {}) => (stream) => {
  stream.respond({ ":status": status, ...headers });
  stream.end("body");
};

// Whether this is the first request for this artifact.
const seen = new Set();
function isFirst(headers) {
  const artifact = headers["x-flock-artifact-id"];
  return !seen.has(artifact) && seen.add(artifact);
}

// Sends GOAWAY and closes. Its last stream is the newest one, because node takes 0 for none given.
function leave(session) {
  session.goaway(NGHTTP2_NO_ERROR, 0);
  setTimeout(() => session.destroy(), 50);
}

// The behaviours: `early` runs before the body is read, `late` after it.
const behaviours = {
  ok: { late: answer(200) },
  "500": { late: answer(500) },
  "421": { late: answer(421) },
  "429": { late: answer(429, { "retry-after": "1" }) },
  "401": { late: answer(401, { "www-authenticate": "Basic realm=x" }) },
  silent: { late: () => {} },
  interim: { late: (stream) => { stream.additionalHeaders({ ":status": 103 }); answer(200)(stream); } },
  trailers: {
    late: (stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ "retry-after": "9", "x-status": "500" }));
      stream.end("body");
    },
  },
  "HTTP_1_1_REQUIRED": { early: (stream) => stream.close(NGHTTP2_HTTP_1_1_REQUIRED) },
  "HTTP_1_1_REQUIRED behind the body": { late: (stream) => stream.close(NGHTTP2_HTTP_1_1_REQUIRED) },
  "refused once": {
    early: (stream, headers) => isFirst(headers) ? stream.close(NGHTTP2_REFUSED_STREAM) : undefined, late: answer(200),
  },
  "reset behind the request": { late: (stream) => stream.close(NGHTTP2_INTERNAL_ERROR) },
  "reset behind the headers": {
    late: (stream) => { stream.respond({ ":status": 200 }); setTimeout(() => stream.close(NGHTTP2_CANCEL), 50); },
  },
  "GOAWAY before the body, once": {
    early: (stream, headers) => isFirst(headers)
      ? (leave(stream.session), true) : undefined,
    late: answer(200),
  },
  "GOAWAY behind the body, once": {
    late: (stream, headers) => isFirst(headers) ? leave(stream.session) : answer(200)(stream),
  },
  "GOAWAY on a kept connection": {
    late: (stream) => {
      const session = stream.session;
      session.answered ? leave(session) : answer(200)(stream);
      session.answered = true;
    },
  },
  "GOAWAY behind the answer": {
    late: (stream) => { answer(200)(stream); stream.session.goaway(NGHTTP2_NO_ERROR); },
  },
  "body without end": {
    late: (stream) => {
      stream.respond({ ":status": 200 });
      const timer = setInterval(() => stream.destroyed ? clearInterval(timer) : stream.write(Buffer.alloc(65536)), 1);
    },
  },
};

function serve({ port, key, cert, behaviour }) {
  const { early, late } = behaviours[behaviour];
  const server = http2.createSecureServer({
    key: fs.readFileSync(key), cert: fs.readFileSync(cert), allowHTTP1: true,
    // By default, node rejects new streams while more than 10 MB of a body without end wait to be sent.
    maxSessionMemory: 1000,
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    if (early && early(stream, headers) !== undefined) return;
    whole(port, stream, headers, () => late?.(stream, headers));
  });
  // Only where needed: with such a listener, node handles the trailers of HTTP/2 itself.
  if (behaviour.startsWith("HTTP_1_1")) {
    server.on("request", (request, response) => {
      if (request.httpVersionMajor === 1) whole(port, request, request.headers, () => response.end("over HTTP/1.1"));
    });
  }
  for (const event of ["error", "sessionError", "clientError"]) server.on(event, () => {});
  return new Promise((ready) => server.listen(port, "::", ready));
}

await Promise.all(JSON.parse(process.argv[2]).map(serve));
console.log("ready");
