// Lists every test that SECURITY.md or the guide to providers names and that does not exist. Prints nothing when there is none.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

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

let failed = false;
for (const [document, least] of [['SECURITY.md', 50], ['src/guide/providers.md', 24]]) {
  const text = readFileSync(join(root, document), 'utf8');
  const named = [...text.matchAll(/`([a-z_0-9]+::[a-z_0-9]+)`/g)].map(([, name]) => name);
  const missing = named.filter((name) => !existing.has(name)).map((name) => `${document}: ${name}`);
  if (named.length < least) missing.push(`${document}: only ${named.length} tests are named`);
  for (const line of missing) console.log(line);
  failed ||= missing.length > 0;
}
process.exit(failed ? 1 : 0);
