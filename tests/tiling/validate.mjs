// Validates many GLB files (gzip-encoded or not) in one process and prints one JSON array:
// [{name, errors, warnings, messages}], by name. The files' names come in on standard input, one a line.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createRequire } from "node:module";

const validator = createRequire(import.meta.url)("gltf-validator");
const names = readFileSync(0, "utf8").split("\n").filter(Boolean).sort();
const reports = [];
for (const name of names) {
  const stored = readFileSync(name);
  const data = stored[0] === 0x1f && stored[1] === 0x8b ? gunzipSync(stored) : stored;
  const { issues } = await validator.validateBytes(new Uint8Array(data), { uri: name, format: "glb", maxIssues: 0 });
  const messages = issues.messages.filter((message) => message.severity < 2).slice(0, 5);
  reports.push({ errors: issues.numErrors, messages, name, warnings: issues.numWarnings });
}
console.log(JSON.stringify(reports));
