// Runs the scenarios `auth/*` of the official conformance suite against the client, each at every version of the protocol that
// it is for, and prints a table. Fails where a scenario fails, or where the suite has another number of them.
//
//   node run.mjs             all of them
//   node run.mjs auth/iss    those that have it in their names, with the suite's own words where one fails
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const scenariosOfTheSuite = 33;

// Where the client has to refuse, the suite takes any failure of it. Here, it must be for this reason.
const refusals = {
  'auth/resource-mismatch': 'ResourceMismatch',
  'auth/metadata-issuer-mismatch': 'Metadata(IssuerMismatch',
  'auth/iss-supported-missing': 'IssuerMissing',
  'auth/iss-wrong-issuer': 'IssuerMismatch',
  'auth/iss-unexpected': 'IssuerMismatch',
  'auth/iss-normalized': 'IssuerMismatch',
  'auth/scope-retry-limit': 'a scope that has been granted already',
};

const here = import.meta.dirname;
// The suite needs a newer Node than this script.
const node = join(here, 'node_modules/node/bin/node');
const suite = join(here, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const client = join(here, '../target/debug/mcp-example');
const settings = {
  MCP_CALL: 'test-tool',
  // The suite expects this address of its own.
  MCP_CLIENT_ID_DOCUMENT: 'https://conformance-test.local/client-metadata.json',
  MCP_HEADLESS: 'yes',
  MCP_DANGER_ALLOW_HTTP: 'yes',
};

const run = promisify(execFile);

// Each scenario, and the versions of the protocol that it is for. An extension is for any.
async function list() {
  const { stdout } = await run(node, [suite, 'list', '--client']);
  const lines = [...stdout.matchAll(/^ *- (auth\/\S+) \[(.*)\]$/gm)];
  return lines.map(([, name, versions]) => ({ name, versions: versions.split(',') }));
}

async function runScenario({ name, version }) {
  const results = mkdtempSync(join(tmpdir(), 'mcp-'));
  const options = ['--command', client, '--scenario', name, '--output-dir', results];
  if (version !== 'extension') options.push('--spec-version', version);
  const output = await run(node, [suite, 'client', ...options], { env: { ...process.env, ...settings } }).catch((error) => error);
  const files = new Map();
  for (const file of readdirSync(results, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) files.set(basename(file.name), readFileSync(join(file.parentPath, file.name), 'utf8'));
  }
  rmSync(results, { recursive: true });
  const checks = JSON.parse(files.get('checks.json') ?? '[]');
  const count = (...statuses) => checks.filter(({ status }) => statuses.includes(status)).length;
  const [passed, notPassed] = [count('SUCCESS'), count('FAILURE', 'WARNING')];
  const reason = refusals[name];
  const refuses = reason === undefined || (files.get('stderr.txt') ?? '').includes(reason);
  const failed = output instanceof Error || passed === 0 || notPassed > 0 || !refuses;
  return { name, version, passed, notPassed, failed, reason: reason ?? '', words: output.stderr };
}

const scenarios = await list();
const runs = scenarios.flatMap(({ name, versions }) => versions.map((version) => ({ name, version })));
const wanted = process.argv[2] ?? '';
const queue = [...runs.filter(({ name }) => name.includes(wanted)).entries()];
const outcomes = [];
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) outcomes[next[0]] = await runScenario(next[1]);
};
await Promise.all([worker(), worker()]);

const widths = [43, 12, 8, 12, 9];
const row = (...cells) => console.log(cells.map((cell, i) => String(cell).padEnd(widths[i] ?? 0)).join('').trimEnd());
row('scenario', 'version', 'passed', 'not passed', '', 'the client has to refuse');
for (const { name, version, passed, notPassed, failed, reason, words } of outcomes) {
  row(name, version, passed, notPassed, failed ? 'FAILED' : '', reason);
  if (failed && wanted) console.log(words);
}

const names = new Set(outcomes.map(({ name }) => name));
const failedNames = new Set(outcomes.filter(({ failed }) => failed).map(({ name }) => name));
console.log(`\n${names.size - failedNames.size} of ${names.size} scenarios pass (${outcomes.length} runs).`);
const expected = scenarios.length === scenariosOfTheSuite;
if (!expected) console.log(`The suite has ${scenarios.length} scenarios; ${scenariosOfTheSuite} were expected.`);
process.exit(expected && names.size > 0 && failedNames.size === 0 ? 0 : 1);
