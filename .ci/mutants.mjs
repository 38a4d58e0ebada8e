// Holds tests/mutants.txt against what cargo-mutants would change: each change that is listed must still exist, the list must be
// sorted, and each change must have a reason. It runs no test. Prints how many changes there are, how many are listed, and one
// line for each fault.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

// Without line and column: these change with each commit.
const options = ['--list', '--package=oidc-proto', '--all-features', '--line-col=false', '--colors=never'];

function existing() {
  const version = spawnSync('cargo', ['mutants', '--version'], { cwd: root, encoding: 'utf8' });
  if (version.error || version.status !== 0) {
    console.log('cargo-mutants is not installed: cargo install cargo-mutants@27.1.0 --locked');
    process.exit(1);
  }
  const { status, stdout, stderr } = spawnSync('cargo', ['mutants', ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) {
    console.log(`cargo mutants ${options.join(' ')} failed:\n${stderr}`);
    process.exit(1);
  }
  return stdout.split('\n').filter((line) => line !== '');
}

/** Pairs of lines: a change, and its reason behind two spaces. */
function read(text) {
  const faults = [];
  const names = [];
  let waiting;
  const close = () => waiting && faults.push(`no reason: ${waiting}`);
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line === '') continue;
    if (/^ {2}\S/.test(line)) {
      if (!waiting) faults.push(`a reason without a change: ${line.trim()}`);
      waiting = undefined;
    } else if (/^src\/\S+\.rs: \S/.test(line)) {
      close();
      names.push((waiting = line));
    } else {
      faults.push(`neither a change nor a reason: ${line}`);
    }
  }
  close();
  return { faults, names };
}

const { faults, names } = read(readFileSync(join(root, 'tests/mutants.txt'), 'utf8'));
names.forEach((name, index) => {
  if (index > 0 && names[index - 1] >= name) faults.push(`not sorted, or there twice: ${name}`);
});
const all = existing();
const known = new Set(all);
for (const name of names) if (!known.has(name)) faults.push(`no such change any more: ${name}`);

for (const fault of faults) console.log(fault);
// One name may be that of several changes.
const listed = all.filter((name) => names.includes(name)).length;
console.log(`${all.length} changes, ${listed} listed as not noticed by any test`);
process.exit(faults.length > 0 ? 1 : 0);
