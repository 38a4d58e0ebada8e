// The code of a Rust file, as far as floors.mjs must understand it: no comments, no strings, no tests, in tokens.

const notCode = new RegExp(
  [
    /\/\/[^\n]*/, // a comment
    /\/\*[^]*?\*\//, // a block comment, without another inside
    /(?<!\w)[bc]?r(?<hashes>#*)"[^]*?"\k<hashes>/, // a raw string
    /"(?:\\[^]|[^"\\])*"/, // a string
    /'(?:\\(?:u\{[^}]*\}|x\w\w|[^ux])|[^\\'\n])'/, // a character, not a lifetime
  ].map(({ source }) => source).join('|'),
  'gu',
);

const blank = (text) => text.replace(/[^\n]/g, ' ');
const count = (text) => text.split('\n').length;

// The text with everything blanked that is not code, and all that only tests compile; what is left stays where it is. And
// how many lines the file has without its tests.
export function read(text) {
  let code = text.replace(notCode, blank);
  let lines = count(text.trimEnd());
  for (const { index } of code.matchAll(/#\[cfg\(/g)) {
    const open = index + '#[cfg'.length;
    const close = closing(code, open);
    if (!needsTest(code.slice(open + 1, close))) continue;
    const end = endOfItem(code, close + '(]'.length);
    const item = code.slice(index, end);
    lines -= count(item);
    code = code.slice(0, index) + blank(item) + code.slice(end);
  }
  return { code, lines };
}

// Whether a condition such as `all(test, feature = "x")` is met in tests alone.
function needsTest(condition) {
  const [, name, rest] = condition.match(/^\s*(\w+)\s*([^]*)$/) ?? [];
  const parts = () => splitAtCommas(rest.slice(1, closing(rest, 0)));
  if (name === 'all') return parts().some(needsTest);
  if (name === 'any') return parts().every(needsTest);
  return name === 'test';
}

function splitAtCommas(text) {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    depth += { '(': 1, ')': -1 }[character] ?? 0;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part.trim());
}

// Where the bracket at `open` is closed.
function closing(code, open) {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    if ('([{'.includes(code[at])) depth += 1;
    else if (')]}'.includes(code[at])) depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}

// Behind the item at `start`: behind its `;`, its braces, or where the braces around it close.
function endOfItem(code, start) {
  for (let at = start; at < code.length; at += 1) {
    if (code[at] === ';') return at + 1;
    if (code[at] === '}') return at;
    if (code[at] === '{') return closing(code, at) + 1;
    if ('(['.includes(code[at])) at = closing(code, at);
  }
  return code.length;
}

// Names, `::` and single characters, each with its line.
export function tokensOf(code) {
  const tokens = [];
  let line = 1;
  for (const [text] of code.matchAll(/\n|\$crate\b|r#\w+|\w+|::|\S/g)) {
    if (text === '\n') line += 1;
    else tokens.push({ text: text === '$crate' ? 'crate' : text.replace('r#', ''), line });
  }
  return tokens;
}

export const isName = (text) => /^[A-Za-z_]\w*$/.test(text ?? '');

// Every function that has a body, from the line of its `fn` to that of its closing brace.
export function functions(code) {
  const found = [];
  const lineAt = (offset) => count(code.slice(0, offset));
  for (const { 1: name, index } of code.matchAll(/\bfn\s+(\$?\w+)/g)) {
    const end = endOfItem(code, index);
    if (code[end - 1] !== '}') continue;
    const line = lineAt(index);
    found.push({ name, line, length: lineAt(end - 1) - line + 1 });
  }
  return found;
}
