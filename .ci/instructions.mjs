// Counts the instructions of each step of a login and of what follows it, with valgrind.
//
//   node .ci/instructions.mjs          holds the counts against benches/instructions.json; what is above fails
//   node .ci/instructions.mjs limits   writes that file anew, with a quarter of air above what is counted
//   node .ci/instructions.mjs growth   counts at growing sizes, into benches/growth/growth.json, and draws it for the guide `cost`
// Steps that are named behind it are the only ones that are counted; of the others, the files keep what they have:
//   node .ci/instructions.mjs limits 'device poll' challenge
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draw } from '../benches/growth/draw.mjs';

const root = join(import.meta.dirname, '..');
const limitsFile = join(root, 'benches/instructions.json');
const growthFile = join(root, 'benches/growth/growth.json');
const drawing = join(root, 'src/guide/growth.svg');

// The sizes of a usual login.
const usual = {
  discovery: 0,
  keys: 3,
  'choosing a key': 3,
  'authorization URL': 0,
  'token request': 0,
  'client assertion': 0,
  'DPoP proof': 0,
  'token response': 40,
  'ID token': 0,
  'whole login': 0,
  'server login': 0,
  'session access': 40,
  refresh: 40,
  'refresh with ID token': 40,
  'storing a session': 40,
  userinfo: 0,
  'logout token': 0,
  'signed response': 0,
  'device poll': 40,
  'client credentials': 40,
  registration: 0,
  challenge: 0,
  resource: 0,
};

const growing = {
  discovery: { what: 'unknown members', sizes: [1, 10, 100, 1000, 10000] },
  keys: { what: 'keys in the set', sizes: [1, 10, 100, 1000] },
  'choosing a key': { what: 'keys in the set', sizes: [1, 10, 100, 1000] },
  'token request': { what: 'parameters of the callback', sizes: [10, 100, 1000, 10000] },
  'token response': { what: 'bytes', sizes: [1 << 10, 10 << 10, 100 << 10, 1023 << 10] },
  'ID token': { what: 'audiences', sizes: [10, 100, 1000] },
  refresh: { what: 'bytes', sizes: [1 << 10, 10 << 10, 100 << 10, 1023 << 10] },
  userinfo: { what: 'claims', sizes: [10, 100, 1000, 10000] },
  'logout token': { what: 'audiences', sizes: [10, 100, 1000] },
  'signed response': { what: 'claims', sizes: [10, 100, 1000, 10000] },
  'device poll': { what: 'bytes of the device code', sizes: [1 << 10, 10 << 10, 100 << 10, 1000 << 10] },
  'client credentials': { what: 'bytes', sizes: [1 << 10, 10 << 10, 100 << 10, 1023 << 10] },
  registration: { what: 'unknown members', sizes: [10, 100, 1000, 10000] },
  challenge: { what: 'challenges of other schemes', sizes: [10, 100, 1000, 10000] },
  resource: { what: 'unknown members', sizes: [10, 100, 1000, 10000] },
  'login after logins': { what: 'logins before', sizes: [1, 100, 10000, 1000000] },
};

function build() {
  const arguments_ = ['bench', '--locked', '--no-run', '--bench', 'instructions', '--message-format=json'];
  const output = execFileSync('cargo', arguments_, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  const artifacts = output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  return artifacts.find(({ target, executable }) => target?.name === 'instructions' && executable).executable;
}

function count(binary, step, size) {
  const arguments_ = [
    '--tool=callgrind', '--collect-atstart=no', '--toggle-collect=instructions::measured',
    `--callgrind-out-file=${join(tmpdir(), 'callgrind.out')}`, '--log-fd=1', binary, step, String(size),
  ];
  const output = execFileSync('valgrind', arguments_, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return Number(output.match(/Collected : (\d+)/)[1]);
}

const [mode = 'check', ...only] = process.argv.slice(2);
const unknown = only.filter((step) => !(step in usual || step in growing));
if (unknown.length > 0) throw new Error(`no step is called ${unknown.join(', ')}`);
const wanted = (steps) => Object.entries(steps).filter(([step]) => only.length === 0 || only.includes(step));
/** What the file has, with these in place of its own. The steps keep the order of `steps`. */
const merged = (steps, file, counted) => {
  const known = { ...(only.length > 0 ? JSON.parse(readFileSync(file, 'utf8')) : {}), ...counted };
  return Object.fromEntries(Object.keys(steps).filter((step) => step in known).map((step) => [step, known[step]]));
};
const binary = build();
if (mode === 'growth') {
  const counts = {};
  for (const [step, { what, sizes }] of wanted(growing)) {
    counts[step] = { what, points: sizes.map((size) => [size, count(binary, step, size)]) };
    console.log(`${step}: ${counts[step].points.map(([size, count]) => `${size}: ${count}`).join(', ')}`);
  }
  const all = merged(growing, growthFile, counts);
  writeFileSync(growthFile, `${JSON.stringify(all, null, 2)}\n`);
  writeFileSync(drawing, draw(all));
} else {
  const counts = Object.fromEntries(wanted(usual).map(([step, size]) => [step, count(binary, step, size)]));
  if (mode === 'limits') {
    const limits = Object.entries(counts).map(([step, count]) => [step, Math.ceil((count * 1.25) / 100) * 100]);
    const all = merged(usual, limitsFile, Object.fromEntries(limits));
    writeFileSync(limitsFile, `${JSON.stringify(all, null, 2)}\n`);
  }
  const limits = JSON.parse(readFileSync(limitsFile, 'utf8'));
  const over = Object.entries(counts).filter(([step, count]) => !(count <= limits[step]));
  for (const [step, count] of Object.entries(counts)) console.log(`${step}: ${count} instructions, limit ${limits[step]}`);
  for (const [step, count] of over) console.log(`FAILED: ${step} takes ${count} instructions, more than ${limits[step]}`);
  process.exitCode = over.length > 0 ? 1 : 0;
}
