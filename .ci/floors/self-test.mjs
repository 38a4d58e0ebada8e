// Small trees, each with the faults that floors.mjs must find in it, word for word.

const lib = [
  'pub mod guide;', 'mod send;', 'mod error;', 'mod high;', '#[cfg(feature = "x")]', 'mod low;',
  'pub use high::High;', 'pub use error::Error;',
].join('\n');

// A tree with the floors guide, send, error, high, low; the cases add to it.
const tree = (files) => ({
  'src/lib.rs': lib,
  'src/guide.rs': '',
  'src/send.rs': '',
  'src/error.rs': '',
  'src/high.rs': 'pub struct High;',
  'src/low/mod.rs': 'mod a;\nmod b;\npub use a::A;\npub(crate) use b::{B, b};',
  'src/low/a.rs': 'pub struct A;',
  'src/low/b.rs': 'pub struct B;\npub(crate) fn b() {}',
  ...files,
});

const upwards = (place, to = 'src/high.rs', floors = ['high', 'low']) =>
  `${place} imports ${to}: the floor ${floors[0]} is above the floor ${floors[1]}`;

const lines = (count) => '// a line\n'.repeat(count);

const cases = [
  ['nothing is wrong', {}, []],
  ['imports go down', { 'src/high.rs': 'use crate::low::{A, b::B};\npub struct High(A, crate::low::B);' }, []],
  ['a name', { 'src/low/b.rs': 'use crate::high::High;\npub struct B;' }, [upwards('src/low/b.rs:1')]],
  ['a module', { 'src/low/b.rs': 'use crate::high;' }, [upwards('src/low/b.rs:1')]],
  ['everything in a module', { 'src/low/b.rs': 'use crate::high::*;' }, [upwards('src/low/b.rs:1')]],
  ['a group over many lines', {
    'src/low/b.rs': 'use crate::{\n    low::A,\n    high::{\n        self,\n        High as H,\n    },\n};',
  }, [upwards('src/low/b.rs:4')]],
  ['a name that src/lib.rs shows', { 'src/low/b.rs': 'use crate::High;' }, [upwards('src/low/b.rs:1')]],
  ['a path in code', { 'src/low/b.rs': 'fn f() -> u8 {\n    crate::high::made_by_a_macro()\n}' }, [upwards('src/low/b.rs:2')]],
  ['a path behind super', { 'src/low/b.rs': 'type T = super::super::high::High;' }, [upwards('src/low/b.rs:1')]],
  ['a path in a macro', { 'src/low/b.rs': 'macro_rules! m {\n    () => { $crate::high::High };\n}' },
    [upwards('src/low/b.rs:2')]],
  ['a name that is shown on', { 'src/low/b.rs': 'pub(crate) use crate::high::High;' }, [upwards('src/low/b.rs:1')]],
  ['a module inside a file', { 'src/low/b.rs': 'mod inner {\n    use super::super::super::high::High;\n}' },
    [upwards('src/low/b.rs:2')]],
  ['the top floor', { 'src/high.rs': 'use crate::guide::G;' }, [upwards('src/high.rs:1', 'src/guide.rs', ['guide', 'high'])]],
  ['what the crate itself has', { 'src/lib.rs': `${lib}\nstruct S;`, 'src/low/b.rs': 'use crate::S;' },
    [upwards('src/low/b.rs:1', 'src/lib.rs', ['the crate itself', 'low'])]],

  ['a path behind a module inside the file', { 'src/low/b.rs': 'mod inner {\n}\nuse super::super::high::High;' },
    [upwards('src/low/b.rs:3')]],

  ['comments', { 'src/low/b.rs': '//! [High](crate::High)\n/* crate::High */\nstruct B; // crate::High' }, []],
  ['strings', { 'src/low/b.rs': `const S: &str = "\\"crate::High";\nconst R: &str = r#"a " crate::High " b"#;` }, []],
  ['characters and lifetimes', { 'src/low/b.rs': `fn f<'a>(_: &'a str) { ('"', "crate::High", b'\\'', "crate::High") }` }, []],
  ['tests', {
    'src/low/mod.rs': 'mod a;\nmod b;\n#[cfg(all(test, feature = "x"))]\nmod only_tests;',
    'src/low/only_tests.rs': `use crate::high::High;\n${lines(500)}`,
    'src/low/b.rs': '#[cfg(test)]\nuse crate::high::{High};\n#[cfg(test)]\n#[allow(dead_code)]\nmod tests { use crate::High; }',
  }, []],
  ['what is not only for tests', { 'src/low/b.rs': '#[cfg(any(test, not(feature = "x")))]\nuse crate::High;' },
    [upwards('src/low/b.rs:2')]],
  ['other crates', {
    'src/lib.rs': `${lib}\npub use http;`,
    'src/low/b.rs': 'use http::high::High;\nuse ::high::High;\nuse crate::http::Uri;',
  }, []],
  ['methods and fields', {
    'src/low/mod.rs': 'mod a;\nmod b;\nuse b::b;\nfn f() { x.a().b(); }',
    'src/low/a.rs': 'use super::f;',
  }, []],
  ['how far a name is seen', {
    'src/low/mod.rs': 'mod a;\nmod b;\nuse b::B;',
    'src/low/b.rs': 'pub(in crate::low) struct B;',
  }, []],

  ['a circle of two', {
    'src/low/a.rs': 'use super::B;\npub struct A;',
    'src/low/b.rs': '\nuse crate::low::a::A;\npub struct B;',
  },
    ['a circle of imports: src/low/a.rs:1 → src/low/b.rs:2 → src/low/a.rs']],
  ['a circle of three', {
    'src/low/mod.rs': 'mod a;\nmod b;\nmod c;',
    'src/low/a.rs': 'use super::b::B;',
    'src/low/b.rs': 'use super::c;\nfn f() { c::g() }',
    'src/low/c.rs': 'pub(super) fn g() { super::a::h() }',
  }, ['a circle of imports: src/low/a.rs:1 → src/low/b.rs:1 → src/low/c.rs:1 → src/low/a.rs']],
  ['a circle of a folder and its file', {
    'src/low/mod.rs': 'mod a;\nmod b;\nuse b::B;\nstruct S(B);',
    'src/low/b.rs': 'use super::S;\npub struct B;',
  },
    ['a circle of imports: src/low/mod.rs:3 → src/low/b.rs:1 → src/low/mod.rs']],
  ['a circle through what the folder shows', {
    'src/low/mod.rs': 'mod a;\nmod b;\npub use b::B;\nstruct S(B);',
    'src/low/b.rs': 'use super::S;\npub struct B;',
  },
    ['a circle of imports: src/low/mod.rs:4 → src/low/b.rs:1 → src/low/mod.rs']],
  ['the folder only shows', {
    'src/low/mod.rs': 'mod a;\nmod b;\npub use a::A;\npub use b::B;\nstruct S;',
    'src/low/b.rs': 'use super::{A, S};\npub struct B(S);',
  }, []],
  ['a circle through a whole folder', {
    'src/low/a.rs': 'use crate::low::{self};\nfn f() { low::b() }',
    'src/low/b.rs': 'use super::a::A;',
  },
    ['a circle of imports: src/low/a.rs:2 → src/low/b.rs:1 → src/low/a.rs']],
  ['a circle through all of a folder', { 'src/low/a.rs': 'use super::*;\nstruct A(B);', 'src/low/b.rs': 'use super::a::A;' },
    ['a circle of imports: src/low/a.rs:2 → src/low/b.rs:1 → src/low/a.rs']],
  ['one name from several files', {
    'src/low/mod.rs': 'mod a;\nmod b;\nmod c;\n#[cfg(x)]\npub use b::K;\n#[cfg(not(x))]\npub use a::K;',
    'src/low/b.rs': 'use super::c::C;',
    'src/low/c.rs': 'use super::K;',
  }, ['a circle of imports: src/low/b.rs:1 → src/low/c.rs:1 → src/low/b.rs']],

  ['src/send.rs and the error', { 'src/send.rs': 'use crate::error::Error;' }, []],
  ['another and the error', { 'src/guide.rs': 'use crate::Error;' },
    ['src/guide.rs:1 imports src/error.rs: only src/send.rs and src/verify_with.rs may']],

  ['400 lines', { 'src/low/b.rs': `${lines(400)}#[cfg(test)]\nmod tests {\n${lines(50)}}` }, []],
  ['401 lines', { 'src/low/b.rs': `${lines(401)}#[cfg(test)]\nmod tests {\n${lines(50)}}` },
    ['src/low/b.rs has 401 lines, more than 400']],
  ['a function of 50 lines', {
    'src/low/b.rs': `fn f() {\n${lines(48)}}\ntrait T {\n    fn g(a: [u8; 3]);\n${lines(60)}}`,
  }, []],
  ['a function of 51 lines', {
    'src/low/b.rs': `impl B {\n    const fn f<T>(\n        t: [T; 3],\n    ) -> Option<T> {\n${lines(47)}    }\n}`,
  },
    ['src/low/b.rs:2: f has 51 lines, more than 50']],
  ['a long test', { 'src/low/b.rs': `#[cfg(test)]\nmod tests {\n    fn f() {\n${lines(60)}    }\n}` }, []],
];

// The cases in which `faults` finds something else.
export function selfTest(faults) {
  return cases.flatMap(([name, files, expected]) => {
    const found = faults(new Map(Object.entries(tree(files))));
    const [right, wrong] = [expected, found].map((lines) => JSON.stringify(lines));
    return right === wrong ? [] : [`${name}: expected ${right}, found ${wrong}`];
  });
}
