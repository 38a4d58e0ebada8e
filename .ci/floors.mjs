// Holds src/ against the order of its floors. Prints nothing when all is well, and one line for each fault:
// an import that goes up, a circle of files, a file over 400 lines, a function over 50, an import of src/error.rs.
//
// The order of the `mod` lines in src/lib.rs is the order of the floors, top floor first. `--self-test` tests this script.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Comments, strings and unit tests are blanked out; lines stay where they are.
function code(source) {
  const blank = (text) => text.replace(/[^\n]/g, ' ');
  const text = source.replace(/\/\/[^\n]*|\/\*[^]*?\*\/|r#"[^]*?"#|"(?:\\[^]|[^"\\])*"|'(?:\\[^']*|[^'\\])'/g, blank);
  const tests = text.search(/#\[cfg\(test\)\]\s*mod tests/);
  return tests < 0 ? text : text.slice(0, tests).trimEnd();
}

// The paths of a tree such as `a::{b, c::{self, D}}`.
function expand(tree) {
  const open = tree.indexOf('{');
  if (open < 0) return [tree.replace(/\s+as\s+\w+/, '').trim()];
  const [parts, inner] = [[], tree.slice(open + 1, tree.lastIndexOf('}'))];
  let [depth, start] = [0, 0];
  for (let at = 0; at <= inner.length; at += 1) {
    if (at === inner.length || (inner[at] === ',' && depth === 0)) {
      parts.push(inner.slice(start, at));
      start = at + 1;
    } else if (inner[at] === '{') depth += 1;
    else if (inner[at] === '}') depth -= 1;
  }
  const prefix = tree.slice(0, open).trim();
  return parts.filter((part) => part.trim()).flatMap((part) => expand(part)).map((path) => prefix + path);
}

function check(files) {
  const faults = [];
  const texts = new Map([...files].map(([name, source]) => [name, code(source)]));
  const floors = [...texts.get('lib.rs').matchAll(/^(?:pub )?mod (\w+);/gm)].map(([, name]) => name);
  const floorOf = (file) => floors.indexOf(file.split('/')[0].replace('.rs', ''));
  const moduleOf = (file) => file.replace(/(?:\/mod)?\.rs$/, '').split('/');
  const fileOf = (path) => [`${path.join('/')}.rs`, `${path.join('/')}/mod.rs`].find((file) => texts.has(file));

  // The file that a path leads to: the deepest that exists, or the one that a `pub use` there takes the name from.
  function resolve(path) {
    let [file, length] = [undefined, 0];
    for (let end = path.length; end > 0 && !file; end -= 1) [file, length] = [fileOf(path.slice(0, end)), end];
    if (!file) return undefined;
    const name = path[length];
    for (const [, tree] of texts.get(file).matchAll(/^pub(?:\(\w+\))? use ([^;]+);/gm)) {
      const found = expand(tree.replace(/\s+/g, ' ')).map((used) => used.replace('self::', '').split('::'));
      const used = found.find((parts) => parts.at(-1) === name && parts.length > 1 && parts[0] !== 'crate');
      if (used) return resolve([...path.slice(0, length), ...used]) ?? file;
    }
    return file;
  }

  const imports = new Map();
  for (const [file, text] of texts) {
    if (file === 'lib.rs') continue;
    const own = moduleOf(file);
    const trees = [...text.matchAll(/\buse ([^;]+);/g)].map(([, tree]) => tree.replace(/\s+/g, ' '));
    const inline = [...text.matchAll(/(?<!use )\$?(crate::[\w:]+)/g)].map(([, path]) => path);
    const exported = [...text.matchAll(/^pub(?:\(\w+\))? use ([^;]+);/gm)].map(([, tree]) => tree.replace(/\s+/g, ' '));
    const targets = new Set();
    for (const path of [...trees.filter((tree) => !exported.includes(tree)), ...inline].flatMap(expand)) {
      const parts = path.split('::').map((part) => part.trim());
      let target;
      if (parts[0] === 'crate') target = resolve(parts.slice(1).filter((part) => part !== 'self'));
      else if (parts[0] === 'super') target = resolve([...own.slice(0, -1), ...parts.slice(1)]);
      else if (file.endsWith('/mod.rs')) target = resolve([...own, ...parts]) === file ? undefined : resolve([...own, ...parts]);
      if (target && target !== file) targets.add(target);
    }
    imports.set(file, targets);
    for (const target of targets) {
      if (floorOf(target) < floorOf(file)) faults.push(`${file} imports ${target}, which is on a higher floor`);
      if (target === 'error.rs' && !['send.rs', 'verify_with.rs'].includes(file)) faults.push(`${file} imports error.rs`);
    }
  }

  const done = new Set();
  const visit = (file, path) => {
    if (path.includes(file)) return faults.push(`a circle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
    if (done.has(file)) return undefined;
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    return done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);

  for (const [file, text] of texts) {
    const lines = text.split('\n');
    if (lines.length > 400) faults.push(`${file} has ${lines.length} lines`);
    lines.forEach((line, index) => {
      const [, indent, name] = line.match(/^(\s*)(?:pub(?:\([\w ]+\))? )?(?:const )?(?:async )?fn (\w+)/) ?? [];
      if (name === undefined) return;
      const length = lines.slice(index).findIndex((end) => end.startsWith(`${indent}}`) || end.endsWith(';')) + 1;
      if (length > 50) faults.push(`${file}: ${name} has ${length} lines`);
    });
  }
  return faults;
}

function selfTest() {
  const lib = 'mod top;\nmod low;\n';
  const long = (count) => 'x\n'.repeat(count);
  const cases = [
    ['', { 'top.rs': 'use crate::low::b::B;', 'low/mod.rs': 'mod b;\npub use b::B;', 'low/b.rs': '// use crate::top::A;' }],
    ['higher floor', { 'top.rs': '', 'low/mod.rs': '', 'low/b.rs': 'use crate::{\n    top::A,\n};' }],
    ['higher floor', { 'top.rs': '', 'low/mod.rs': 'fn f() { crate::top::g() }' }],
    ['a circle', { 'top.rs': '', 'low/mod.rs': 'mod a;\nmod b;', 'low/a.rs': 'use super::b::B;', 'low/b.rs': 'use crate::low::a::A;' }],
    ['a circle', { 'top.rs': '', 'low/mod.rs': 'mod a;\nuse a::A;\nstruct S(A);', 'low/a.rs': 'use crate::low::S;' }],
    ['', { 'top.rs': '', 'low/mod.rs': 'mod a;\npub use a::A;\nstruct S;', 'low/a.rs': 'use crate::low::S;' }],
    ['has 401 lines', { 'top.rs': '', 'low/mod.rs': long(400) }],
    ['', { 'top.rs': '', 'low/mod.rs': `${long(300)}#[cfg(test)]\nmod tests {\n${long(300)}}` }],
    ['f has 53 lines', { 'top.rs': '', 'low/mod.rs': `fn f() {\n${long(51)}}\n` }],
    ['imports error.rs', { 'top.rs': 'use crate::error::Error;', 'error.rs': '', 'low/mod.rs': '' }],
  ];
  for (const [expected, tree] of cases) {
    const floors = tree['error.rs'] === undefined ? lib : `mod error;\n${lib}`;
    const faults = check(new Map(Object.entries({ 'lib.rs': floors, ...tree })));
    const right = expected === '' ? faults.length === 0 : faults.some((fault) => fault.includes(expected));
    if (!right) throw new Error(`expected "${expected}", found ${JSON.stringify(faults)} in ${JSON.stringify(tree)}`);
  }
  return [];
}

function read() {
  const root = join(import.meta.dirname, '../src');
  const names = readdirSync(root, { recursive: true }).map(String).filter((name) => name.endsWith('.rs'));
  // Compiled for tests alone.
  const kept = names.filter((name) => !name.endsWith('differential.rs'));
  return new Map(kept.map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

const faults = process.argv[2] === '--self-test' ? selfTest() : check(read());
for (const fault of new Set(faults)) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
