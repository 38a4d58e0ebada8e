// Looks into the module: it may import nothing but the caller's randomness. Then it logs in, with and without success.
//
// node check.mjs MODULE

import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`);
console.log(`imports: ${imports.join(', ')}`);
if (imports.join() !== 'env.__getrandom_v03_custom') {
  throw new Error('the module imports more than randomness');
}

let drawn = 0;
const instance = new WebAssembly.Instance(module, {
  env: {
    __getrandom_v03_custom(address, length) {
      drawn += length;
      webcrypto.getRandomValues(new Uint8Array(instance.exports.memory.buffer, address, length));
      return 0;
    },
  },
});
const outcomes = [1_760_000_000n, 1_760_000_400n].map((now) => instance.exports.log_in(now));
console.log(`in time: ${outcomes[0]}, after the token's end: ${outcomes[1]}, random bytes drawn: ${drawn}`);
if (outcomes[0] !== 12 || outcomes[1] !== 0 || drawn !== 192) {
  throw new Error('the login did not end as it must');
}
