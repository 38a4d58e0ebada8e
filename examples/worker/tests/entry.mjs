// What the runtime calls: the handler of the module.
import module from 'worker_example_bg.wasm';
import { fetch, initSync } from 'worker_example.js';

initSync({ module });

export default { fetch };
