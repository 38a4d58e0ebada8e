//! `glue MODULE FOLDER`: the JavaScript around a module of wasm-bindgen, and the module itself.

use anyhow::Context;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let module = arguments.next().context("no module")?;
    let folder = arguments.next().context("no folder")?;
    Bindgen::new().input_path(module).web(true)?.typescript(false).generate(folder)
}
