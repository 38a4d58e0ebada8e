// The application, as cargo builds it, with a configuration of the test's own.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const MANIFEST = join(import.meta.dirname, '../../Cargo.toml');

/** No provider is at this address. */
const NOBODY = 'http://127.0.0.1:1';

/** Builds the application: the path of its executable. */
export async function buildApplication() {
  const cargo = ['build', '--locked', '--manifest-path', MANIFEST, '--message-format', 'json-render-diagnostics'];
  const { stdout } = await promisify(execFile)('cargo', cargo, { maxBuffer: 1 << 26 });
  const messages = stdout.trim().split('\n').map((line) => JSON.parse(line));
  return messages.find((message) => message.executable).executable;
}

/**
 * Opens the door at which browsers find an application that is yet to start. Provider and application have to know its
 * address before they listen, and the system picks every port.
 */
export async function openDoor() {
  let port;
  const server = createServer((browser) => {
    const application = connect(port, '127.0.0.1');
    browser.on('error', () => application.destroy()).pipe(application);
    application.on('error', () => browser.destroy()).pipe(browser);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    leadsTo: (to) => { port = to; },
    close: () => server.close(),
  };
}

/** Starts the application behind the door: how to stop it. */
export async function startApplication(executable, door, { issuer, client, session, down }) {
  const folder = await mkdtemp(join(tmpdir(), 'axum-example-'));
  const config = join(folder, 'config.toml');
  await writeFile(config, `
    listen = "127.0.0.1:0"
    base_url = "${door.url}"
    [session]
    ${session}
    [[provider]]
    name = "example"
    title = "Example"
    issuer = "${issuer}"
    client_id = "${client.id}"
    client_secret = "${client.secret}"
    allow_http = true
    ${down ? `[[provider]]\nname = "down"\ntitle = "${down}"\nissuer = "${NOBODY}"\nclient_id = "web"\nallow_http = true` : ''}
  `);
  const child = spawn(executable, [config], { stdio: ['ignore', 'pipe', 'inherit'] });
  // However the test ends.
  process.once('exit', () => child.kill());
  const ended = new Promise((resolve) => child.once('close', resolve));
  const firstLine = new Promise((resolve) => createInterface(child.stdout).once('line', resolve));
  const line = await Promise.race([firstLine, ended.then(() => '')]);
  await rm(folder, { recursive: true });
  const port = /^Listening on 127\.0\.0\.1:(\d+) /.exec(line)?.[1];
  if (!port) {
    throw new Error('the application did not start');
  }
  door.leadsTo(Number(port));
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { stop };
}
