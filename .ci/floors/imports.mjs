// The modules of the crate, and which file imports which.
import { isName, read, tokensOf } from './source.mjs';

// One module: a file, or `mod name { … }` inside one.
class Module {
  children = new Map();
  // What it declares itself, beside modules.
  items = new Set();
  // `use`: the paths behind each name, and those that end in `*`.
  names = new Map();
  globs = [];
  uses = [];
  // The first name of every path in its code, with what follows.
  paths = [];

  constructor(file, parent, name) {
    Object.assign(this, { file, parent, path: parent ? [...parent.path, name] : [] });
  }

  get root() {
    return this.parent ? this.parent.root : this;
  }

  all() {
    return [this, ...[...this.children.values()].flatMap((child) => child.all())];
  }
}

// The tree of modules, from src/lib.rs down its `mod` lines. What only tests compile is not in it.
export function modules(files) {
  const root = new Module('src/lib.rs');
  root.sources = new Map();
  const load = (module) => {
    const source = read(files.get(module.file));
    root.sources.set(module.file, source);
    for (const child of declarations(module, tokensOf(source.code))) {
      const base = ['src', ...child.path].join('/');
      child.file = [`${base}.rs`, `${base}/mod.rs`].find((file) => files.has(file));
      if (!child.file) throw new Error(`${base}.rs is not there, which ${module.file} has a \`mod\` line for`);
      load(child);
    }
  };
  load(root);
  return root;
}

// Reads the tokens of a file into its module. The modules that are in files of their own are left for the caller.
function declarations(fileModule, tokens) {
  const elsewhere = [];
  const open = [{ module: fileModule, depth: 0 }];
  const text = (at) => tokens[at]?.text;
  let depth = 0;

  for (let at = 0; at < tokens.length; at += 1) {
    const { module, depth: own } = open.at(-1);
    const word = text(at);
    if (word === '{') {
      depth += 1;
    } else if (word === '}') {
      depth -= 1;
      if (depth < own) open.pop();
    } else if (word === 'mod' && isName(text(at + 1)) && [';', '{'].includes(text(at + 2))) {
      const child = new Module(module.file, module, text(at + 1));
      module.children.set(text(at + 1), child);
      if (text(at + 2) === ';') {
        elsewhere.push(child);
      } else {
        depth += 1;
        open.push({ module: child, depth });
      }
      at += 2;
    } else if (word === 'use' && text(at + 1) !== '<') {
      const start = at + 1;
      const isPublic = ['pub', ')'].includes(text(at - 1));
      while (at < tokens.length && text(at) !== ';') at += 1;
      addUse(module, tokens.slice(start, at), isPublic);
    } else if (depth === own && (definitions.has(word) || (word === 'macro_rules' && text(at + 1) === '!'))) {
      const name = text(word === 'macro_rules' ? at + 2 : at + 1);
      if (isName(name)) module.items.add(name);
    } else if (startsPath(tokens, at)) {
      const names = [word];
      while (text(at + 1) === '::' && isName(text(at + 2))) {
        names.push(text(at + 2));
        at += 2;
      }
      // One small letter might be a variable, unless it is called.
      const certain = names.length > 1 || /^[A-Z]/.test(word) || ['(', '!', '::'].includes(text(at + 1));
      if (certain) module.paths.push({ names, line: tokens[at].line });
    }
  }
  return elsewhere;
}

const definitions = new Set(['const', 'enum', 'fn', 'static', 'struct', 'trait', 'type', 'union']);

// A name that is not a field, a method, a lifetime, a variable of a macro, or the rest of a path.
function startsPath(tokens, at) {
  const [before, last] = [tokens[at - 2]?.text, tokens[at - 1]?.text];
  if (!isName(tokens[at].text) || (last === 'in' && before === '(')) return false;
  return last === '.' ? before === '.' : !['::', "'", '$'].includes(last);
}

// The tree behind `use`, such as `a::{b, c::{self, D as E}, f::*}`.
function addUse(module, tokens, isPublic) {
  let at = 0;
  const add = (path, line, name = path.at(-1)) => {
    module.uses.push({ path, line, isPublic });
    module.names.set(name, [...(module.names.get(name) ?? []), path]);
  };
  const tree = (prefix) => {
    const { text, line } = tokens[at++] ?? {};
    if (text === '{') {
      while (at < tokens.length && tokens[at].text !== '}') {
        tree(prefix);
        if (tokens[at]?.text === ',') at += 1;
      }
      at += 1;
    } else if (text === '*') {
      module.globs.push(prefix);
      module.uses.push({ path: prefix, line, isPublic });
    } else if (text === '::') {
      tree(['::']); // a crate of another name
    } else {
      const path = text === 'self' && prefix.length > 0 ? prefix : [...prefix, text];
      const next = tokens[at]?.text;
      if (next === '::') {
        at += 1;
        tree(path);
      } else if (next === 'as') {
        add(path, line, tokens[at + 1].text);
        at += 2;
      } else {
        add(path, line);
      }
    }
  };
  tree([]);
}

// For each file the files that it imports, each with the first line that does so.
export function imports(root) {
  const graph = new Map();
  for (const module of root.all()) {
    if (!graph.has(module.file)) graph.set(module.file, new Map());
    const targets = graph.get(module.file);
    const inside = new Set(module.all().map(({ file }) => file));
    const add = (files, line) => {
      for (const file of files) {
        if (file !== module.file && !(targets.get(file) <= line)) targets.set(file, line);
      }
    };
    for (const { path, line, isPublic } of module.uses) {
      // `pub use child::Name` only shows what the child has.
      add(resolve(module, path).filter((file) => !isPublic || !inside.has(file)), line);
    }
    for (const { names, line } of module.paths) add(resolve(module, names), line);
  }
  return graph;
}

// The files that have what a path in a module leads to: none when it leads out of the crate, several when a name is
// imported under several `cfg`s. `guess`: what no line declares is still where its path says, because a macro makes it.
function resolve(module, path, seen = new Set(), guess = true) {
  const [first, ...rest] = path;
  if (first === 'crate') return find(module.root, rest, seen, guess);
  if (first === 'self') return find(module, rest, seen, guess);
  if (first === 'super') {
    const above = module.parent ?? module;
    return rest[0] === 'super' ? resolve(above, rest, seen, guess) : find(above, rest, seen, guess);
  }
  return find(module, path, seen, guess);
}

function find(module, [name, ...rest], seen, guess) {
  if (name === undefined || (rest.length === 0 && module.items.has(name))) return [module.file];
  if (module.children.has(name)) return find(module.children.get(name), rest, seen, guess);
  if (module.items.has(name)) return [module.file];
  const key = [...module.path, name].join('::');
  if (seen.has(key)) return [];
  const deeper = new Set([...seen, key]);
  if (module.names.has(name)) return module.names.get(name).flatMap((path) => resolve(module, [...path, ...rest], deeper));
  const found = module.globs.flatMap((path) => resolve(module, [...path, name, ...rest], deeper, false));
  return found.length === 0 && guess ? [module.file] : found;
}
