// The worker in workerd, the runtime of Cloudflare Workers, with npm's oidc-provider on the same machine.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

const here = import.meta.dirname;
const workerd = join(here, 'node_modules/.bin/workerd');
const server = join(here, '../../../tests/interop/oidc-provider/server.mjs');
const running = [];
let app;

before(async () => {
  const provider = spawn('node', [server], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(provider);
  const [line] = await once(createInterface(provider.stdout), 'line');
  const issuer = line.slice('ready '.length);

  app = `http://127.0.0.1:${await freePort()}`;
  const client = await register(issuer, `${app}/callback`);
  const env = {
    ...process.env,
    ISSUER: issuer,
    CLIENT_ID: client.client_id,
    CLIENT_SECRET: client.client_secret,
    BASE_URL: app,
    COOKIE_KEY: randomBytes(32).toString('base64'),
  };
  const arguments_ = ['serve', join(here, 'workerd.capnp'), `--socket-addr=http=${new URL(app).host}`, '--control-fd=3'];
  const worker = spawn(workerd, arguments_, { env, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  running.push(worker);
  // It says there that it listens.
  await Promise.race([once(worker.stdio[3], 'data'), once(worker, 'exit').then(() => assert.fail('workerd has ended'))]);
});

after(() => running.forEach((child) => child.kill()));

test('a user signs in and out', async () => {
  const browser = new Browser();
  assert.match(await browser.text('/'), /You are not signed in/);
  const callback = await atTheProvider(await browser.begin());
  assert.equal((await browser.get(callback)).headers.get('location'), '/');
  assert.match(await browser.text('/'), /You are alice at http:/);

  await browser.get('/logout', { method: 'POST' });
  assert.match(await browser.text('/'), /You are not signed in/);
});

test('a forged state is refused, and the login goes on', async () => {
  const browser = new Browser();
  const callback = await atTheProvider(await browser.begin());
  const forged = new URL(callback);
  forged.searchParams.set('state', 'forged');
  await browser.isRefused(forged);

  await browser.get(callback);
  assert.match(await browser.text('/'), /You are alice/);
});

test('the callback of another browser is refused', async () => {
  const [attacker, victim] = [new Browser(), new Browser()];
  await victim.begin();
  await victim.isRefused(await atTheProvider(await attacker.begin()));
});

test('a callback works once, also with the cookies of before', async () => {
  const browser = new Browser();
  const callback = await atTheProvider(await browser.begin());
  const before = browser.copy();
  await browser.get(callback);
  await browser.isRefused(callback, /You are alice/);
  await before.isRefused(callback);
});

test('a cookie is sealed: nobody reads it, changes it, or puts it in the place of another', async () => {
  const browser = new Browser();
  const url = await browser.begin();
  const state = new URL(url).searchParams.get('state');
  const logins = browser.cookies.get('__Host-logins');
  assert.ok(!Buffer.from(logins, 'base64url').includes(state));

  await browser.get(await atTheProvider(url));
  const user = browser.cookies.get('__Host-user');
  const last = user.at(-5) === 'A' ? 'B' : 'A';
  for (const value of [user.slice(0, -5) + last + user.slice(-4), logins, '', 'A']) {
    browser.cookies.set('__Host-user', value);
    assert.match(await browser.text('/'), /You are not signed in/);
  }
});

test('the logins of four tabs fit into a cookie', async () => {
  const browser = new Browser();
  const urls = [];
  for (let tab = 0; tab < 5; tab++) urls.push(await browser.begin());
  assert.ok(browser.cookies.get('__Host-logins').length < 4000, 'a browser keeps 4096 bytes');
  await browser.isRefused(await atTheProvider(urls[0]));
  await browser.get(await atTheProvider(urls[1]));
  assert.match(await browser.text('/'), /You are alice/);
});

// A browser as far as the worker sees it. Cookies are https only; browsers take 127.0.0.1 for as good as that.
class Browser {
  cookies = new Map();

  copy() {
    const copy = new Browser();
    copy.cookies = new Map(this.cookies);
    return copy;
  }

  async get(target, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(target, app), { redirect: 'manual', headers: { cookie }, ...options });
    for (const header of response.headers.getSetCookie()) {
      const [, name, value, attributes] = /^([^=]+)=([^;]*); (.*)$/.exec(header);
      assert.match(attributes, /^Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Lax$/);
      if (attributes.includes('Max-Age=0;')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  async text(target) {
    const response = await this.get(target);
    return response.text();
  }

  // The URL at the provider.
  async begin() {
    const response = await this.get('/login');
    assert.equal(response.status, 303, await response.text());
    return response.headers.get('location');
  }

  async isRefused(callback, home = /You are not signed in/) {
    const response = await this.get(callback);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /This sign-in is over/);
    assert.match(await this.text('/'), home);
  }
}

// Goes to the provider, which signs in whoever comes, and on to where it sends the browser back.
async function atTheProvider(url) {
  const cookies = new Map();
  while (!url.startsWith(app)) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const header of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(header);
      cookies.set(name, value);
    }
    url = new URL(response.headers.get('location'), url).href;
  }
  return url;
}

async function register(issuer, redirectUri) {
  const response = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [redirectUri] }),
  });
  assert.equal(response.status, 201);
  return response.json();
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  return port;
}
