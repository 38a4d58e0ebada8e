// Every page: on a phone and on a desktop, light and dark, for a screen reader, and with the keyboard alone.
// `npm test -- FOLDER` puts screenshots into the folder.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

import axe from 'axe-core';

import { buildApplication } from './application.mjs';
import { asNewUser, setStage, startBrowser } from './stage.mjs';
import { begin, reads, signIn, signOut } from './steps.mjs';

// 320: a desktop at 400 % (WCAG 2.2, 1.4.10).
const SIZES = {
  narrow: { width: 320, height: 568 },
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
};

// npm changes into the folder of package.json; a folder is meant from where the user is.
const screenshots = process.argv[2] && resolve(process.env.INIT_CWD ?? '.', process.argv[2]);

let browser, executable;

before(async () => {
  executable = await buildApplication();
  browser = await startBrowser();
  if (screenshots) {
    await mkdir(screenshots, { recursive: true });
  }
});

after(() => browser?.close());

describe('at a provider with a logout', () => {
  let stage;

  before(async () => { stage = await setStage(executable); });
  after(() => stage?.clear());

  const user = (visit) => asNewUser(browser, stage, visit);

  it('the pages of a login and a logout can be read by all', () => user(async (page) => {
    await page.goto('/');
    await look(page, 'Sign in', 'sign-in');
    await page.goto('/private');
    await look(page, 'Sign in', 'sign-in-for-a-page');
    await signIn(page);
    await look(page, 'Ada Lovelace', 'signed-in');
    await page.getByText('More details').click();
    await look(page, 'Ada Lovelace', 'signed-in-details');
    await page.goto('/private');
    await look(page, 'Ada Lovelace', 'private');
    await page.goto('/profile');
    await look(page, 'Ada Lovelace', 'profile');
    await page.goto('/');
    // The provider answers, and has no page: the browser stays where it is.
    const stay = (route) => route.fulfill({ status: 204 });
    await page.route(`${stage.provider.issuer}/session/end?*`, stay);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await look(page, 'You are signed out here.', 'signing-out');
    await page.goto('/');
    await begin(page);
    await page.waitForURL('/');
    await page.unroute(`${stage.provider.issuer}/session/end?*`, stay);
    await signOut(page);
    await look(page, 'You are signed out.', 'signed-out');
  }));

  it('the pages about what went wrong can be read by all', () => user(async (page, context) => {
    /** Comes back from the provider with an error. */
    const comeBackWith = async (error) => {
      const login = await context.request.get('/login/example?return_to=/private', { maxRedirects: 0 });
      const state = new URL(login.headers().location).searchParams.get('state');
      await page.goto(`/callback/example?${new URLSearchParams({ error, state, iss: stage.provider.issuer })}`);
    };
    for (const [error, heading, name] of [
      ['access_denied', 'Sign-in was cancelled.', 'cancelled'],
      ['login_required', 'Example has a question for you.', 'question'],
      ['temporarily_unavailable', 'Example does not answer.', 'no-answer'],
      ['invalid_scope', 'Something is wrong with our sign-in.', 'wrong'],
    ]) {
      await comeBackWith(error);
      await look(page, heading, name);
    }
    for (const [address, heading, name] of [
      ['/callback/example?code=x&state=forged', 'This sign-in is over.', 'over'],
      ['/login/nobody', 'There is no such provider.', 'no-such-provider'],
      ['/nowhere', 'There is no such page.', 'no-such-page'],
      ['/logout', 'Use the Sign out button.', 'not-a-link'],
      ['/backchannel-logout/example', 'This page cannot be opened in this way.', 'no-such-method'],
    ]) {
      await page.goto(address);
      await look(page, heading, name);
    }
  }));

  it('a screen reader tells who is signed in, and what they can do', () => user(async (page) => {
    await signIn(page);
    const tree = await page.locator('main').ariaSnapshot();
    assert.match(tree, /^- main:\n {2}- heading "Ada Lovelace" \[level=1\]\n {2}- paragraph:\n/);
    assert.match(tree, /- text: Signed in with Example until\n {4}- time: \d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC\n/);
    assert.match(tree, /- term: Email\n\s*- definition: ada@example\.com\n/);
    assert.match(tree, /- link "Your profile"[^]*- link "A private page"[^]*- button "Sign out"$/);
  }));

  it('a user signs in and out with the keyboard alone', () => user(async (page) => {
    const press = async (role, name) => {
      await tabTo(page, page.getByRole(role, { name }), stage.url);
      await page.keyboard.press('Enter');
    };
    await page.goto('/');
    await press('link', 'Sign in with Example');
    await page.waitForURL(`${stage.provider.issuer}/**`);
    await tabTo(page, page.locator('input[name=login]'), stage.url);
    await page.keyboard.type('ada');
    await tabTo(page, page.locator('input[name=password]'), stage.url);
    await page.keyboard.type('secret');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await press('button', 'Continue');
    await page.waitForURL('/');
    await tabTo(page, page.locator('summary'), stage.url);
    await page.keyboard.press('Enter');
    await page.getByText(stage.provider.issuer).waitFor();
    await press('link', 'Your profile');
    await page.waitForURL('/profile');
    await press('link', 'Home');
    await page.waitForURL('/');
    await press('button', 'Sign out');
    await page.getByRole('button', { name: 'Yes, sign me out' }).waitFor();
    await press('button', 'Yes, sign me out');
    await reads(page, 'You are signed out.');
    await press('link', 'Home');
    await reads(page, 'Sign in');
  }));
});

