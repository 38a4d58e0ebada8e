// What a user meets, in Chromium.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { buildApplication } from './application.mjs';
import { IN_COOKIES, IN_MEMORY, asNewUser, setStage, startBrowser } from './stage.mjs';
import { agree, begin, giveName, reads, signIn, signOut } from './steps.mjs';

let browser, executable;

before(async () => {
  executable = await buildApplication();
  browser = await startBrowser();
});

after(() => browser?.close());

for (const [where, session] of Object.entries({ 'on the server': IN_MEMORY, 'in cookies': IN_COOKIES })) {
  describe(`with sessions ${where}`, () => visits(session));
}

function visits(session) {
  const keepsTokens = session === IN_MEMORY;
  let stage, provider;

  before(async () => {
    stage = await setStage(executable, { session });
    provider = stage.provider;
  });

  after(() => stage?.clear());

  const user = (visit) => asNewUser(browser, stage, visit);

  it('a user signs in, sees what the provider says about them, and signs out', () => user(async (page) => {
    await signIn(page);
    await reads(page, 'Ada Lovelace');
    await page.getByText('Signed in with Example').waitFor();
    await page.getByText('More details').click();
    const claims = await page.locator('main').innerText();
    assert.match(claims, /Account ID\s+ada\b/);
    assert.match(claims, /Email\s+ada@example\.com/);
    assert.match(claims, new RegExp(`iss\\s+${provider.issuer}`));
    assert.match(claims, /exp\s+\d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC/);
    await signOut(page);
    // What is left is the provider's: cookies know no ports.
    const cookies = await page.context().cookies(stage.url);
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
    await reads(page, 'What Example says about you');
    const claims = await page.locator('main').innerText();
    assert.match(claims, /Email\s+ada@example\.com/);
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
    await page.waitForURL(`${stage.url}/private`);
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
    await page.waitForURL(`${stage.url}/private`);
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
    await first.waitForURL(`${stage.url}/private`);
    await agree(second);
    await second.waitForURL(`${stage.url}/`);
    for (const tab of [first, second]) {
      await reads(tab, 'Ada Lovelace');
    }
  }));

  it('a double click and the back button change nothing', () => user(async (page) => {
    let callback;
    page.on('request', (request) => {
      callback = request.url().startsWith(`${stage.url}/callback/`) ? request.url() : callback;
    });
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign in with Example' }).dblclick();
    await giveName(page);
    await agree(page);
    await page.waitForURL(`${stage.url}/`);
    // To the provider's page, which has been answered already, and forward again.
    await page.goBack();
    await page.goForward();
    await reads(page, 'Ada Lovelace');
    await page.goto(callback);
    assert.equal(page.url(), `${stage.url}/`);
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
    await stale.waitForURL(`${stage.url}/`);
    await reads(stale, 'Ada Lovelace');
  }));
}
