// Fuzzes target after target, makes the corpora small again, and writes down in README.md what was run. Stops at the first crash.
//
//   node fuzz/campaign.mjs SECONDS [TARGET...]     so many seconds for each target, or for those that are named
//   node fuzz/campaign.mjs coverage [TARGET...]    how much of each file of src/ their corpora reach together
//   node fuzz/campaign.mjs unreached [TARGET...]   the lines that they do not reach
//
// The last two need `rustup component add llvm-tools`.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const fuzz = import.meta.dirname;
const limits = ['-timeout=10', '-max_len=65536'];
// These show faults that were fixed. They stay, also where another input reaches the same code.
const regressions = ['callback/fragment_behind_a_query', 'discovery/long_punycode_host'];
const columns = ['target', 'until', 'seconds', 'inputs', 'edges', 'features', 'files', 'KB'];

function campaign(seconds, targets) {
  for (const target of targets) {
    // The time of the compiler does not count.
    execFileSync('cargo', ['fuzz', 'build', '-s', 'none', target], { cwd: fuzz, env: { ...process.env, RUSTC_BOOTSTRAP: '1' } });
    const found = mkdtempSync(join(tmpdir(), 'found-'));
    const report = cargoFuzz('run', target, [found, corpus(target)], [`-max_total_time=${seconds}`, '-print_final_stats=1', ...limits]);
    const edges = minimise(target, found);
    rmSync(found, { recursive: true });
    writeDown({
      target: `\`${target}\``,
      until: new Date().toISOString().slice(0, 10),
      seconds: last(report, /^user (\d+)/gm),
      inputs: last(report, /number_of_executed_units: *(\d+)/g),
      edges,
      features: last(report, / ft: (\d+)/g),
      ...size(corpus(target)),
    });
  }
}

// Keeps one input for each edge. libFuzzer's default is one for each feature; that keeps many more.
function minimise(target, found) {
  const [before, after] = [corpus(target), mkdtempSync(join(fuzz, 'corpus', 'new-'))];
  const report = cargoFuzz('run', target, [after, before, found], ['-merge=1', '-use_counters=0', ...limits]);

  const names = new Map(readdirSync(before).map((name) => [sha1(join(before, name)), name]));
  for (const hash of readdirSync(after)) if (names.has(hash)) renameSync(join(after, hash), join(after, names.get(hash)));
  for (const path of regressions.filter((path) => path.startsWith(`${target}/`))) {
    cpSync(join(fuzz, 'corpus', path), join(after, path.slice(target.length + 1)));
  }
  rmSync(before, { recursive: true });
  renameSync(after, before);
  return last(report, /(\d+) new coverage edges/g);
}

// Replaces the target's row of the table, or adds it. Seconds and inputs are those of all campaigns together.
function writeDown(row) {
  const readme = join(fuzz, 'README.md');
  const [head, table, tail] = readFileSync(readme, 'utf8').split(/(?<=<!-- campaign -->\n)|(?=<!-- end of campaign -->)/);
  const rows = table.split('\n').slice(2).filter((line) => line);
  const [before] = rows.filter((line) => line.startsWith(`| ${row.target} |`)).map((line) => line.slice(2, -2).split(' | '));
  for (const column of ['seconds', 'inputs']) row[column] = Number(row[column]) + Number(before?.[columns.indexOf(column)] ?? 0);
  const line = `| ${columns.map((column) => row[column]).join(' | ')} |`;
  const others = rows.filter((other) => !other.startsWith(`| ${row.target} |`));
  const frame = [`| ${columns.join(' | ')} |`, '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |'];
  writeFileSync(readme, [head, [...frame, ...[...others, line].sort(), ''].join('\n'), tail].join(''));
  console.log(line);
}

