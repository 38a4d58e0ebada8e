// What a user meets, in Chromium: `npm test -- FOLDER`. Screenshots go into the folder; without one none are taken.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { chromium } from 'playwright-core';

import { buildApplication, openDoor, startApplication } from './application.mjs';
import { CLIENT, startProvider } from './provider.mjs';

const SESSIONS = {
  'on the server': 'store = "memory"',
  'in cookies': 'store = "cookie"\nkey = "a key for the tests alone, of 64 characters or more, as it should be"',
};

// npm changes into the folder of package.json; a folder is meant from where the user is.
const screenshots = process.argv[2] && resolve(process.env.INIT_CWD ?? '.', process.argv[2]);

let browser, executable;

before(async () => {
  executable = await buildApplication();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // The provider's pages would fetch a font from the internet.
    args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
});

after(() => browser?.close());

for (const [where, session] of Object.entries(SESSIONS)) {
  describe(`with sessions ${where}`, () => visits(session));
}

function visits(session) {
  const keepsTokens = !session.includes('cookie');
  let door, provider, application;

  before(async () => {
    door = await openDoor();
    provider = await startProvider(door.url);
    application = await startApplication(executable, door, { issuer: provider.issuer, client: CLIENT, session });
  });

  after(async () => {
    await application?.stop();
    await provider?.stop();
    door?.close();
  });

  /** What a new user does in a new browser. The application's pages must not do what their own policy forbids. */
  async function user(visit, options = {}) {
    const context = await browser.newContext({ baseURL: door.url, ...options });
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

  /** Waits until the page has this heading. */
  const reads = (page, heading) => page.getByRole('heading', { name: heading, exact: true }).waitFor();
  const begin = (page) => page.getByRole('link', { name: 'Sign in with Example' }).click();

  /** On the provider's login page. */
  async function giveName(page) {
    await page.locator('input[name=login]').fill('ada');
    await page.locator('input[name=password]').fill('secret');
    await page.getByRole('button', { name: 'Sign-in' }).click();
  }

  /** On the provider's consent page. */
  const agree = (page) => page.getByRole('button', { name: 'Continue' }).click();

  async function signIn(page) {
    await page.goto('/');
    await begin(page);
    await giveName(page);
    await agree(page);
    await page.waitForURL(`${door.url}/`);
  }

  /** On the provider's logout page, to which the button leads. */
  async function signOut(page) {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.waitForURL(/\/signed-out\/example/);
    await reads(page, 'You are signed out.');
  }

  it('a user signs in, sees what the provider says about them, and signs out', () => user(async (page) => {
    await signIn(page);
    await reads(page, 'Ada Lovelace');
    const claims = await page.locator('dl').innerText();
    assert.match(claims, /sub\s+ada\b/);
    assert.match(claims, /email\s+ada@example\.com/);
    assert.match(claims, new RegExp(`iss\\s+${provider.issuer}`));
    await signOut(page);
    // What is left is the provider's: cookies know no ports.
    const cookies = await page.context().cookies(door.url);
    assert.deepEqual(cookies.filter(({ name }) => ['id', 'logins', 'logout', 'person'].includes(name)), []);
    // At the provider too: it asks who it is.
    await page.getByRole('link', { name: 'Home' }).click();
    await begin(page);
    await page.locator('input[name=login]').waitFor();
  }));

  it('a user who stays signed in at the provider is signed out here', () => user(async (page) => {
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'No, stay signed in' }).click();
    await reads(page, 'You are signed out.');
    await page.goto('/');
    await reads(page, 'Sign in');
  }));

  it('the profile page shows what the provider says now', () => user(async (page) => {
    await signIn(page);
    const before = provider.refreshes.length;
    await page.getByRole('link', { name: 'Your profile' }).click();
    await page.getByText('What the provider says about you:').waitFor();
    const claims = await page.locator('dl').innerText();
    assert.match(claims, /email\s+ada@example\.com/);
    await page.reload();
    await reads(page, 'Ada Lovelace');
    assert.equal(provider.refreshes.length - before, keepsTokens ? 2 : 0);
    assert.equal(new Set(provider.refreshes).size, provider.refreshes.length, 'none is sent twice');
  }));

  it('a user who signs out at the provider is signed out here', { skip: !keepsTokens }, () => user(async (page) => {
    await signIn(page);
    await page.goto(`${provider.issuer}/session/end`);
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.waitForURL(/\/session\/end\/success/);
    await page.goto('/');
    await reads(page, 'Sign in');
    assert.equal(await page.getByText('Ada Lovelace').count(), 0);
  }));

  it('after signing out the back button does not show the user', () => user(async (page) => {
    await signIn(page);
    await page.getByRole('link', { name: 'A private page' }).click();
    await page.getByRole('link', { name: 'Home' }).click();
    await signOut(page);
    for (let step = 0; step < 8; step += 1) {
      // A page that was posted to is not loaded again.
      await page.goBack().catch(() => {});
      assert.equal(await page.getByText('Ada Lovelace').count(), 0);
    }
  }));

  it('the private page leads to the provider and back to it', () => user(async (page) => {
    await page.goto('/private');
    assert.equal(new URL(page.url()).pathname, '/');
    await page.getByText('Please sign in to see that page.').waitFor();
    await begin(page);
    await giveName(page);
    await agree(page);
    await page.waitForURL(`${door.url}/private`);
    await reads(page, 'Ada Lovelace');
    await page.getByText('This is a private page').waitFor();
  }));

  it('a user cancels, reads that sign-in was cancelled, and tries again', () => user(async (page) => {
    await page.goto('/private');
    await begin(page);
    await page.getByRole('link', { name: 'Cancel' }).click();
    await reads(page, 'Sign-in was cancelled.');
    await page.getByRole('link', { name: 'Try again' }).click();
    await giveName(page);
    await agree(page);
    await page.waitForURL(`${door.url}/private`);
  }));

  it('a user signs in in two tabs at once', () => user(async (first, context) => {
    const second = await context.newPage();
    await first.goto('/private');
    await begin(first);
    await second.goto('/');
    await begin(second);
    await giveName(second);
    await giveName(first);
    await agree(first);
    await first.waitForURL(`${door.url}/private`);
    await agree(second);
    await second.waitForURL(`${door.url}/`);
    for (const tab of [first, second]) {
      await reads(tab, 'Ada Lovelace');
    }
  }));

  it('a double click and the back button change nothing', () => user(async (page) => {
    let callback;
    page.on('request', (request) => {
      callback = request.url().startsWith(`${door.url}/callback/`) ? request.url() : callback;
    });
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign in with Example' }).dblclick();
    await giveName(page);
    await agree(page);
    await page.waitForURL(`${door.url}/`);
    // To the provider's page, which has been answered already, and forward again.
    await page.goBack();
    await page.goForward();
    await reads(page, 'Ada Lovelace');
    await page.goto(callback);
    assert.equal(page.url(), `${door.url}/`);
    await reads(page, 'Ada Lovelace');
    await page.getByRole('button', { name: 'Sign out' }).dblclick();
    // The second click ends the first: it leads to the provider, or finds nobody signed in.
    const atProvider = page.getByRole('button', { name: 'Yes, sign me out' });
    await atProvider.or(page.getByRole('heading', { name: 'Sign in', exact: true })).waitFor();
    await page.goto('/');
    await reads(page, 'Sign in');
  }));

  it('in a tab that is too old the user is told so, and one click signs them in', () => user(async (stale, context) => {
    await stale.goto('/');
    await begin(stale);
    const other = await context.newPage();
    for (let login = 0; login < 4; login += 1) {
      await other.goto('/login/example');
    }
    await giveName(stale);
    await agree(stale);
    await reads(stale, 'This sign-in is over.');
    await stale.getByRole('link', { name: 'Sign in again' }).click();
    await stale.waitForURL(`${door.url}/`);
    await reads(stale, 'Ada Lovelace');
  }));

  const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      it(`on a ${size}, ${colorScheme}, no page is wider than the screen`, () => user(async (page) => {
        const look = async (name) => {
          const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
          assert.equal(tooWide, false, name);
          if (screenshots) {
            await mkdir(screenshots, { recursive: true });
            await page.screenshot({ path: join(screenshots, `${name}-${size}-${colorScheme}.png`) });
          }
        };
        await page.goto('/');
        await look('sign-in');
        await begin(page);
        await page.getByRole('link', { name: 'Cancel' }).click();
        await look('cancelled');
        await page.goto('/callback/example?code=x&state=x');
        await look('over');
        await signIn(page);
        await look('signed-in');
        await page.goto('/private');
        await look('private');
        await page.goto('/profile');
        await look('profile');
        await page.goto('/');
        await signOut(page);
        await look('signed-out');
      }, { viewport, colorScheme }));
    }
  }
}
