// Lists every test that SECURITY.md or a guide names and that does not exist, and every statement about a provider that names none.
// Prints nothing when there is none.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';

const root = join(import.meta.dirname, '..');
const existing = new Set();

for (const entry of readdirSync(join(root, 'tests'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || entry.parentPath.includes('node_modules')) continue;
  const file = join(entry.parentPath, entry.name);
  if (entry.parentPath.includes('vectors') && entry.name.endsWith('.json')) {
    for (const { name } of JSON.parse(readFileSync(file, 'utf8')).cases) {
      existing.add(`${basename(file, '.json')}::${name}`);
    }
  } else if (entry.name.endsWith('.rs')) {
    addTests(entry.name === 'main.rs' ? basename(entry.parentPath) : basename(file, '.rs'), file);
  }
}
addTests('differential', join(root, 'src/jose/backend/differential.rs'));

function addTests(module, file) {
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/#\[test\]\n(?:\s*#\[.*\]\n)*\s*fn (\w+)/g)) {
    existing.add(`${module}::${name}`);
  }
}

const guides = readdirSync(join(root, 'src/guide'), { recursive: true })
  .filter((file) => file.endsWith('.md'))
  .map((file) => `src/guide/${file.split(sep).join('/')}`)
  .sort();
const least = { 'SECURITY.md': 50, 'src/guide/providers.md': 20 };

let failed = false;
for (const document of ['SECURITY.md', ...guides]) {
  const text = readFileSync(join(root, document), 'utf8');
  const named = testsIn(text);
  const faults = named.filter((name) => !existing.has(name)).map((name) => `${document}: ${name}`);
  if (named.length < (least[document] ?? 0)) faults.push(`${document}: only ${named.length} tests are named`);
  for (const statement of document.startsWith('src/guide/providers') ? statements(text) : []) {
    if (testsIn(statement).length === 0) faults.push(`${document}: no test shows: ${statement}`);
  }
  for (const line of faults) console.log(line);
  failed ||= faults.length > 0;
}
process.exit(failed ? 1 : 0);

function testsIn(text) {
  return [...text.matchAll(/`([a-z_0-9]+::[a-z_0-9]+)`/g)].map(([, name]) => name);
}

/** The rows of the tables whose last column is "shown by". */
function statements(text) {
  const tables = text.split('\n\n').filter((block) => /^\|.*\| shown by \|$/m.test(block));
  return tables.flatMap((table) => table.trim().split('\n').slice(2));
}
