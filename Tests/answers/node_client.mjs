// Posts to each port of the JSON list on stdin, and writes the final statuses, or errors in words, as a JSON list.
//
//     node node_client.mjs SECONDS
import http from "node:http";
import fs from "node:fs";

const ports = JSON.parse(fs.readFileSync(0));
const milliseconds = Number(process.argv[2]) * 1000;

function reading(port) {
  return new Promise((done) => {
    // The parser as it was before node became stricter than other clients, e.g. about LF without CR.
    const request = http.request({
      host: "127.0.0.1", port, path: "/hook", method: "POST", agent: false, insecureHTTPParser: true,
      maxHeaderSize: 1 << 20,
    });
    const end = (result) => { done(result); request.destroy(); };
    request.setTimeout(milliseconds, () => end("error timeout"));
    request.on("response", (response) => end(response.statusCode));
    request.on("error", (error) => end(`error ${error.code}`));
    request.end("{}");
  });
}

const readings = [];
for (const port of ports) readings.push(await reading(port));
console.log(JSON.stringify(readings));
