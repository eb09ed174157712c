// Checks events against the published JSON Schemas: JSON lines in, a line for each out; exit code 1 when one is wrong.
//   node validate.mjs SCHEMAS < events.jsonl
// SCHEMAS is the folder schemas/events. A line is {"type", "subject", "value"}; no line of the answer holds a value.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import Ajv2020 from "ajv/dist/2020.js";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node validate.mjs SCHEMAS < events.jsonl");
  process.exit(2);
}
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
// What Survivor Voice says about a schema beside the schema.
ajv.addVocabulary(["x-type", "x-topic", "x-key"]);
const compiled = new Map();

function validatorOf(type) {
  const named = /^org\.survivorvoice\.([a-z_.]+\.v[0-9]+)$/.exec(type);
  if (!named) return null;
  if (!compiled.has(type)) {
    const schema = JSON.parse(readFileSync(join(folder, `${named[1]}.json`), "utf8"));
    compiled.set(type, ajv.compile(schema));
  }
  return compiled.get(type);
}

let wrong = 0;
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const { type, subject, value } = JSON.parse(line);
  const validate = validatorOf(type);
  if (!validate) {
    wrong += 1;
    console.log(`unknown ${type}`);
  } else if (value !== null && !validate(value)) {
    wrong += 1;
    const places = validate.errors.map((error) => `${error.instancePath || "/"} ${error.message}`);
    console.log(`wrong ${type} ${subject}: ${places.join("; ")}`);
  } else {
    console.log(`${value === null ? "gone" : "well"} ${type} ${subject}`);
  }
}
process.exit(wrong ? 1 : 0);
