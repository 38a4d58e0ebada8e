// What it costs to depend on: crates, processor time of a clean release build, and size of the code of a program that logs in.
//
//   node depend.mjs          prints the table as Markdown
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../..');

const contenders = {
  'oidc-proto': `oidc-proto = { path = ${JSON.stringify(root)} }`,
  'oidc-proto, rust-crypto': `oidc-proto = { path = ${JSON.stringify(root)}, default-features = false, features = ["rust-crypto"] }`,
  'openidconnect 4.1': 'openidconnect = "=4.1.0"',
  'openidconnect 4.1, no HTTP client': 'openidconnect = { version = "=4.1.0", default-features = false }',
  'huskarl 0.11': 'huskarl = "=0.11.10"',
  'openid 0.25': 'openid = "=0.25.0"',
  'oauth2 5.0, no HTTP client': 'oauth2 = { version = "=5.0.0", default-features = false }',
};

console.log('| crate | crates in `cargo tree -e normal` | clean release build, processor seconds |\n| --- | ---: | ---: |');
for (const [name, dependency] of Object.entries(contenders)) {
  const folder = mkdtempSync(join(tmpdir(), 'depend-'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/main.rs'), 'fn main() {}\n');
  writeFileSync(
    join(folder, 'Cargo.toml'),
    `[package]\nname = "depend"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n${dependency}\n`,
  );
  const cargo = (...arguments_) => execFileSync('cargo', arguments_, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  cargo('fetch');
  const tree = cargo('tree', '-e', 'normal', '--prefix', 'none', '--no-dedupe');
  const crates = new Set(tree.split('\n').map((line) => line.replace(/ \(.*$/, '').trim()).filter(Boolean));
  crates.delete('depend v0.0.0');
  // Processor time, user and system: it is the same on a busy machine.
  const script = "TIMEFORMAT='processor %U %S'; time cargo build --release --quiet";
  const { status, stderr } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
  const [, user, system] = stderr.match(/^processor ([\d.]+) ([\d.]+)$/m);
  const seconds = (Number(user) + Number(system)).toFixed(0);
  console.log(`| ${name} | ${crates.size} | ${status === 0 ? seconds : 'does not build'} |`);
  rmSync(folder, { recursive: true });
}

// The code of functions whose names have this in them, in KiB. Names that the linker leaves out are not counted.
function functions(program, part) {
  const symbols = execFileSync('nm', ['-S', '-C', '--defined-only', program], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const sizes = [...symbols.matchAll(/^[\da-f]+ ([\da-f]+) t (.*)$/gim)].filter(([, , name]) => part.test(name));
  return (sizes.reduce((sum, [, size]) => sum + Number.parseInt(size, 16), 0) / 1024).toFixed(0);
}

console.log('\n| a program that logs in with | code, KiB (`size`, text) |\n| --- | ---: |');
execFileSync('cargo', ['build', '--release', '--quiet', '--bins'], { cwd: here, stdio: 'inherit' });
for (const name of ['oidc_proto', 'openidconnect']) {
  const program = join(here, 'target/release', `login_${name}`);
  const size = execFileSync('size', [program], { encoding: 'utf8' });
  const total = (Number(size.split('\n')[1].trim().split(/\s+/)[0]) / 1024).toFixed(0);
  const [aws, own] = [/aws_lc/, new RegExp(`\\b${name}::`)].map((part) => functions(program, part));
  const backend = aws > 0 ? `aws-lc ${aws} or more, ` : '';
  console.log(`| ${name} | ${total}, of which ${backend}${name} ${own} |`);
}