// The lines of each file of src/ with the number of times that they ran, over the corpora of these targets. Each target is counted
// by itself: a generic function is not the same in two of them.
function lines(targets) {
  const files = new Map();
  for (const target of targets) {
    for (const record of lcov(target).split('end_of_record')) {
      const path = /SF:(.*)/.exec(record)?.[1] ?? '';
      if (!path.startsWith(root)) continue;
      const times = files.get(path) ?? new Map();
      files.set(path, times);
      for (const [, line, count] of record.matchAll(/DA:(\d+),(\d+)/g)) times.set(Number(line), (times.get(Number(line)) ?? 0) + Number(count));
    }
  }
  return [...files].sort().map(([path, times]) => ({
    path: path.slice(root.length),
    lines: [...times].sort(([a], [b]) => a - b).map(([line, times]) => ({ line, times })),
  }));
}

function lcov(target) {
  const tools = join(rustc('--print', 'target-libdir'), '..', 'bin');
  const host = /host: (.*)/.exec(rustc('-vV'))[1];
  cargoFuzz('coverage', target, [corpus(target)], []);
  const binary = join(fuzz, 'target', host, 'coverage', host, 'release', target);
  const profile = join(fuzz, 'coverage', target, 'coverage.profdata');
  return execFileSync(join(tools, 'llvm-cov'), ['export', '-format=lcov', `-instr-profile=${profile}`, binary], { encoding: 'utf8', maxBuffer: 1 << 30 });
}

function coverage(targets) {
  console.log('| file | lines | reached |\n| --- | ---: | ---: |');
  for (const { path, lines: all } of lines(targets)) {
    const reached = all.filter(({ times }) => times > 0).length;
    console.log(`| \`${path}\` | ${all.length} | ${Math.floor((100 * reached) / all.length)} % |`);
  }
}

function unreached(targets) {
  for (const { path, lines: all } of lines(targets)) {
    const text = readFileSync(join(fuzz, '..', 'src', path), 'utf8').split('\n');
    for (const { line } of all.filter(({ times }) => times === 0)) console.log(`${path}:${line}:${text[line - 1]}`);
  }
}

// What libFuzzer printed, and behind it the processor time. Ends the program where the target failed; libFuzzer names the input.
function cargoFuzz(command, target, folders, options) {
  const all = ['cargo', 'fuzz', command, '-s', 'none', target, ...folders, '--', ...options];
  const env = { ...process.env, RUSTC_BOOTSTRAP: '1', TIMEFORMAT: 'user %U' };
  const ran = spawnSync('bash', ['-c', 'time "$@"', 'bash', ...all], { cwd: fuzz, encoding: 'utf8', maxBuffer: 1 << 30, env });
  if (ran.status === 0) return ran.stderr;
  console.error(ran.stderr.split('\n').slice(-60).join('\n'));
  console.error(`${target} failed. ${/Test unit written to .*/.exec(ran.stderr)?.[0] ?? ''} What else was found: ${folders[0]}`);
  process.exit(1);
}

const root = join(fuzz, '..', 'src', '/');
const corpus = (target) => join(fuzz, 'corpus', target);
const all = () => execFileSync('cargo', ['fuzz', 'list'], { cwd: fuzz, encoding: 'utf8' }).trim().split('\n');
const rustc = (...options) => execFileSync('rustc', options, { encoding: 'utf8' }).trim();
const sha1 = (path) => createHash('sha1').update(readFileSync(path)).digest('hex');
const last = (text, pattern) => [...text.matchAll(pattern)].at(-1)?.[1] ?? '?';

function size(folder) {
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  return { files: sizes.length, KB: Math.ceil(sizes.reduce((sum, one) => sum + one, 0) / 1024) };
}

const [mode, ...named] = process.argv.slice(2);
const targets = named.length ? named : all();
if (mode === 'coverage') coverage(targets);
else if (mode === 'unreached') unreached(targets);
else if (/^[1-9]\d*$/.test(mode)) campaign(mode, targets);
else console.error('Usage: node fuzz/campaign.mjs SECONDS|coverage|unreached [TARGET...]');
