// node line_hashes.mjs CHECKOUT FOLDER: GitHub's line hashes of each file of a folder, as JSON by file name. CHECKOUT is a
// checkout of github/codeql-action, whose src/fingerprints.ts is run as it is.
// node line_hashes.mjs CHECKOUT ROOT SARIF: what the upload action says of the fingerprints in a SARIF file, as a JSON list.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const [checkout, folder, sarif] = process.argv.slice(2);
const here = import.meta.dirname;
// Not beside this file: what is built is GitHub's code, which must not end up in this repository.
const built = mkdtempSync(join(tmpdir(), "cwegate-oracle-"));
const bundle = join(built, "fingerprints.bundle.mjs");
await build({
  entryPoints: [join(checkout, "src", "fingerprints.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  format: "esm",
  nodePaths: [join(here, "node_modules")],
  logLevel: "error",
});
const { hash, addFingerprints } = await import(bundle);
rmSync(built, { recursive: true });

if (sarif) {
  const said = [];
  const quiet = () => {};
  const logger = { debug: (text) => said.push(text), info: quiet, warning: (text) => said.push(text), error: (text) => said.push(text) };
  const log = JSON.parse(readFileSync(sarif, "utf8"));
  const before = JSON.stringify(log);
  const after = JSON.stringify(await addFingerprints(log, resolve(folder), logger));
  if (before !== after) said.push("the action added fingerprints that were missing");
  console.log(JSON.stringify(said));
} else {
  const all = {};
  for (const name of readdirSync(folder)) {
    const hashes = [];
    await hash((line, value) => (hashes[line - 1] = value), join(folder, name));
    all[name] = hashes;
  }
  console.log(JSON.stringify(all));
}
