// Lists every test that SECURITY.md names and that does not exist. Prints nothing when there is none.
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
addTests('differential', join(root, 'src/jose/signature/differential.rs'));

function addTests(module, file) {
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/#\[test\]\n(?:\s*#\[.*\]\n)*\s*fn (\w+)/g)) {
    existing.add(`${module}::${name}`);
  }
}

const named = [...readFileSync(join(root, 'SECURITY.md'), 'utf8').matchAll(/`([a-z_0-9]+::[a-z_0-9]+)`/g)];
const missing = named.map(([, name]) => name).filter((name) => !existing.has(name));
for (const name of missing) console.log(name);
if (named.length < 50) console.log(`only ${named.length} tests are named`);
process.exit(missing.length > 0 || named.length < 50 ? 1 : 0);
