// Holds src/ against the plan of the house. Prints nothing when all is well, and one line for each fault:
//
// - a file imports from a floor above its own; the order of the `mod` lines in src/lib.rs is the order of the floors
// - files import each other in a circle, also inside one floor
// - a file imports src/error.rs that does not only carry things: src/send.rs and src/verify_with.rs do
// - a file has more than 400 lines, or a function more than 50, tests apart
//
//   node .ci/floors.mjs               looks at this crate
//   node .ci/floors.mjs --root DIR    looks at the crate in DIR
//   node .ci/floors.mjs --self-test   looks at small trees with known faults
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { imports, modules } from './floors/imports.mjs';
import { selfTest } from './floors/self-test.mjs';
import { functions } from './floors/source.mjs';

const longestFile = 400;
const longestFunction = 50;
const importersOfError = ['src/send.rs', 'src/verify_with.rs'];

// `files` has the text of each file by its path from the root of the crate.
function faults(files) {
  const root = modules(files);
  const graph = imports(root);
  return [...upwards(root, graph), ...circles(graph), ...ofError(graph), ...tooLong(root)];
}

function upwards(root, graph) {
  const floors = [...root.children.keys()];
  const floorOf = new Map([[root.file, -1]]);
  for (const module of root.all()) if (module !== root) floorOf.set(module.file, floors.indexOf(module.path[0]));
  const name = (file) => floors[floorOf.get(file)] ?? 'the crate itself';

  return edges(graph)
    .filter(({ from, to }) => floorOf.get(to) < floorOf.get(from))
    .map(({ from, to, line }) => `${from}:${line} imports ${to}: the floor ${name(to)} is above the floor ${name(from)}`);
}

// The shortest circle through each file that is in one. A file in a circle that is already shown is not shown again.
function circles(graph) {
  const shown = new Set();
  const found = [];
  for (const file of graph.keys()) {
    const circle = shown.has(file) ? undefined : shortestCircle(graph, file);
    if (!circle) continue;
    circle.forEach((member) => shown.add(member));
    const steps = circle.map((from, index) => `${from}:${graph.get(from).get(circle[(index + 1) % circle.length])}`);
    found.push(`a circle of imports: ${steps.join(' → ')} → ${file}`);
  }
  return found;
}

function shortestCircle(graph, start) {
  const cameFrom = new Map();
  for (const queue = [start]; queue.length > 0; ) {
    const file = queue.shift();
    for (const to of graph.get(file)?.keys() ?? []) {
      if (to === start) {
        const circle = [file];
        while (circle[0] !== start) circle.unshift(cameFrom.get(circle[0]));
        return circle;
      }
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, file);
      queue.push(to);
    }
  }
  return undefined;
}

function ofError(graph) {
  return edges(graph)
    .filter(({ from, to }) => to === 'src/error.rs' && !importersOfError.includes(from))
    .map(({ from, to, line }) => `${from}:${line} imports ${to}: only ${importersOfError.join(' and ')} may`);
}

function tooLong(root) {
  const found = [];
  for (const [file, { code, lines }] of root.sources) {
    if (lines > longestFile) found.push(`${file} has ${lines} lines, more than ${longestFile}`);
    for (const { name, line, length } of functions(code)) {
      if (length > longestFunction) found.push(`${file}:${line}: ${name} has ${length} lines, more than ${longestFunction}`);
    }
  }
  return found;
}

const edges = (graph) =>
  [...graph].flatMap(([from, targets]) => [...targets].map(([to, line]) => ({ from, to, line })));

function read(root) {
  const entries = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.name.endsWith('.rs')).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((path) => [relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')]));
}

const [option, folder = join(import.meta.dirname, '..')] = process.argv.slice(2);
const lines = option === '--self-test' ? selfTest(faults) : faults(read(folder));
for (const line of lines) console.log(line);
process.exitCode = lines.length > 0 ? 1 : 0;
