using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    # The provider of the test is on this machine.
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "entry.mjs", esModule = embed "entry.mjs"),
    (name = "inline.js", esModule = embed "bundle/inline.js"),
    (name = "worker_example.js", esModule = embed "bundle/worker_example.js"),
    (name = "worker_example_bg.wasm", wasm = embed "bundle/worker_example_bg.wasm"),
  ],
  bindings = [
    (name = "ISSUER", fromEnvironment = "ISSUER"),
    (name = "CLIENT_ID", fromEnvironment = "CLIENT_ID"),
    (name = "CLIENT_SECRET", fromEnvironment = "CLIENT_SECRET"),
    (name = "BASE_URL", fromEnvironment = "BASE_URL"),
    (name = "COOKIE_KEY", fromEnvironment = "COOKIE_KEY"),
  ],
);