describe('at a provider without a logout, beside one that is down', () => {
  let stage;

  before(async () => { stage = await setStage(executable, { hasLogout: false, down: 'Elsewhere' }); });
  after(() => stage?.clear());

  it('the pages can be read by all, and say what goes on at the provider', () => asNewUser(browser, stage, async (page) => {
    await page.goto('/');
    await page.getByText('Elsewhere is not available at the moment.').waitFor();
    await look(page, 'Sign in', 'sign-in-one-is-down');
    await page.goto('/login/down');
    await look(page, 'Elsewhere is not available at the moment.', 'down');
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You may still be signed in at Example.').waitFor();
    await look(page, 'You are signed out here.', 'signed-out-here');
    await page.goto('/');
    await begin(page);
    await page.waitForURL('/');
    await stage.provider.stop();
    await page.goto('/profile');
    await page.getByText('You are still signed in here.').waitFor();
    await look(page, 'Example does not answer.', 'profile-later');
  }));
});

/** Looks at a page in every size and scheme: nothing scrolls sideways, and axe has nothing to say. */
async function look(page, heading, name) {
  await reads(page, heading);
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const where = `${name}, ${size}, ${colorScheme}`;
      assert.deepEqual(await violations(page), [], where);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${where}: too wide`);
      if (screenshots) {
        await page.screenshot({ path: join(screenshots, `${name}-${size}-${colorScheme}.png`), fullPage: true });
      }
    }
  }
}

/** What axe finds with all of its rules, those of level AAA and its experiments too. */
async function violations(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => {
    const rules = axe.getRules().map(({ ruleId }) => [ruleId, { enabled: true }]);
    return axe.run({ rules: Object.fromEntries(rules) });
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}

/** Presses Tab until the control has the focus. On the application's own pages each stop must be seen. */
async function tabTo(page, control, own) {
  for (let stop = 0; stop < 20; stop += 1) {
    await page.keyboard.press('Tab');
    if (page.url().startsWith(own)) {
      const { style, width, contrast, html } = await page.evaluate(focusRing);
      assert.ok(style === 'solid' && width >= 2 && contrast >= 3, `${html}: ${style} ${width} px, contrast ${contrast}`);
    }
    if (await control.evaluate((element) => element === document.activeElement)) {
      return;
    }
  }
  assert.fail(`Tab does not lead to ${control}`);
}

/** In the page: the ring around what has the focus, and its contrast with what is behind it (WCAG 2.2, 1.4.11). */
function focusRing() {
  const luminance = (color) => {
    const [red, green, blue] = color.match(/\d+/g).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
  const behind = getComputedStyle(document.querySelector('main')).backgroundColor;
  const [dark, light] = [luminance(outlineColor), luminance(behind)].sort((a, b) => a - b);
  return {
    style: outlineStyle,
    width: parseFloat(outlineWidth),
    contrast: (light + 0.05) / (dark + 0.05),
    html: document.activeElement.outerHTML.slice(0, 80),
  };
}
