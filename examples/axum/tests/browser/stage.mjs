// Where the tests play: the application and a provider, each on a port of this machine, and Chromium.

import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

import { openDoor, startApplication } from './application.mjs';
import { CLIENT, startProvider } from './provider.mjs';

export const IN_MEMORY = 'store = "memory"';
export const IN_COOKIES = 'store = "cookie"\nkey = "a key for the tests alone, of 64 characters or more, as it should be"';

export const startBrowser = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // The provider's pages would fetch a font from the internet.
  args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
});

/** Starts the provider and the application, which finds another provider down if there is one. */
export async function setStage(executable, { session = IN_MEMORY, hasLogout = true, down } = {}) {
  const door = await openDoor();
  const provider = await startProvider(door.url, { hasLogout });
  const config = { issuer: provider.issuer, client: CLIENT, session, down };
  const application = await startApplication(executable, door, config);
  const clear = async () => {
    await application.stop();
    await provider.stop();
    door.close();
  };
  return { url: door.url, provider, clear };
}

/** What a new user does in a new browser. The application's pages must not do what their own policy forbids. */
export async function asNewUser(browser, stage, visit) {
  const context = await browser.newContext({ baseURL: stage.url });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  context.on('console', (message) => {
    if (message.type() === 'error' && /content security policy/i.test(message.text())) {
      complaints.push(message.text());
    }
  });
  try {
    await visit(await context.newPage(), context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}
